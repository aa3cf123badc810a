/** Where the lines of a chart run: gaps stay gaps, a value alone is a dot. */
import type { HistoryValues } from '@belay/run'

/** A second that nobody told is no gap: figures come four times a second, more or less. */
const BRIDGED_MS = 3000

/** An SVG path in a box of `width` × `height`; `most` is the top. */
export function linePath(
  times: readonly number[],
  values: HistoryValues,
  of: {
    readonly fromMs: number
    readonly toMs: number
    readonly stepMs: number
    readonly most: number
    readonly width: number
    readonly height: number
  },
): string {
  const { fromMs, toMs, stepMs, most, width, height } = of
  const bridged = Math.max(BRIDGED_MS, stepMs * 1.5)
  let path = ''
  let lastMs = Number.NEGATIVE_INFINITY
  let alone = false
  values.forEach((value, i) => {
    if (value === null) return
    const x = round(((times[i] - fromMs) / Math.max(1, toMs - fromMs)) * width)
    const y = round(height * (1 - value / most))
    const joined = times[i] - lastMs <= bridged
    if (!joined && alone) path += 'h0.01'
    path += joined ? `L${x} ${y}` : `M${x} ${y}`
    alone = !joined
    lastMs = times[i]
  })
  return alone ? `${path}h0.01` : path
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

export function mostOf(lines: readonly HistoryValues[], least: number): number {
  let most = least
  for (const values of lines) for (const value of values) if (value !== null && value > most) most = value
  return most
}

/** The value at a time: that of the step it lies in; null = nothing is known. */
export function valueAt(times: readonly number[], values: HistoryValues, stepMs: number, atMs: number): number | null {
  const i = Math.floor((atMs - (times[0] ?? 0)) / stepMs)
  return values[i] ?? null
}

/** The newest value that is known. */
export function lastOf(values: HistoryValues): number | null {
  return values.findLast((value) => value !== null) ?? null
}
