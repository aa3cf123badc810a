/**
 * The server's log: one JSON object a line in `<home>/log/server.jsonl`, and what needs a person on
 * stderr as well. Holds names, ids and codes; never bodies, headers or rows.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

type LogLevel = 'info' | 'warn' | 'error'

type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  /** `event` is a stable name; `fields` say of what. */
  write(level: LogLevel, event: string, fields?: Fields): void
  close(): void
}

const MAX_BYTES = 10 * 1_048_576
/** Beside the one that is written. */
const OLD_FILES = 3

function logPath(home: string): string {
  return join(home, 'log', 'server.jsonl')
}

/** Turns over by size: `server.jsonl.1` is the newest of the old ones. A full disk costs lines, never the server. */
export function openLog(home: string, maxBytes = MAX_BYTES): Log {
  const path = logPath(home)
  mkdirSync(join(home, 'log'), { recursive: true, mode: 0o700 })
  let file = openSync(path, 'a', 0o600)
  let size = fstatSync(file).size
  const turnOver = (): void => {
    closeSync(file)
    for (let old = OLD_FILES; old >= 1; old -= 1) {
      try {
        renameSync(old === 1 ? path : `${path}.${old - 1}`, `${path}.${old}`)
      } catch {
        // There are not that many yet.
      }
    }
    file = openSync(path, 'a', 0o600)
    size = 0
  }
  return {
    write(level, event, fields = {}) {
      const line = Buffer.from(`${JSON.stringify({ time: new Date().toISOString(), level, event, pid: process.pid, ...fields })}\n`)
      try {
        if (size > 0 && size + line.length > maxBytes) turnOver()
        writeSync(file, line)
        size += line.length
      } catch {
        // Nowhere to say it.
      }
      if (level === 'error') process.stderr.write(line)
    },
    close() {
      closeSync(file)
    },
  }
}
