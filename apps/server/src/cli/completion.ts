/** `belay completion bash|zsh`: made from the commands themselves, so that it cannot fall behind. */
import { defineCommand, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'

function optionsOf(command: Command): string {
  const names = Object.entries(command.options).flatMap(([name, { short }]) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
  return [...names, '--help'].join(' ')
}

/** Words only: nothing in it is evaluated. Files complete where nothing of ours fits. */
function bash(commands: readonly Command[]): string {
  return [
    '_belay() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" words',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${[...commands.map(({ name }) => name), 'help'].join(' ')}"`,
    '  else',
    '    case "${COMP_WORDS[1]}" in',
    `      help) words="${commands.map(({ name }) => name).join(' ')}" ;;`,
    ...commands.map((command) => `      ${command.name}) words="${optionsOf(command)}" ;;`),
    '    esac',
    '    if [ "${COMP_WORDS[1]}" != help ] && [ "${word#-}" = "$word" ]; then words=""; fi',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o default -F _belay belay',
    '',
  ].join('\n')
}

/** zsh runs bash's completions through its own loader. */
function zsh(commands: readonly Command[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`
}

export function completionCommand(commands: () => readonly Command[]): Command {
  const usage = 'completion bash|zsh'
  return defineCommand({
    name: 'completion',
    summary: 'what a shell needs to complete commands and options',
    usage,
    examples: ['source <(belay completion bash)', 'belay completion zsh >> ~/.zshrc'],
    options: JSON_OPTION,
    run(values, [shell]) {
      if (shell !== 'bash' && shell !== 'zsh') {
        process.stderr.write(`Name the shell: belay ${usage}\n`)
        return Promise.resolve(EXIT.invalid)
      }
      const script = shell === 'bash' ? bash(commands()) : zsh(commands())
      process.stdout.write(values.json === true ? `${JSON.stringify({ shell, script })}\n` : script)
      return Promise.resolve(EXIT.done)
    },
  })
}
