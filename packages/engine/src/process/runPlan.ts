/** The physical plan as viewers are told it (packages/run, plan.ts). */
import type { PlanInstance, PlanStream, RunPlan } from '@belay/run'
import type { PhysicalPlan, PlannedStream } from '../plan/physicalPlan.ts'
import { KEY_GROUPS, partitionOf } from '../state/murmur.ts'

export function runPlan(plan: PhysicalPlan): RunPlan {
  const groups = keyGroupsOf(plan)
  return {
    instances: plan.instances.map(({ id, operator, part, container }): PlanInstance => {
      const keyGroups = groups.get(id)
      return { id, operator, part, container, ...(keyGroups === undefined ? {} : { keyGroups }) }
    }),
    streams: plan.streams.map(planStream),
  }
}

function planStream({ id, edge, publisher, readers, routing, schema }: PlannedStream): PlanStream {
  const common = { id, edge, from: publisher, to: [...new Set(readers.map(({ instance }) => instance))] }
  if (routing === null) return { ...common, share: 'all' }
  return routing.kind === 'spread'
    ? { ...common, share: 'spread' }
    : { ...common, share: 'key', columns: routing.columns.map((column) => schema[column].name) }
}

type KeyGroups = NonNullable<PlanInstance['keyGroups']>

/** Whose rows are shared out by key, and who is handed the rows of one such partition as they are. */
function keyGroupsOf(plan: PhysicalPlan): ReadonlyMap<string, KeyGroups> {
  const found = new Map<string, KeyGroups>()
  // Instances come in the order of the streams, so that who hands over is known before who takes.
  for (const { id, part, partition, partitions, inputs } of plan.instances) {
    if (part !== 'partition') continue
    for (const { stream: name } of inputs) {
      const stream = plan.streams.find((candidate) => candidate.id === name)
      if (stream === undefined) continue
      // A partition that reads all rows of a stream is joined one to one with who sends them.
      const groups =
        stream.routing === null ? found.get(stream.publisher) : stream.routing.kind === 'key' ? rangeOf(partition, partitions) : undefined
      if (groups !== undefined) found.set(id, groups)
    }
  }
  return found
}

function rangeOf(partition: number, partitions: number): KeyGroups {
  const own = Array.from({ length: KEY_GROUPS }, (_, group) => group).filter((group) => partitionOf(group, partitions) === partition)
  return { first: own[0] ?? 0, last: own.at(-1) ?? 0 }
}
