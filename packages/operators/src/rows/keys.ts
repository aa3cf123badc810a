/** The order of key bytes. */

/** Order of byte strings: the canonical order of results (engine-spec H15). */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}
