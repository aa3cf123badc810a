/** `belay secret`: on the home folder itself, whether a server runs or not. Who may write there may do this. */
import { secretNames } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { readHiddenText } from './hiddenInput.ts'
import { openOnDisk } from './onHome.ts'

export const secretCommand: Command = defineCommand({
  name: 'secret',
  summary: 'what pipelines sign in with: list, set, remove, rotate-key; values are never shown',
  usage: 'secret list | set NAME | remove NAME [--force] | rotate-key',
  examples: [
    'belay secret set shop-token < token.txt',
    'belay secret list --json',
    'belay secret remove shop-token',
    'belay secret rotate-key',
  ],
  options: {
    force: { type: 'boolean', help: 'remove it although pipelines use it; they cannot start any more' },
    ...JSON_OPTION,
    ...HOME_OPTION,
  },
  async run(values, [verb, name, ...more]) {
    const wrong = (): number => {
      process.stderr.write(`belay ${secretCommand.usage}\nThe value comes from the terminal or from stdin, never from an argument.\n`)
      return EXIT.invalid
    }
    const takesName = verb === 'set' || verb === 'remove'
    if ((!takesName && verb !== 'list' && verb !== 'rotate-key') || takesName !== (name !== undefined) || more.length > 0) return wrong()
    const { KeyRing } = await import('../secrets/keyRing.ts')
    const { SecretStore } = await import('../secrets/secretStore.ts')
    const { PipelineStore } = await import('../storage/pipelineStore.ts')
    const { path, database, who, done } = await openOnDisk(values.home)
    const secrets = new SecretStore(database, new KeyRing(path))
    const { WebhookStore } = await import('../notify/webhookStore.ts')
    const users = (secret: string): string[] => [
      ...new PipelineStore(database).list().flatMap(({ id, document }) => (secretNames(document).includes(secret) ? [id] : [])),
      ...new WebhookStore(database).signingWith(secret).map((hook) => `the webhook ${hook}`),
    ]
    const print = (value: unknown, text: string): number => {
      process.stdout.write(values.json === true ? `${JSON.stringify(value)}\n` : text)
      return EXIT.done
    }
    if (verb === 'list') {
      const list = secrets.list().map((secret) => ({ ...secret, pipelines: users(secret.name) }))
      const lines = list.map(
        (secret) =>
          `${secret.name.padEnd(24)} changed ${new Date(secret.changedAtMs).toISOString()} by ${secret.changedBy}, ${secret.pipelines.length === 0 ? 'not used' : `used by ${secret.pipelines.join(', ')}`}\n`,
      )
      return print(list, lines.length === 0 ? 'no secrets yet\n' : lines.join(''))
    }
    if (verb === 'rotate-key') {
      const count = secrets.rotateKey()
      done('rotateSecretsKey', '/secrets', `${count} sealed with another key`)
      return print({ rotated: count }, `${count} ${count === 1 ? 'secret is' : 'secrets are'} sealed with a new key\n`)
    }
    if (name === undefined) return wrong()
    if (verb === 'set') {
      const after = secrets.put(name, await readHiddenText(`Value of ${name}`), who, Date.now())
      done('setSecret', `/secrets/${name}`, after)
      return print({ name, done: after }, `${name} is ${after}; running pipelines get it within seconds\n`)
    }
    const used = users(name)
    if (used.length > 0 && values.force !== true && secrets.has(name))
      throw new ServerError(
        'SECRET_IN_USE',
        `${name} is used by ${used.join(', ')}. Let them use another one first, or give --force: then they cannot start any more.`,
        { more: { pipelines: used } },
      )
    secrets.remove(name)
    done('removeSecret', `/secrets/${name}`, null)
    return print({ removed: name }, `${name} is gone\n`)
  },
})
