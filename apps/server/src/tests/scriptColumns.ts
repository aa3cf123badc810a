/**
 * Which columns a Script gives, found out by running it on sample rows where every run runs, with nothing written. What
 * comes is a proposal: the columns that the document declares are those that count.
 */
import { columnsOfShapes, SHAPE_COLUMN, type DeclaredColumn, type RowShape } from '@belay/operators/manifests'
import {
  ERRORS_PORT,
  propagate,
  type ManifestCatalogue,
  type OperatorNode,
  type PipelineDocument,
  type PipelineTest,
  type TestRow,
} from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import type { Row } from './result.ts'

export interface ScriptColumns {
  readonly columns: readonly DeclaredColumn[]
  /** That the script gave for the sample. */
  readonly rows: number
  /** Rows of the sample that it could not process, by what was said. */
  readonly errors: readonly { readonly message: string; readonly count: number }[]
}

export interface ScriptSample {
  /** What leads to the script, and in its place what tells about its rows. */
  readonly document: PipelineDocument
  readonly test: PipelineTest
  readonly input: readonly DeclaredColumn[]
}

/** `rows`: at its input; null = those of the first test of the document that gives some to what leads to it. Throws OPERATOR_UNKNOWN, TEST_UNKNOWN, PIPELINE_HAS_ERRORS. */
export function scriptSample(
  document: PipelineDocument,
  operator: string,
  rows: readonly TestRow[] | null,
  manifests: ManifestCatalogue,
): ScriptSample {
  const node = document.operators.find(({ id }) => id === operator)
  if (node?.type !== 'script') throw new ServerError('OPERATOR_UNKNOWN', `The pipeline has no Script ${operator}. Name one that it has.`)
  const edge = propagate(document, manifests).inputs.get(`${operator}.in`)
  if (edge === undefined)
    throw new ServerError(
      'PIPELINE_HAS_ERRORS',
      `The columns that come to ${operator} are not known. Connect it, and put right what is wrong before it.`,
    )
  const before = ancestors(document, operator)
  const given = rows === null ? (document.tests ?? []).find(({ steps }) => steps.some((step) => reaches(step.rows ?? {}, before))) : null
  if (given === undefined)
    throw new ServerError('TEST_UNKNOWN', `There are no sample rows for ${operator}. Give some, or a test of the pipeline that has some.`)
  const steps: PipelineTest['steps'] =
    given === null
      ? [{ rows: { [operator]: [...(rows ?? [])] } }]
      : given.steps.map((step) => ({
          rows: Object.fromEntries(Object.entries(step.rows ?? {}).filter(([name]) => before.has(idOf(name)))),
        }))
  const sampled: OperatorNode = { ...node, type: 'script-sample', typeVersion: 1, partitions: 1, config: { ...node.config, columns: [] } }
  return {
    document: {
      ...document,
      operators: document.operators.flatMap((one) => (one.id === operator ? [sampled] : before.has(one.id) ? [one] : [])),
      streams: document.streams.flatMap((stream) => {
        const to = stream.to.filter((end) => before.has(end.operator))
        return stream.from.operator === operator || !before.has(stream.from.operator) || to.length === 0 ? [] : [{ ...stream, to }]
      }),
      tests: [],
    },
    test: {
      name: 'sample',
      ...(given?.parameters === undefined ? {} : { parameters: given.parameters }),
      steps,
      expected: { [operator]: [], [`${operator}.${ERRORS_PORT}`]: [] },
    },
    input: edge.schema.map((column) => ({ ...column })),
  }
}

/** With the operator itself. */
function ancestors(document: PipelineDocument, operator: string): ReadonlySet<string> {
  const found = new Set([operator])
  for (let size = 0; size !== found.size;) {
    size = found.size
    for (const { from, to } of document.streams) if (to.some((end) => found.has(end.operator))) found.add(from.operator)
  }
  return found
}

const idOf = (port: string): string => port.split('.', 1)[0]

function reaches(rows: Readonly<Record<string, readonly unknown[]>>, before: ReadonlySet<string>): boolean {
  return Object.entries(rows).some(([name, given]) => before.has(idOf(name)) && given.length > 0)
}

/** `shapes` and `errors`: rows that came out of the script and of its output `errors`. */
export function columnsFound(shapes: readonly Row[], errors: readonly Row[], input: ScriptSample['input']): ScriptColumns {
  const counts = new Map<string, number>()
  for (const { message } of errors) {
    const text = typeof message === 'string' ? message : 'unknown'
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return {
    columns: columnsOfShapes(
      shapes.map((row) => row[SHAPE_COLUMN] as RowShape),
      input,
    ),
    rows: shapes.length,
    errors: [...counts].map(([message, count]) => ({ message, count })),
  }
}
