/** How commands of `belay` are defined: options, help and work in one place each. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { EXIT_CODES_HELP } from './exitCodes.ts'

interface DescribedOption {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly short?: string
  /** Placeholder of the value in the help. */
  readonly value?: string
  readonly help: string
}

type Options = Readonly<Record<string, DescribedOption>>

type Value<O extends DescribedOption> = O['type'] extends 'boolean' ? boolean : string
export type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name]['multiple'] extends true ? readonly Value<O[Name]>[] : Value<O[Name]>
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** Without `belay`. */
  readonly usage: string
  readonly examples: readonly string[]
  readonly options: Options
  /** Parses, works, and gives the exit code. Throws what `parseArgs` throws, and ServerError. */
  run(args: readonly string[]): Promise<number>
}

export const JSON_OPTION = { json: { type: 'boolean', help: 'machine output on stdout' } } as const
export const HOME_OPTION = {
  home: { type: 'string', value: 'DIR', help: 'where pipelines, runs and files live (BELAY_HOME; ~/.belay by default)' },
} as const

export const OPERATORS_OPTION = {
  operators: { type: 'string', value: 'DIR', help: "folder with operators of one's own; their code runs as you" },
} as const

export function defineCommand<const O extends Options>(definition: {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly examples: readonly string[]
  readonly options: O
  run(values: Values<O>, positionals: readonly string[]): Promise<number>
}): Command {
  const config: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { type, multiple, short }] of Object.entries(definition.options))
    config[name] = { type, ...(multiple === undefined ? {} : { multiple }), ...(short === undefined ? {} : { short }) }
  return {
    ...definition,
    async run(args) {
      const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: config })
      return definition.run(values as Values<O>, positionals)
    },
  }
}

export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, { short, value, help }]) => [
    `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ])
  options.push(['-h, --help', 'this help'])
  const width = Math.max(...options.map(([names]) => names.length))
  return [
    `belay ${command.usage}`,
    '',
    command.summary,
    '',
    'Options',
    ...options.map(([names, help]) => `  ${names.padEnd(width)}  ${help}`),
    '',
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
    EXIT_CODES_HELP,
    '',
  ].join('\n')
}
