// Two ways of one run, turn about, so that what the machine is worth in a minute falls on both.
import { progress } from '../proof/figures.mjs'

/** @typedef {{ rowsPerSecond: number, rowsPerCpuSecond: number }} Speed */

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/**
 * The median of how much less the second way gives than the first one, in percent (below 0: it gives more), by time and
 * by CPU. The turn changes from pair to pair.
 * @template {Speed} T
 * @param {number} pairs
 * @param {{ name: string, measure: () => T | Promise<T> }} without
 * @param {{ name: string, measure: () => T | Promise<T> }} withIt
 */
export async function inPairs(pairs, without, withIt) {
  /** @type {{ without: T, withIt: T }[]} */
  const taken = []
  for (let n = 0; n < pairs; n += 1) {
    const first = n % 2 === 0 ? without : withIt
    const one = await first.measure()
    const other = await (first === without ? withIt : without).measure()
    const pair = first === without ? { without: one, withIt: other } : { without: other, withIt: one }
    taken.push(pair)
    progress(
      `pair ${n + 1} of ${pairs}: ${Math.round(pair.without.rowsPerSecond)} rows/s ${without.name}, ${Math.round(pair.withIt.rowsPerSecond)} ${withIt.name}`,
    )
  }
  /** @param {keyof Speed} figure */
  const lossPercent = (figure) => Math.round(median(taken.map((pair) => 1 - pair.withIt[figure] / pair.without[figure])) * 1000) / 10
  return {
    taken,
    pairs,
    rowsPerSecond: {
      [without.name]: Math.round(median(taken.map((pair) => pair.without.rowsPerSecond))),
      [withIt.name]: Math.round(median(taken.map((pair) => pair.withIt.rowsPerSecond))),
    },
    lossPercent: lossPercent('rowsPerSecond'),
    lossOfCpuPercent: lossPercent('rowsPerCpuSecond'),
  }
}
