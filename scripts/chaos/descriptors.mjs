// What a process holds open, by kind, so that what it forgets to close shows (/proc; nothing elsewhere).
import { readdirSync, readlinkSync } from 'node:fs'

/**
 * Open descriptors by what they lead to: files by path, the rest (`socket`, `pipe`, `anon_inode:[eventpoll]`) by kind.
 * @param {number} pid @returns {Map<string, number>} empty = the process is gone, or there is no /proc
 */
export function openDescriptors(pid) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  const folder = `/proc/${pid}/fd`
  let names
  try {
    names = readdirSync(folder)
  } catch {
    return counts
  }
  for (const name of names) {
    let target
    try {
      target = readlinkSync(`${folder}/${name}`)
    } catch {
      continue
    }
    const kind = /^(socket|pipe):/.exec(target)?.[1] ?? target
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

/**
 * What is open now and was not before: of files that were deleted or belong to the run that is gone, all;
 * of sockets, pipes and the like, those above what was open after the undisturbed run.
 * @param {ReadonlyMap<string, number>} now @param {ReadonlyMap<string, number>} before @param {readonly string[]} gone texts in the paths of what must not be open
 * @returns {Record<string, number>}
 */
export function leakedAmong(now, before, gone) {
  /** @type {Record<string, number>} */
  const leaked = {}
  for (const [target, count] of now) {
    const isFile = target.startsWith('/') && !target.startsWith('/dev/')
    const mustBeShut = isFile && (target.endsWith(' (deleted)') || gone.some((text) => target.includes(text)))
    const excess = mustBeShut ? count : isFile ? 0 : count - (before.get(target) ?? 0)
    if (excess > 0) leaked[target] = excess
  }
  return leaked
}

const SAMPLES = 3

/** Follows one process after another and tells what only ever grows in it. */
export class DescriptorWatch {
  /** @type {Map<number, Map<string, number>[]>} */
  #samples = new Map()

  /** To be called when nothing is being recovered. @param {number} pid */
  look(pid) {
    const counts = openDescriptors(pid)
    if (counts.size === 0) return
    /** @type {Map<string, number>} */
    const kinds = new Map()
    // Stages and snapshots come and go under other numbers.
    for (const [target, count] of counts) {
      const kind = target.replaceAll(/[0-9a-z]*\d[0-9a-z]*/g, '#')
      kinds.set(kind, (kinds.get(kind) ?? 0) + count)
    }
    const samples = this.#samples.get(pid) ?? []
    this.#samples.set(pid, [...samples, kinds])
  }

  /** By kind: how many more were open in each of the last looks at a process than in any of its first. One file of a kind may be at work. */
  leaked() {
    /** @type {Record<string, number>} */
    const leaked = {}
    for (const samples of this.#samples.values()) {
      if (samples.length < 2 * SAMPLES) continue
      const first = samples.slice(0, SAMPLES)
      const last = samples.slice(-SAMPLES)
      for (const kind of last[0].keys()) {
        const excess =
          Math.min(...last.map((kinds) => kinds.get(kind) ?? 0)) -
          Math.max(kind.startsWith('/') ? 1 : 0, ...first.map((kinds) => kinds.get(kind) ?? 0))
        if (excess > 0) leaked[kind] = (leaked[kind] ?? 0) + excess
      }
    }
    return leaked
  }
}
