/** What the monitor knows of an operator from the document and its manifest. */
import type { OperatorNode } from '@belay/pipeline'
import { manifests } from '@belay/operators/manifests'

const UNKNOWN_ICON = 'M3 3h10v10H3zM6 6.5h4M8 6.5v4'

/** display: a sink that only shows, from which nothing leaves. */
export type Role = 'source' | 'transform' | 'sink' | 'display'

export function operatorName(operator: OperatorNode): string {
  return operator.name === '' ? operator.id : operator.name
}

export function iconOf(type: string): string {
  return manifests[type]?.icon ?? UNKNOWN_ICON
}

export function roleOf(type: string): Role {
  const guarantee = manifests[type]?.guarantee
  if (guarantee === undefined) return 'transform'
  return guarantee.role === 'sink' && guarantee.delivery === 'display' ? 'display' : guarantee.role
}
