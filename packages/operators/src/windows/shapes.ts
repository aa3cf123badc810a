/**
 * Windows of fixed length, made of units: each row belongs to one unit, each window to a run of them.
 * Tumbling: the unit is the window. Hopping: the greatest common divisor of length and step.
 * Cumulate: the step.
 */
export interface WindowShape {
  readonly unitMs: number
  /** End of the last window that holds the unit beginning at `unit`. */
  lastEnd(unit: number): number
  /** Start of the window that ends at `end`. */
  startOf(end: number): number
  /** The first window end after `time`. */
  nextEnd(time: number): number
}

const floorTo = (time: number, step: number): number => Math.floor(time / step) * step

export function tumbling(sizeMs: number): WindowShape {
  return {
    unitMs: sizeMs,
    lastEnd: (unit) => unit + sizeMs,
    startOf: (end) => end - sizeMs,
    nextEnd: (time) => floorTo(time, sizeMs) + sizeMs,
  }
}

export function hopping(sizeMs: number, slideMs: number): WindowShape {
  // Windows end at multiples of the step, shifted by what the length leaves over.
  const shift = sizeMs % slideMs
  return {
    unitMs: divisor(sizeMs, slideMs),
    lastEnd: (unit) => floorTo(unit, slideMs) + sizeMs,
    startOf: (end) => end - sizeMs,
    nextEnd: (time) => floorTo(time - shift, slideMs) + slideMs + shift,
  }
}

export function cumulating(sizeMs: number, stepMs: number): WindowShape {
  return {
    unitMs: stepMs,
    lastEnd: (unit) => floorTo(unit, sizeMs) + sizeMs,
    startOf: (end) => floorTo(end - 1, sizeMs),
    nextEnd: (time) => floorTo(time, stepMs) + stepMs,
  }
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
