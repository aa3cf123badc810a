/**
 * What a held operator means for the others (engine-spec H32): what stays down with it, and whom
 * nobody waits for meanwhile.
 */
import { instancesOf, type Draft } from './draft.ts'

/** Instances of containers that a person holds down, and everything downstream of them. */
export function behindHeld(draft: Draft): ReadonlySet<string> {
  const { state } = draft
  const behind = new Set<string>()
  if (Object.keys(state.held).length === 0) return behind
  for (const { id } of state.plan.containers)
    if (isHeldContainer(draft, id)) for (const instance of instancesOf(draft, id)) behind.add(instance)
  for (let size = -1; size !== behind.size;) {
    size = behind.size
    for (const stream of state.plan.streams)
      if (behind.has(stream.publisher)) for (const reader of stream.readers) behind.add(reader.instance)
  }
  return behind
}

/** A person holds an operator of this container. */
export function isHeldContainer(draft: Draft, container: string): boolean {
  const { plan, held } = draft.state
  return plan.instances.some((instance) => instance.container === container && held[instance.operator] !== undefined)
}

/**
 * The container is not deployed for now: it is held, or it waits for a held one and also reads from
 * one that goes on. Waiting with its door open it would press back on that one, and so on its siblings.
 */
export function staysDown(draft: Draft, container: string): boolean {
  if (Object.keys(draft.state.held).length === 0) return false
  if (isHeldContainer(draft, container)) return true
  const behind = behindHeld(draft)
  const own = instancesOf(draft, container)
  if (!own.some((instance) => behind.has(instance))) return false
  return draft.state.plan.streams.some(
    (stream) => !behind.has(stream.publisher) && stream.readers.some((reader) => own.includes(reader.instance)),
  )
}
