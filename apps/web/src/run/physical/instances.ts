/** Instances of operators by their ids: `hourly`, `hourly#1`, `top10~merge` (packages/run, plan.ts). */
import type { OperatorFigures, PartitionFigures } from '@belay/run'

/** Ids of operators contain neither of the two marks. */
export function operatorOf(instance: string): string {
  return /^[^#~]*/.exec(instance)?.[0] ?? instance
}

/** What tells it from the other instances of its operator; '' = it is the only one. */
export function partOf(instance: string): string {
  const part = instance.slice(operatorOf(instance).length)
  return part.startsWith('~') ? part.slice(1) : part
}

/** Of one of several, or of the only one. */
export function instanceFigures(figures: OperatorFigures | undefined, instance: string): PartitionFigures | OperatorFigures | undefined {
  if (figures?.partitions === undefined) return figures
  return figures.partitions.find((candidate) => candidate.id === instance)
}
