import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built page, beside this package in the workspace. */
export function webFolder(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'web', 'dist')
}
