/** Rounding of float64 to decimal digits; shared by the scalar and the kernel, because each step rounds by itself. */
import { POWERS_OF_TEN } from './exact.ts'

/** Half away from zero. */
export function roundFloat(value: number, digits: number): number {
  if (digits === 0) return Math.sign(value) * Math.floor(Math.abs(value) + 0.5)
  return scaled(value, digits, (size) => Math.floor(size + 0.5))
}

export function truncateFloat(value: number, digits: number): number {
  return digits === 0 ? Math.trunc(value) : scaled(value, digits, Math.floor)
}

function scaled(value: number, digits: number, whole: (size: number) => number): number {
  if (!Number.isFinite(value) || digits > 22) return value
  if (digits < -22) return Math.abs(value) < 1e23 ? 0 : value
  const scale = POWERS_OF_TEN[Math.abs(digits)]
  const size = Math.abs(value)
  const moved = digits < 0 ? size / scale : size * scale
  if (!Number.isFinite(moved)) return value
  return Math.sign(value) * (digits < 0 ? whole(moved) * scale : whole(moved) / scale)
}
