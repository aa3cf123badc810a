/** `belay-stream/operator-testing`: the contract of an operator as checks for any test runner. */
import { isDecimal, parseDecimal, precisionOf, ROW_KIND, scaleOf, type LogicalType, type Schema, type Value } from '@belay/columns'
import { runDisturbed, type CommittedOutput } from '@belay/engine/testing'
import type { OperatorModule } from '@belay/engine/operator'
import { fittingValue, givenRow } from '@belay/operators/manifests'
import type { EdgeType, OperatorManifest } from '@belay/pipeline'
import { manifestFaults } from './manifestFaults.ts'

export { createOperatorHarness, runDisturbed, type OperatorHarness } from '@belay/engine/testing'

const SEEDS = 20
const KILLS = 4

type Row = Readonly<Record<string, unknown>>

export interface ContractInput {
  /** By name, in order; `?` behind a type = it may be NULL. */
  readonly columns: Readonly<Record<string, LogicalType | `${LogicalType}?`>>
  readonly eventTime?: string
  readonly rows: readonly Row[]
}

export interface ContractExample {
  readonly title: string
  /** The default config by default. */
  readonly config?: Readonly<Record<string, unknown>>
  /** By input port; a source has none. */
  readonly inputs?: Readonly<Record<string, ContractInput>>
  /** By output port: the rows that there are at the end, in any order. */
  readonly expected: Readonly<Record<string, readonly Row[]>>
  /** Codes of bad rows, in any order. */
  readonly rowErrors?: readonly string[]
}

export interface Contract {
  readonly manifest: OperatorManifest<never> | OperatorManifest
  readonly module: OperatorModule<never> | OperatorModule
  readonly examples: readonly ContractExample[]
}

export interface ContractCheck {
  readonly title: string
  /** Throws what is wrong. */
  readonly check: () => Promise<void>
}

/**
 * The manifest is whole; its typing holds for every example; each example gives its rows, and gives them whatever
 * batches and windows they come in, however often the outputs are full, and however often everything is killed
 * and restored. Of sinks only the first two: what they write is theirs to look at.
 */
export function contract({ manifest: given, module: runtime, examples }: Contract): readonly ContractCheck[] {
  const manifest = given as OperatorManifest
  const module = runtime as OperatorModule
  const checks: ContractCheck[] = [{ title: 'the manifest is whole', check: async () => demand(manifestFaults(manifest)) }]
  for (const example of examples) {
    checks.push({ title: `typing: ${example.title}`, check: async () => void edgesOf(manifest, example) })
    if (manifest.guarantee.role === 'sink') continue
    checks.push({ title: `result: ${example.title}`, check: () => checkRun(manifest, module, example, 0, 0) })
    checks.push({
      title: `the same result with ${KILLS} kills, from ${SEEDS} seeds: ${example.title}`,
      check: async () => {
        for (let seed = 1; seed <= SEEDS; seed += 1) await checkRun(manifest, module, example, seed, KILLS)
      },
    })
  }
  return checks
}

function demand(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('; '))
}

interface Edges {
  readonly config: Record<string, unknown>
  readonly inputs: Readonly<Record<string, EdgeType>>
  readonly outputs: Readonly<Record<string, EdgeType>>
}

function edgesOf(manifest: OperatorManifest, example: ContractExample): Edges {
  const config = structuredClone({ ...manifest.defaultConfig, ...example.config })
  const inputs = Object.fromEntries(
    Object.entries(example.inputs ?? {}).map(([port, { columns, eventTime }]): [string, EdgeType] => [
      port,
      { schema: schemaOf(columns), eventTime: eventTime ?? null, changes: { kind: 'append', key: null } },
    ]),
  )
  const { outputs, problems } = manifest.typing({ config, inputs })
  demand(problems.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`))
  const ports = new Set(manifest.outputs.map(({ name }) => name))
  demand(Object.keys(outputs).flatMap((port) => (ports.has(port) ? [] : [`typing gives an output ${port}, which the manifest has not`])))
  demand(
    Object.keys(example.expected).flatMap((port) => (outputs[port] === undefined ? [`typing gives no type for the output ${port}`] : [])),
  )
  return { config, inputs, outputs }
}

function schemaOf(columns: ContractInput['columns']): Schema {
  return Object.entries(columns).map(([name, type]) => {
    const nullable = type.endsWith('?')
    return { name, type: (nullable ? type.slice(0, -1) : type) as LogicalType, nullable }
  })
}

async function checkRun(
  manifest: OperatorManifest,
  module: OperatorModule,
  example: ContractExample,
  seed: number,
  kills: number,
): Promise<void> {
  const { config, inputs, outputs } = edgesOf(manifest, example)
  const where = kills === 0 ? '' : ` (seed ${seed})`
  const fed = Object.entries(example.inputs ?? {}).map(([port, { rows }]) => {
    const { schema, eventTime } = inputs[port]
    const values = rows.map((row, i): readonly Value[] => {
      const read = givenRow(row, schema)
      if (!read.ok) throw new Error(`Row ${i + 1} of ${port}: ${read.message}`)
      return read.values
    })
    return [port, { schema, eventTime, rows: values }] as const
  })
  const committed = await runDisturbed(module, {
    config,
    inputs: Object.fromEntries(fed),
    // By number, so in the manifest's order.
    outputs: Object.fromEntries(manifest.outputs.map(({ name }) => [name, outputs[name]?.schema ?? []])),
    seed: seed + 1,
    kills,
    ...(kills === 0 ? {} : { fullAfter: 1, batchRows: 3 }),
  })
  for (const [port, rows] of Object.entries(example.expected)) {
    const { schema } = outputs[port]
    const expected = rows.map((row, i) => {
      const read = givenRow(row, schema)
      if (!read.ok) throw new Error(`Expected row ${i + 1} of ${port}: ${read.message}`)
      return textOf(schema, Object.fromEntries(schema.map(({ name }, at) => [name, read.values[at]])))
    })
    compare(`${port}${where}`, expected, tableOf(committed, port, schema))
  }
  if (kills === 0)
    compare(
      'bad rows',
      [...(example.rowErrors ?? [])],
      committed.rowErrors.map(({ code }) => code),
    )
}

function textOf(schema: Schema, row: Readonly<Record<string, Value>>): string {
  return JSON.stringify(Object.fromEntries(schema.map(({ name, type }) => [name, plain(row[name], type)])))
}

/** The same for the same value, whatever way it is written. */
function plain(value: Value, type: LogicalType): unknown {
  if (value === null) return null
  if (isDecimal(type)) return String(parseDecimal(String(value), precisionOf(type), scaleOf(type)))
  return fittingValue(value, type) ?? value
}

/** The rows that are left when everything that was taken back is gone. */
function tableOf(committed: CommittedOutput, port: string, schema: Schema): string[] {
  const rows: string[] = []
  for (const { kind, row } of committed.outputs[port] ?? []) {
    const text = textOf(schema, row)
    if (kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter) rows.push(text)
    else {
      const at = rows.indexOf(text)
      if (at < 0) throw new Error(`${port} takes back a row that was not there: ${text}`)
      rows.splice(at, 1)
    }
  }
  return rows
}

function compare(what: string, expected: readonly string[], got: readonly string[]): void {
  const left = [...got]
  const missing = expected.filter((row) => {
    const at = left.indexOf(row)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  if (missing.length + left.length === 0) return
  throw new Error(
    [
      `${what}: ${missing.length} rows missing, ${left.length} too many`,
      ...missing.map((row) => `- ${row}`),
      ...left.map((row) => `+ ${row}`),
    ].join('\n'),
  )
}
