/** The command line: `belay <command>`. */
import type { Problem } from '@belay/pipeline'
import { nearestName } from '@belay/expressions'
import { isCallersFault, problemOf, type ProblemBody } from '../http/problems.ts'
import { helpOf } from './command.ts'
import { COMMANDS, help } from './commands.ts'
import { EXIT } from './exitCodes.ts'
import { placeText } from './problemText.ts'
import { version } from './version.ts'

async function main(given: string | undefined, args: readonly string[]): Promise<number> {
  if (given === undefined || given === 'help' || given === '--help' || given === '-h') {
    const about = COMMANDS.find((command) => command.name === args[0])
    if (given === 'help' && args[0] !== undefined && about === undefined) return unknownCommand(args[0])
    process.stdout.write(about === undefined ? help() : helpOf(about))
    return EXIT.done
  }
  if (given === '--version' || given === '-v') {
    process.stdout.write(`${version()}\n`)
    return EXIT.done
  }
  const command = COMMANDS.find((candidate) => candidate.name === given)
  if (command === undefined) return unknownCommand(given)
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpOf(command))
    return EXIT.done
  }
  return command.run(args)
}

function unknownCommand(name: string): number {
  const near = nearestName(
    name,
    COMMANDS.map((command) => command.name),
  )
  const meant = near === undefined ? '' : ` Did you mean ${near}?`
  process.stderr.write(`belay: there is no command ${name}.${meant} \`belay help\` lists them.\n`)
  return EXIT.invalid
}

/** The option that somebody mistyped, as Node's message names it. */
function meantOption(message: string, command: string): string {
  const name = /^Unknown option '--([^']+)'/.exec(message)?.[1]
  const known = COMMANDS.find((candidate) => candidate.name === command)
  const near = name === undefined || known === undefined ? undefined : nearestName(name, [...Object.keys(known.options), 'help'])
  return near === undefined ? '' : ` Did you mean --${near}?`
}

function isUsage(error: unknown): error is Error {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
}

function report(error: unknown, command: string, json: boolean): number {
  const problem: Pick<ProblemBody, 'code' | 'detail' | 'next'> & { readonly problems?: unknown } = isUsage(error)
    ? {
        code: 'REQUEST_INVALID',
        detail: `${error.message.split('. ')[0].replace(/\.?$/, '.')}${meantOption(error.message, command)} See belay ${command} --help.`,
        next: `See belay ${command} --help.`,
      }
    : problemOf(error)
  const problems = Array.isArray(problem.problems) ? (problem.problems as readonly Problem[]) : []
  if (json)
    process.stdout.write(
      `${JSON.stringify({ error: { code: problem.code, message: problem.detail, next: problem.next, ...(problems.length === 0 ? {} : { problems }) } })}\n`,
    )
  else {
    for (const found of problems) process.stderr.write(`${found.severity} ${found.code} at ${placeText(found)}: ${found.message}\n`)
    process.stderr.write(
      problem.code === 'INTERNAL' ? `belay: ${String((error as Error).stack ?? error)}\n` : `belay: ${problem.detail} (${problem.code})\n`,
    )
  }
  return isCallersFault(problem.code) ? EXIT.invalid : EXIT.failed
}

const [given, ...args] = process.argv.slice(2)
main(given, args)
  .catch((error: unknown) => report(error, given ?? '', args.includes('--json')))
  .then(
    // Connections to run processes that are left behind must not keep this one alive.
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error)
      process.exit(EXIT.failed)
    },
  )
