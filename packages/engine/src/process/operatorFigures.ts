/** An operator's figures from those of its instances (packages/run, figures.ts). */
import { mostUrgent, type OperatorFigures, type PartitionFigures } from '@belay/run'
import type { PlannedInstance } from '../plan/physicalPlan.ts'

export interface InstanceSample {
  readonly part: PlannedInstance['part']
  readonly figures: PartitionFigures
  readonly stagedBytes: number | null
  readonly skippedWindows: number
  readonly progress: number | null
  readonly live: OperatorFigures['live'] | null
  readonly onRowError: OperatorFigures['onRowError'] | null
  readonly logLevel: OperatorFigures['logLevel'] | null
  readonly extra: Readonly<Record<string, number>>
}

export function operatorFigures(parts: readonly InstanceSample[]): OperatorFigures {
  const all = parts.map((part) => part.figures)
  const inbound = parts.filter((part) => part.part !== 'merge').map((part) => part.figures)
  const merge = parts.filter((part) => part.part === 'merge').map((part) => part.figures)
  // What partitions hand to their unifier stays inside the operator.
  const outbound = merge.length > 0 ? merge : inbound
  const first = all[0]
  const worst = mostUrgent(all) ?? first
  const busiest = all.reduce((a, b) => (load(b) > load(a) ? b : a))
  const reached = all.flatMap((part) => part.reachedWindow ?? [])
  const watermarks = all.flatMap((part) => part.watermark ?? [])
  const skipped = Math.max(...parts.map((part) => part.skippedWindows))
  const staged = parts.flatMap((part) => part.stagedBytes ?? [])
  const queues = all.flatMap((part) => part.queue ?? [])
  const progress = parts.flatMap((part) => part.progress ?? [])
  const { live, logLevel, onRowError } = parts[0]
  const extra = sums(parts.map((part) => part.extra))
  return {
    state: worst.state,
    ...(worst.cause === undefined ? {} : { cause: worst.cause }),
    attempt: Math.max(...all.map((part) => part.attempt)),
    container: first.container,
    activity: busiest.activity,
    ...(busiest.blockedOn === undefined ? {} : { blockedOn: busiest.blockedOn }),
    rowsIn: sum(inbound, 'rowsIn'),
    rowsOut: sum(outbound, 'rowsOut'),
    rowsInPerSecond: sum(inbound, 'rowsInPerSecond'),
    rowsOutPerSecond: sum(outbound, 'rowsOutPerSecond'),
    window: Math.min(...all.map((part) => part.window)),
    checkpointWindow: Math.min(...all.map((part) => part.checkpointWindow)),
    watermark: watermarks.length === 0 ? null : Math.min(...watermarks),
    stateSizeBytes: sum(all, 'stateSizeBytes'),
    rowErrors: sum(all, 'rowErrors'),
    ...(queues.length === 0 ? {} : { queue: Math.max(...queues) }),
    ...(reached.length === 0 ? {} : { reachedWindow: Math.max(...reached) }),
    ...(skipped === 0 ? {} : { skippedWindows: skipped }),
    ...(staged.length === 0 ? {} : { stagedBytes: staged.reduce((a, b) => a + b, 0) }),
    ...(progress.length === 0 ? {} : { progress: progress.reduce((a, b) => a + b, 0) / progress.length }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    ...(live == null ? {} : { live }),
    ...(onRowError == null ? {} : { onRowError }),
    ...(logLevel == null ? {} : { logLevel }),
    ...(parts.length === 1 ? {} : { partitions: all }),
  }
}

function load({ activity }: PartitionFigures): number {
  return activity.busy + activity.blocked
}

function sum(
  parts: readonly PartitionFigures[],
  figure: 'rowsIn' | 'rowsOut' | 'rowsInPerSecond' | 'rowsOutPerSecond' | 'stateSizeBytes' | 'rowErrors',
): number {
  return parts.reduce((total, part) => total + part[figure], 0)
}

function sums(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const record of records) for (const [name, value] of Object.entries(record)) total[name] = (total[name] ?? 0) + value
  return total
}
