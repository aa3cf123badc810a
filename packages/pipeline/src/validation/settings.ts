/** Rules about the document as a whole: its settings, and that it is a graph without cycles. */
import type { PipelineDocument } from '../document.ts'
import type { Graph } from '../graph.ts'
import type { Report } from './report.ts'

/** As the planner has it: a log of a stream is at least so large, and logs take this share of the memory. */
const MIN_LOG_BYTES = 1_048_576
const LOG_SHARE = 0.6
const MB = 1_048_576

export function checkSettings(document: PipelineDocument, report: Report): void {
  if (document.operators.length === 0) report('PIPELINE_EMPTY', 'error', 'The pipeline has no operators. Add a source to begin.', {})
  const { windowMs, checkpointIntervalMs } = document.settings
  if (checkpointIntervalMs < windowMs)
    report(
      'CHECKPOINT_SHORTER_THAN_WINDOW',
      'warning',
      `Checkpoints every ${checkpointIntervalMs} ms cannot come more often than windows of ${windowMs} ms. They come with every window.`,
      {},
      [{ kind: 'set-setting', label: `Checkpoint every ${windowMs} ms`, setting: 'checkpointIntervalMs', value: windowMs }],
    )
}

/** `streams`: how many the plan will need. */
export function checkMemory(document: PipelineDocument, streams: number, report: Report): void {
  const { memoryBytes } = document.settings
  const neededMb = Math.ceil((streams * MIN_LOG_BYTES) / LOG_SHARE / MB)
  if (neededMb * MB > memoryBytes)
    report(
      'MEMORY_TOO_SMALL',
      'error',
      `${streams} streams need up to ${neededMb} MB of shared memory, and the settings allow ${Math.floor(memoryBytes / MB)} MB. Raise the memory.`,
      {},
      [{ kind: 'set-setting', label: `Allow ${neededMb} MB`, setting: 'memoryBytes', value: neededMb * MB }],
    )
}

export function checkCycle(document: PipelineDocument, graph: Graph, report: Report): void {
  const { cycle } = graph
  if (cycle === null) return
  const [from, to] = cycle.slice(-2)
  report('CYCLE', 'error', `The streams form a cycle: ${cycle.join(' → ')}. Remove one of them.`, { operator: cycle[0] }, [
    { kind: 'disconnect', label: `Remove ${from} → ${to}`, from, to },
  ])
}
