/**
 * Groups of operators as a tree, and which of them stand for their operators on a canvas. Tolerant: a group that
 * is not there, or that is within itself, counts as none (validation tells of it).
 */
import type { Group, OperatorNode, PipelineDocument, PortReference } from './document.ts'

export interface GroupNode {
  readonly group: Group
  /** The group it is in, if it is in one. */
  readonly parent: string | null
  /** How many groups it is in. */
  readonly depth: number
  /** All operators in it, those of groups within it too, in the order of the document. */
  readonly operators: readonly string[]
  /** Groups directly in it. */
  readonly children: readonly string[]
}

export interface GroupTree {
  /** Groups that hold an operator, outer ones before those in them. */
  readonly groups: ReadonlyMap<string, GroupNode>
  /** By operator, the group it is in directly. */
  readonly groupOf: ReadonlyMap<string, string>
  /** By operator that is not drawn: the outermost collapsed group, which stands for it. */
  readonly hiddenIn: ReadonlyMap<string, string>
  /** Groups that are drawn as one node. */
  readonly folded: ReadonlySet<string>
  /** Groups that are not drawn: they are in a collapsed one. */
  readonly hiddenGroups: ReadonlySet<string>
}

const NO_GROUPS: GroupTree = { groups: new Map(), groupOf: new Map(), hiddenIn: new Map(), folded: new Set(), hiddenGroups: new Set() }

interface Grouped {
  readonly operators: readonly OperatorNode[]
  readonly groups?: readonly Group[]
}

let last: { readonly operators: Grouped['operators']; readonly groups: Grouped['groups']; readonly tree: GroupTree } | null = null

/** `collapsed`: whether a group is folded, if not as the document says it. */
export function groupTree({ operators, groups }: Grouped, collapsed?: (group: Group) => boolean): GroupTree {
  if (groups === undefined || groups.length === 0) return NO_GROUPS
  if (collapsed !== undefined) return treeOf(operators, groups, collapsed)
  // Asked many times for each drawing of the same document.
  if (last?.operators !== operators || last.groups !== groups)
    last = { operators, groups, tree: treeOf(operators, groups, (group) => group.collapsed === true) }
  return last.tree
}

function treeOf(operators: readonly OperatorNode[], groups: readonly Group[], collapsed: (group: Group) => boolean): GroupTree {
  const known = new Map<string, Group>()
  for (const group of groups) if (!known.has(group.id)) known.set(group.id, group)
  const chains = new Map([...known.keys()].map((id) => [id, chainOf(id, known)]))
  const members = new Map<string, string[]>([...known.keys()].map((id) => [id, []]))
  const groupOf = new Map<string, string>()
  const hiddenIn = new Map<string, string>()
  for (const { id, group } of operators) {
    const chain = group === undefined ? undefined : chains.get(group)
    if (group === undefined || chain === undefined || groupOf.has(id)) continue
    groupOf.set(id, group)
    for (const outer of chain) members.get(outer)?.push(id)
    const folded = chain.find((outer) => isCollapsed(known, outer, collapsed))
    if (folded !== undefined) hiddenIn.set(id, folded)
  }
  const found: GroupNode[] = []
  const hiddenGroups = new Set<string>()
  for (const [id, group] of known) {
    const inside = members.get(id) ?? []
    if (inside.length === 0) continue
    const chain = chains.get(id) ?? [id]
    const above = chain.slice(0, -1)
    if (above.some((outer) => isCollapsed(known, outer, collapsed))) hiddenGroups.add(id)
    const children = [...known.keys()].filter((other) => chains.get(other)?.at(-2) === id && (members.get(other)?.length ?? 0) > 0)
    found.push({ group, parent: above.at(-1) ?? null, depth: above.length, operators: inside, children })
  }
  found.sort((a, b) => a.depth - b.depth)
  return {
    groups: new Map(found.map((node) => [node.group.id, node])),
    groupOf,
    hiddenIn,
    folded: new Set(hiddenIn.values()),
    hiddenGroups,
  }
}

function isCollapsed(known: ReadonlyMap<string, Group>, id: string, collapsed: (group: Group) => boolean): boolean {
  const group = known.get(id)
  return group !== undefined && collapsed(group)
}

/** From the outermost group to the group itself. One that is within itself is in no other. */
function chainOf(id: string, known: ReadonlyMap<string, Group>): readonly string[] {
  const chain = [id]
  for (let at = known.get(id)?.parent; at !== undefined && known.has(at); at = known.get(at)?.parent) {
    if (chain.includes(at)) return [id]
    chain.unshift(at)
  }
  return chain
}

export interface OuterPorts {
  readonly inputs: readonly PortReference[]
  readonly outputs: readonly PortReference[]
}

/** Ports of operators that a collapsed group shows: those with a stream over its border, and those with none at all. */
export function outerPorts(document: PipelineDocument, operators: readonly string[], portsOf: (operator: string) => PortNames): OuterPorts {
  const inside = new Set(operators)
  const outerIn = new Set<string>()
  const outerOut = new Set<string>()
  const fed = new Set<string>()
  const read = new Set<string>()
  for (const { from, to } of document.streams) {
    const fromInside = inside.has(from.operator)
    for (const end of to) {
      const toInside = inside.has(end.operator)
      if (!fromInside && !toInside) continue
      fed.add(keyOf(end))
      read.add(keyOf(from))
      if (!fromInside) outerIn.add(keyOf(end))
      if (!toInside) outerOut.add(keyOf(from))
    }
  }
  const shown = (operator: string, names: readonly string[], outer: ReadonlySet<string>, used: ReadonlySet<string>): PortReference[] =>
    names.map((port) => ({ operator, port })).filter((port) => outer.has(keyOf(port)) || !used.has(keyOf(port)))
  return {
    inputs: operators.flatMap((operator) => shown(operator, withUsed(operator, portsOf(operator).inputs, outerIn), outerIn, fed)),
    outputs: operators.flatMap((operator) => shown(operator, withUsed(operator, portsOf(operator).outputs, outerOut), outerOut, read)),
  }
}

interface PortNames {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** Ports that only streams know of (errors, those of an unknown type) come last. */
function withUsed(operator: string, names: readonly string[], used: ReadonlySet<string>): readonly string[] {
  const more = [...used].filter((key) => key.startsWith(`${operator}.`)).map((key) => key.slice(operator.length + 1))
  return [...names, ...more.filter((port) => !names.includes(port))]
}

function keyOf({ operator, port }: PortReference): string {
  return `${operator}.${port}`
}

/** `g1`, `g2`, …: the first that is free. */
export function freeGroupId({ groups = [] }: Grouped): string {
  const taken = new Set(groups.map((group) => group.id))
  for (let n = 1; ; n += 1) if (!taken.has(`g${n}`)) return `g${n}`
}
