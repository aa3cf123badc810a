/** While a stream is being drawn: which operators could take it, and why others cannot. Outside React Flow's nodes. */
import { useSyncExternalStore } from 'react'
import { manifests } from '@belay/operators/manifests'
import { connectionRules, type ConnectionAnswer, type PortReference } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { namesOfOutputs } from '../palette/adding.ts'
import { t } from '../../language/t.ts'

export interface DrawnEnd {
  readonly port: PortReference
  /** source: the stream begins here and looks for an input; target: it ends here and looks for an output. */
  readonly type: 'source' | 'target'
}

let answers: ReadonlyMap<string, ConnectionAnswer> | null = null
const listeners = new Set<() => void>()

function publish(next: ReadonlyMap<string, ConnectionAnswer> | null): void {
  answers = next
  for (const listener of listeners) listener()
}

/** An operator fits if one of its ports does; otherwise the reason of its first port stands for it. */
export function beginConnecting({ port, type }: DrawnEnd): void {
  const document = drawn()
  const rule = connectionRules(document, manifests, useDesigner.getState().checked.propagation)
  const next = new Map<string, ConnectionAnswer>([[port.operator, { ok: true }]])
  for (const operator of document.operators) {
    if (operator.id === port.operator) continue
    const ports = type === 'source' ? (manifestFor(operator.type)?.inputs.map((input) => input.name) ?? []) : namesOfOutputs(operator.id)
    const tried = ports.map((name) => {
      const other = { operator: operator.id, port: name }
      return type === 'source' ? rule(port, other) : rule(other, port)
    })
    next.set(
      operator.id,
      tried.find((answer) => answer.ok) ??
        tried[0] ?? { ok: false, reason: t('{operator} takes no rows.', { operator: operator.name || operator.id }) },
    )
  }
  publish(next)
}

export function endConnecting(): void {
  publish(null)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** null = nothing is being drawn. */
export function useConnecting(operator: string): ConnectionAnswer | null {
  return useSyncExternalStore(subscribe, () => answers?.get(operator) ?? null)
}

const UNFIT: ConnectionAnswer = { ok: false, reason: t('Nothing in the group takes it.') }

/** The same for a group: it fits if something in it does. */
export function useConnectingAny(operators: readonly string[]): ConnectionAnswer | null {
  return useSyncExternalStore(subscribe, () => {
    if (answers === null) return null
    const own = operators.map((operator) => answers?.get(operator))
    return own.find((answer) => answer?.ok === true) ?? UNFIT
  })
}
