/** A CPU profile as a flame graph and as a list of functions. Pure. */
import type { CpuProfile } from '@belay/run'

export interface FlameBox {
  readonly id: number
  readonly name: string
  readonly file: string
  /** From the outermost function, 0. */
  readonly depth: number
  /** Shares of the time that was sampled. */
  readonly from: number
  readonly share: number
  /** In itself, without what it called. */
  readonly ownShare: number
  readonly parent: number | null
}

export interface FlameFunction {
  readonly name: string
  readonly file: string
  readonly ownShare: number
  /** With what it called; a function that calls itself counts once. */
  readonly share: number
}

export interface Flame {
  readonly boxes: readonly FlameBox[]
  readonly depth: number
  readonly samples: number
  /** Share of the samples in which the thread waited for work. */
  readonly waiting: number
}

/** V8's own name for a thread that runs nothing, and the function in which a container waits (containerMain.ts). */
const WAITING = new Set(['(idle)', 'waitForWork'])
const ROOT = '(root)'

export function flameOf(profile: CpuProfile): Flame {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const own = new Map<number, number>()
  for (const [i, sample] of profile.samples.entries()) own.set(sample, (own.get(sample) ?? 0) + Math.max(0, profile.timeDeltas[i] ?? 0))
  const total = Math.max(
    1,
    [...own.values()].reduce((sum, time) => sum + time, 0),
  )
  const time = new Map<number, number>()
  const timeOf = (id: number): number => {
    const known = time.get(id)
    if (known !== undefined) return known
    const all = (byId.get(id)?.children ?? []).reduce((sum, child) => sum + timeOf(child), own.get(id) ?? 0)
    time.set(id, all)
    return all
  }
  const boxes: FlameBox[] = []
  let depth = 0
  const draw = (id: number, level: number, from: number, parent: number | null): void => {
    const node = byId.get(id)
    if (node === undefined || timeOf(id) === 0) return
    depth = Math.max(depth, level + 1)
    boxes.push({
      id,
      name: nameOf(node.callFrame.functionName),
      file: fileOf(node.callFrame.url, node.callFrame.lineNumber),
      depth: level,
      from: from / total,
      share: timeOf(id) / total,
      ownShare: (own.get(id) ?? 0) / total,
      parent,
    })
    drawChildren(node.children ?? [], level + 1, from, id)
  }
  const drawChildren = (children: readonly number[], level: number, from: number, parent: number | null): void => {
    let at = from
    for (const child of children.toSorted((a, b) => timeOf(b) - timeOf(a))) {
      draw(child, level, at, parent)
      at += timeOf(child)
    }
  }
  const root = profile.nodes.find(({ callFrame }) => callFrame.functionName === ROOT) ?? profile.nodes[0]
  if (root !== undefined) drawChildren(root.children ?? [], 0, 0, null)
  const waiting = boxes.filter(isWaiting).reduce((sum, { ownShare }) => sum + ownShare, 0)
  return { boxes, depth, samples: profile.samples.length, waiting }
}

export function isWaiting({ name }: { readonly name: string }): boolean {
  return WAITING.has(name)
}

/** Most time in themselves first. */
export function functionsOf({ boxes }: Flame): readonly FlameFunction[] {
  const byId = new Map(boxes.map((box) => [box.id, box]))
  const found = new Map<string, { name: string; file: string; ownShare: number; share: number }>()
  const keyOf = ({ name, file }: FlameBox): string => `${name}\n${file}`
  for (const box of boxes) {
    const key = keyOf(box)
    const entry = found.get(key) ?? { name: box.name, file: box.file, ownShare: 0, share: 0 }
    entry.ownShare += box.ownShare
    let above = box.parent === null ? undefined : byId.get(box.parent)
    while (above !== undefined && keyOf(above) !== key) above = above.parent === null ? undefined : byId.get(above.parent)
    if (above === undefined) entry.share += box.share
    found.set(key, entry)
  }
  return [...found.values()].sort((a, b) => b.ownShare - a.ownShare || b.share - a.share)
}

/** Whether the search means it; '' means nothing. */
export function isFound({ name, file }: { readonly name: string; readonly file: string }, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return wanted !== '' && `${name} ${file}`.toLowerCase().includes(wanted)
}

function nameOf(name: string): string {
  return name === '' ? '(anonymous)' : name
}

/** Parts of Belay by their names, without the hash that the build gives them; lines of scripts as they were written. */
function fileOf(url: string, line: number): string {
  if (url === '') return ''
  if (url.startsWith('script:')) return `${url}:${line + 1}`
  const name = url.split('/').at(-1) ?? url
  const part = /^(.+)-[\w-]{8}\.js$/.exec(name)?.[1]
  return part ?? name.replace(/\.m?js$/, '')
}
