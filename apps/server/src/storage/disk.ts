/** Room on the disk that a folder is on. */
import { statfsSync } from 'node:fs'

/** With less than this checkpoints, journals and databases fail sooner or later. */
const FULL_BYTES = 16 * 1_048_576

/** null = the system does not tell. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}

export function diskFull(folder: string): boolean {
  return (freeBytes(folder) ?? Infinity) < FULL_BYTES
}
