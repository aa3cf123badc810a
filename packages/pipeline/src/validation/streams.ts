/** Rules about streams one by one: both ends exist, each port is used once. */
import type { OperatorNode, PipelineDocument, StreamNode } from '../document.ts'
import { ERRORS_PORT } from '../edgeType.ts'
import { manifestOf, type ManifestCatalogue } from '../manifest.ts'
import type { ProblemFix } from '../problem.ts'
import { outputPorts } from '../propagation.ts'
import { nameOf, type Report } from './report.ts'

export function checkStreams(document: PipelineDocument, manifests: ManifestCatalogue, report: Report): void {
  const operators = new Map<string, OperatorNode>()
  for (const operator of document.operators) if (!operators.has(operator.id)) operators.set(operator.id, operator)
  const ids = new Set<string>()
  const outputs = new Map<string, string>()
  const inputs = new Set<string>()
  for (const stream of document.streams) {
    const place = { stream: stream.id }
    if (ids.has(stream.id))
      report('STREAM_ID_TWICE', 'error', `Two streams have the id ${stream.id}. Give one of them another id.`, place, [
        { kind: 'renumber-stream', label: 'Give it another id', stream: stream.id },
      ])
    ids.add(stream.id)
    checkFrom(stream, operators, manifests, report)
    const from = `${stream.from.operator}.${stream.from.port}`
    const other = outputs.get(from)
    if (other !== undefined)
      report(
        'OUTPUT_TWICE',
        'error',
        `Output ${from} feeds both stream ${other} and stream ${stream.id}. One stream with several targets does the same.`,
        place,
        [{ kind: 'merge-streams', label: 'Make them one stream', from: stream.from }],
      )
    outputs.set(from, stream.id)
    if (stream.to.length === 0)
      report('STREAM_WITHOUT_TARGET', 'error', `Stream ${stream.id} leads nowhere. Connect it or remove it.`, place, [
        { kind: 'remove-stream', label: 'Remove the stream', stream: stream.id },
      ])
    for (const to of stream.to) checkTo(stream, to, { operators, manifests, inputs }, report)
  }
}

function checkFrom(stream: StreamNode, operators: ReadonlyMap<string, OperatorNode>, manifests: ManifestCatalogue, report: Report): void {
  const place = { stream: stream.id }
  const remove: ProblemFix = { kind: 'remove-stream', label: 'Remove the stream', stream: stream.id }
  const source = operators.get(stream.from.operator)
  if (source === undefined) {
    const message = `Stream ${stream.id} begins at ${stream.from.operator}, which is not in the pipeline. Remove the stream.`
    report('STREAM_WITHOUT_SOURCE', 'error', message, place, [remove])
    return
  }
  const manifest = manifestOf(manifests, source.type)
  if (manifest === undefined || stream.from.port === ERRORS_PORT) return
  if (outputPorts(source, manifest).some((port) => port.name === stream.from.port)) return
  const message = `${nameOf(source)} has no output ${stream.from.port}. Remove the stream and draw it again.`
  report('UNKNOWN_PORT', 'error', message, { ...place, operator: source.id }, [remove])
}

interface Known {
  readonly operators: ReadonlyMap<string, OperatorNode>
  readonly manifests: ManifestCatalogue
  /** Ports fed so far. */
  readonly inputs: Set<string>
}

function checkTo(stream: StreamNode, to: StreamNode['to'][number], known: Known, report: Report): void {
  const remove: ProblemFix = { kind: 'remove-stream', label: 'Remove the connection', stream: stream.id, to }
  const target = known.operators.get(to.operator)
  if (target === undefined) {
    const message = `Stream ${stream.id} leads to ${to.operator}, which is not in the pipeline. Remove it.`
    report('STREAM_WITHOUT_TARGET', 'error', message, { stream: stream.id }, [remove])
  } else {
    const inputs = manifestOf(known.manifests, target.type)?.inputs
    if (inputs !== undefined && !inputs.some((port) => port.name === to.port)) {
      const message = `${nameOf(target)} has no input ${to.port}. Remove the connection and draw it again.`
      report('UNKNOWN_PORT', 'error', message, { stream: stream.id, operator: target.id }, [remove])
    }
  }
  const input = `${to.operator}.${to.port}`
  if (known.inputs.has(input))
    report(
      'INPUT_TWICE',
      'error',
      `Input ${input} is fed twice. Remove one, or bring the streams together with a union.`,
      { stream: stream.id, operator: to.operator, port: to.port },
      [remove],
    )
  known.inputs.add(input)
}
