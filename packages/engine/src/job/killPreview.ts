/** What a kill would do, by the function that plans the recovery after it (D7). */
import type { KillPreview, PreviewOperator } from '@belay/run'
import type { PhysicalPlan, PlannedInstance } from '../plan/physicalPlan.ts'
import type { RecoveryPlan, RestartReason } from '../plan/planRecovery.ts'
import { plannedInstance, sinkInstances, type Draft } from './draft.ts'
import { recoveryPlanFor, skippedBy } from './recovery.ts'

/** The instances of an operator, or the one partition that has this id. */
export function instancesNamed(plan: PhysicalPlan, name: string): readonly PlannedInstance[] {
  return plan.instances.filter((instance) => instance.operator === name || instance.id === name)
}

/** `target`: an operator, or one partition by its instance id. */
export function killPreview(draft: Draft, target: string): KillPreview {
  const { state, facts } = draft
  const targets = instancesNamed(state.plan, target)
  const containers = new Set(targets.map((instance) => instance.container))
  const failed = state.plan.instances.filter((instance) => containers.has(instance.container))
  const plan = recoveryPlanFor(
    draft,
    failed.map((instance) => instance.id),
  )
  const skipped = skippedBy(draft, plan)
  const killed = new Set(failed.map((instance) => instance.operator))
  const aimedAt = new Set(targets.map((instance) => instance.operator))
  const restart = previewOperators(draft, plan, skipped !== null, (operator, why) => {
    if (aimedAt.has(operator)) return 'killed'
    if (killed.has(operator)) return 'same-container'
    // Members of a recovery that runs already go back again with it.
    return why === 'killed' ? 'downstream' : why
  })
  const restarting = new Set(restart.map((entry) => entry.operator))
  const past = [...state.recoveriesMs].sort((a, b) => a - b)
  return {
    target,
    killed: [...killed],
    restart,
    unaffected: [...new Set(state.plan.instances.map((instance) => instance.operator))].filter((id) => !restarting.has(id)),
    instances: { killed: failed.map((instance) => instance.id), restart: [...plan.restart.keys()] },
    cut: plan.cut,
    committedWindow: state.committed,
    skipped,
    sinks: sinkInstances(draft)
      .filter((sink) => restarting.has(sink.operator))
      .map((sink) => ({
        operator: sink.operator,
        duplicates: sink.delivery === 'at-least-once' && skipped === null,
        sentence:
          skipped !== null
            ? `${sink.operator} never gets what was in w ${skipped.from}${skipped.to > skipped.from ? ` to ${skipped.to}` : ''}.`
            : sink.delivery === 'exactly-once'
              ? `${sink.operator} drops what it staged and gets the same rows again.`
              : sink.delivery === 'at-least-once'
                ? `${sink.operator} may get up to ${Math.max(0, facts.ended(sink.id) - plan.cut)} windows twice.`
                : `${sink.operator} is drawn again.`,
      })),
    expectedMs: past.length === 0 ? null : { median: past[Math.floor(past.length / 2)], of: past.length },
  }
}

/** One entry an operator: of its partitions that go back, the window furthest on; rows of each stream once. */
function previewOperators(
  draft: Draft,
  { restart, cut }: RecoveryPlan,
  skips: boolean,
  reasonOf: (operator: string, why: RestartReason) => RestartReason,
): PreviewOperator[] {
  const { facts } = draft
  const byOperator = new Map<string, { readonly why: RestartReason; readonly instances: PlannedInstance[] }>()
  for (const [id, why] of restart) {
    const planned = plannedInstance(draft, id)
    const found = byOperator.get(planned.operator)
    if (found === undefined) byOperator.set(planned.operator, { why, instances: [planned] })
    else found.instances.push(planned)
  }
  return [...byOperator].map(([operator, { why, instances }]) => ({
    operator,
    windowNow: Math.max(...instances.map(({ id }) => Math.max(facts.working(id), facts.ended(id)))),
    cut,
    windowsToReplay: skips ? 0 : Math.max(0, ...instances.map(({ id }) => facts.ended(id) - cut)),
    rowsToReplay: skips ? 0 : rowsToReplay(draft, instances, cut),
    reason: reasonOf(operator, why),
  }))
}

/** null = none of its inputs is kept in a log. */
function rowsToReplay(draft: Draft, instances: readonly PlannedInstance[], cut: number): number | null {
  const { plan } = draft.state
  const logs = new Set<string>()
  for (const { inputs, container } of instances) {
    for (const input of inputs) {
      const stream = plan.streams.find((candidate) => candidate.id === input.stream)
      // What partitions hand to their unifier is made of rows that are counted already.
      if (stream !== undefined && stream.edge !== null && stream.logReaders.includes(container)) logs.add(stream.id)
    }
  }
  return logs.size === 0 ? null : [...logs].reduce((rows, stream) => rows + draft.facts.rowsSince(stream, cut), 0)
}
