/**
 * The whole pipeline in Flink-style SQL, for reading: a table for each file, a view for each
 * operator, an INSERT for each sink. What has no SQL is a comment with the reason, and so is what
 * differs there.
 */
import {
  ERRORS_PORT,
  graphOf,
  manifestOf,
  type FlinkSupport,
  type ManifestCatalogue,
  type OperatorNode,
  type PipelineDocument,
  type Propagation,
} from '@belay/pipeline'
import { STATEMENTS } from './statements.ts'
import type { SqlStep, Statement } from './step.ts'
import { comment, quoted } from './words.ts'
import { said, t } from '../../language/t.ts'

interface SqlMark {
  readonly operator: string
  /** no: the operator has no SQL; differs: it has, and means something else there. */
  readonly kind: 'no' | 'differs'
  readonly reason: string
}

export interface PipelineSql {
  readonly text: string
  readonly marks: readonly SqlMark[]
}

/** `document` has its parameters put in. */
export function pipelineSql(document: PipelineDocument, manifests: ManifestCatalogue, { inputs, outputs }: Propagation): PipelineSql {
  const parts: string[] = [comment(t('{name}, as Flink SQL. For reading: Belay runs the drawing itself.', { name: document.name }))]
  const inserts: string[] = []
  const marks: SqlMark[] = []
  const feeding = new Map(document.streams.flatMap((stream) => stream.to.map((to) => [`${to.operator}.${to.port}`, stream.from])))
  const viewOf = (operator: string, port: string): string => {
    const node = document.operators.find((candidate) => candidate.id === operator)
    const several = node !== undefined && (manifestOf(manifests, node.type)?.outputs.length ?? 0) > 1
    return quoted(several || port === ERRORS_PORT ? `${operator}_${port}` : operator)
  }
  for (const operator of graphOf(document).order) {
    const manifest = manifestOf(manifests, operator.type)
    const note = (kind: SqlMark['kind'], reason: string): void => void marks.push({ operator: operator.id, kind, reason })
    const step: SqlStep = {
      operator,
      config: operator.config,
      from: (port) => {
        const from = feeding.get(`${operator.id}.${port}`)
        return from === undefined ? null : viewOf(from.operator, from.port)
      },
      input: (port) => inputs.get(`${operator.id}.${port}`),
      output: (port) => outputs.get(`${operator.id}.${port}`),
      view: (port) => viewOf(operator.id, port),
      read: new Set(document.streams.filter((stream) => stream.from.operator === operator.id).map((stream) => stream.from.port)),
    }
    if (step.read.has(ERRORS_PORT))
      note('no', t('Rows that an operator cannot process fail the job there; they have no stream of their own.'))
    const support = manifest?.flink
    const write = manifest === undefined ? undefined : STATEMENTS[operator.type]
    const statement: Statement =
      support?.support === 'no'
        ? { kind: 'none', reason: said(support.reason) }
        : write === undefined
          ? { kind: 'none', reason: manifest === undefined ? t('Its type is not known here.') : t('Its SQL is not written here.') }
          : write(step)
    const options = optionNotes(operator, manifest?.flinkOptions)
    for (const reason of options) note('differs', reason)
    if (support?.support === 'differs') note('differs', said(support.note))
    const heading = comment(`${operator.id}: ${manifest?.title ?? operator.type}`)
    switch (statement.kind) {
      case 'none':
        note('no', statement.reason)
        parts.push(`${heading}\n${comment(t('no SQL: {reason}', { reason: statement.reason }))}`)
        break
      case 'sql':
        for (const reason of statement.notes) note('differs', reason)
        parts.push([heading, ...differing(statement.notes, support, options), statement.text].join('\n'))
        break
      case 'insert':
        for (const reason of statement.notes) note('differs', reason)
        parts.push([heading, ...differing(statement.notes, support, options), statement.table].join('\n'))
        inserts.push(statement.select)
        break
    }
  }
  if (inserts.length === 1) parts.push(`${inserts[0]};`)
  else if (inserts.length > 1) parts.push(`EXECUTE STATEMENT SET\nBEGIN\n${inserts.map((insert) => `${insert};`).join('\n')}\nEND;`)
  return { text: `${parts.join('\n\n')}\n`, marks }
}

function differing(notes: readonly string[], support: FlinkSupport | undefined, options: readonly string[]): readonly string[] {
  const all = [...(support?.support === 'differs' ? [said(support.note)] : []), ...options, ...notes]
  return [...new Set(all)].map((reason) => comment(t('differs: {reason}', { reason })))
}

/** What the manifest says of settings that are used, by path or `path=value`: the operator has SQL, the setting means something else there. */
function optionNotes(operator: OperatorNode, options: Readonly<Record<string, FlinkSupport>> | undefined): readonly string[] {
  return Object.entries(options ?? {}).flatMap(([key, support]) => {
    const [path, wanted] = key.split('=')
    const value = operator.config[path.slice(1)]
    const used = wanted === undefined ? value !== undefined && value !== 0 && value !== false : String(value as string | number) === wanted
    if (!used || support.support === 'yes') return []
    return [said(support.support === 'no' ? support.reason : support.note)]
  })
}
