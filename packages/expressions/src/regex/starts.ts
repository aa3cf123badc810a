/** Where a match can begin, so that a search may skip what cannot. */
import { ASSERTION, OP, type Program } from './program.ts'

export interface Starts {
  /** 1 for each byte that can begin a match that is not at the start of the text. */
  readonly first: Uint8Array
  /** A match may be empty, so it can begin anywhere. */
  readonly mayBeEmpty: boolean
  /** No match begins anywhere but at the start of the text. */
  readonly onlyAtStart: boolean
}

export function startsOf(program: Program): Starts {
  const { ops, x, y, sets, asciiClass, rangeClass, rangeStarts } = program
  const first = new Uint8Array(256)
  const seen = new Set<number>()
  const open = [0]
  let mayBeEmpty = false
  let reaches = false
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    if (seen.has(pc)) continue
    seen.add(pc)
    switch (ops[pc]) {
      case OP.set: {
        reaches = true
        const set = sets[x[pc]]
        for (let byte = 0; byte < 128; byte += 1) if (set[asciiClass[byte]] === 1) first[byte] = 1
        // Bytes that begin no valid character read as U+FFFD, so all of these may begin one of the set.
        if (rangeStarts.some((start, i) => start >= 128 && set[rangeClass[i]] === 1)) first.fill(1, 0x80)
        break
      }
      case OP.split:
        open.push(x[pc], y[pc])
        break
      case OP.jump:
        open.push(x[pc])
        break
      case OP.assert:
        if (x[pc] !== ASSERTION['text-start']) open.push(pc + 1)
        break
      case OP.match:
        mayBeEmpty = true
        break
      default:
        open.push(pc + 1)
    }
  }
  return { first, mayBeEmpty, onlyAtStart: !reaches && !mayBeEmpty }
}
