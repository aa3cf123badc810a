/** Changes of a document's tests: pure, one new document each. */
import type { LogicalType, Value } from '@belay/columns'
import {
  manifestOf,
  outputPorts,
  type ManifestCatalogue,
  type PipelineDocument,
  type PipelineTest,
  type TestRow,
  type TestStep,
} from '@belay/pipeline'
import type { Ghosts } from '../ghost/compute.ts'
import type { TestResult } from './testStore.ts'
import { t } from '../../language/t.ts'

/** More rows are read by nobody. */
const EXAMPLE_ROWS = 10

export function testsOf(document: PipelineDocument): readonly PipelineTest[] {
  return document.tests ?? []
}

export function addTest(document: PipelineDocument, test: PipelineTest): PipelineDocument {
  return { ...document, tests: [...testsOf(document), test] }
}

export function changeTest(document: PipelineDocument, at: number, change: Partial<PipelineTest>): PipelineDocument {
  return { ...document, tests: testsOf(document).map((test, i) => (i === at ? { ...test, ...change } : test)) }
}

export function removeTest(document: PipelineDocument, at: number): PipelineDocument {
  const tests = testsOf(document).filter((_, i) => i !== at)
  const { tests: _tests, ...rest } = document
  return tests.length === 0 ? rest : { ...rest, tests }
}

export function changeStep(test: PipelineTest, at: number, change: Partial<TestStep>): Partial<PipelineTest> {
  return {
    steps: test.steps.map((step, i) => {
      if (i !== at) return step
      const next = { ...step, ...change }
      return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as TestStep
    }),
  }
}

/** `name`, or `name 2`, `name 3` …: results are told apart by it. */
function freeName(document: PipelineDocument, name: string): string {
  const taken = new Set(testsOf(document).map((test) => test.name))
  if (!taken.has(name)) return name
  for (let i = 2; ; i += 1) if (!taken.has(`${name} ${i}`)) return `${name} ${i}`
}

export type FromExamples = { readonly ok: true; readonly test: PipelineTest } | { readonly ok: false; readonly reason: string }

/** A test whose rows are the example rows of the sources; what should come is left open. */
export function testFromExamples(document: PipelineDocument, manifests: ManifestCatalogue, ghosts: Ghosts): FromExamples {
  const rows: Record<string, TestRow[]> = {}
  for (const operator of document.operators) {
    const manifest = manifestOf(manifests, operator.type)
    if (manifest === undefined || manifest.inputs.length > 0) continue
    const ports = outputPorts(operator, manifest)
    for (const port of ports) {
      if (!document.streams.some(({ from }) => from.operator === operator.id && from.port === port.name)) continue
      const ghost = ghosts[`${operator.id}.${port.name}`]
      const name = ports.length === 1 ? operator.id : `${operator.id}.${port.name}`
      rows[name] =
        ghost?.kind === 'rows'
          ? ghost.rows
              .slice(0, EXAMPLE_ROWS)
              .map((row) =>
                Object.fromEntries(
                  ghost.schema.flatMap(({ name: column, type }, i) => (row[i] === null ? [] : [[column, written(row[i], type)]])),
                ),
              )
          : []
    }
  }
  if (Object.keys(rows).length === 0) return { ok: false, reason: t('No source leads anywhere yet. Draw one and a sink first.') }
  if (Object.values(rows).every((given) => given.length === 0))
    return { ok: false, reason: t('No source has example rows yet. Add an empty test and write its rows.') }
  return { ok: true, test: { name: freeName(document, t('Example rows')), steps: [{ rows }], expected: {} } }
}

/** As one writes it in a test. */
function written(value: Value, type: LogicalType): unknown {
  if (type === 'timestamp' && typeof value === 'number') return new Date(value).toISOString()
  if (type === 'json' && typeof value === 'string') return JSON.parse(value) as unknown
  return value
}

/** A test without rows, to write some. */
export function emptyTest(document: PipelineDocument, manifests: ManifestCatalogue): PipelineTest {
  const sources = document.operators.filter(({ type }) => manifestOf(manifests, type)?.inputs.length === 0)
  return { name: freeName(document, t('New test')), steps: [{ rows: Object.fromEntries(sources.map(({ id }) => [id, []])) }], expected: {} }
}

/** What came becomes what is expected, of the ports that the test names already; of all sinks if it names none. */
export function withWhatCame(test: PipelineTest, result: TestResult): Partial<PipelineTest> {
  const named = result.ports.filter(({ expected }) => expected !== null)
  return {
    expected: {
      ...test.expected,
      ...Object.fromEntries((named.length > 0 ? named : result.ports).map(({ port, rows }) => [port, rows.map((row) => ({ ...row }))])),
    },
  }
}

/** One JSON object a line. */
export function textOfRows(rows: readonly TestRow[]): string {
  return rows.map((row) => JSON.stringify(row)).join('\n')
}

export type ReadRows = { readonly ok: true; readonly rows: TestRow[] } | { readonly ok: false; readonly message: string }

export function rowsOfText(text: string): ReadRows {
  const rows: TestRow[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      const row: unknown = JSON.parse(line)
      if (typeof row !== 'object' || row === null || Array.isArray(row))
        return { ok: false, message: t('Line {number} is no JSON object.', { number: i + 1 }) }
      rows.push(row as TestRow)
    } catch {
      return { ok: false, message: t('Line {number} is not JSON.', { number: i + 1 }) }
    }
  }
  return { ok: true, rows }
}
