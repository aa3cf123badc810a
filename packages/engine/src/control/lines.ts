/** Cuts a byte stream into lines without copying a long line again for every chunk. */

export function lineSplitter(maxBytes: number, onLine: (line: string) => void, onTooLong: () => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let size = 0
  return (chunk) => {
    let from = 0
    for (;;) {
      const newline = chunk.indexOf(10, from)
      if (newline < 0) break
      parts.push(chunk.subarray(from, newline))
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      size = 0
      from = newline + 1
      if (line !== '') onLine(line)
    }
    if (from < chunk.length) {
      parts.push(chunk.subarray(from))
      size += chunk.length - from
      if (size > maxBytes) onTooLong()
    }
  }
}
