/** Tries: runs of half a minute that write nothing. They are told from other runs by their id alone. */

export const TRY_MS = 30_000
/** No pipeline's runs are named so: their ids begin with the pipeline's, which has no capital letter. */
export const TRY_PREFIX = 'Try-'

export function isTry(runId: string): boolean {
  return runId.startsWith(TRY_PREFIX)
}
