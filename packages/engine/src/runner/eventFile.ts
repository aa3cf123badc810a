/**
 * Reads a run's events without its process, and without touching the file: the process may be
 * about to write. Line n holds event n; a last line without its end is not there yet.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import type { RunEvent } from '@belay/run'

const CHUNK_BYTES = 262_144

/** Events with seq > after, oldest first. */
export function readEvents(path: string, after: number, limit: number): RunEvent[] {
  const events: RunEvent[] = []
  if (limit > 0)
    eachLine(path, (line, seq) => {
      if (seq > after) events.push(JSON.parse(line()) as RunEvent)
      return events.length < limit
    })
  return events
}

/** The newest ones, oldest first. */
export function lastEvents(path: string, count: number): RunEvent[] {
  const lines: string[] = []
  eachLine(path, (line) => {
    lines.push(line())
    if (lines.length > 2 * count) lines.splice(0, count)
    return true
  })
  return lines.slice(-count).map((line) => JSON.parse(line) as RunEvent)
}

/** `visit` gets a line, as a function because most are only counted, and says whether to go on. */
function eachLine(path: string, visit: (line: () => string, seq: number) => boolean): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    let begun: Buffer[] = []
    let seq = 0
    for (;;) {
      const count = readSync(file, chunk, 0, chunk.length, null)
      if (count === 0) return
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0 && end < count; end = chunk.indexOf(10, from)) {
        seq += 1
        const [before, start, stop] = [begun, from, end]
        if (!visit(() => Buffer.concat([...before, chunk.subarray(start, stop)]).toString('utf8'), seq)) return
        begun = []
        from = end + 1
      }
      if (from < count) begun.push(Buffer.from(chunk.subarray(from, count)))
    }
  } finally {
    closeSync(file)
  }
}
