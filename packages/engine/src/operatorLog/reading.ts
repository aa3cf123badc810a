/** Reads a run's operator log in pages, also while it is written and when nobody writes any more. */
import { readFile } from 'node:fs/promises'
import { LOG_LEVELS, type LogLine, type LogPage, type LogQuery } from '@belay/run'
import { placeOf, segmentOf, segmentPath, segmentsIn } from './segments.ts'

const NEWLINE = 10

export async function readLogPage(folder: string, query: LogQuery): Promise<LogPage> {
  const wanted = filterOf(query)
  const segments = segmentsIn(folder)
  return query.from === null ? backwards(folder, segments, query, wanted) : forwards(folder, segments, query.from, query.limit, wanted)
}

type Filter = (text: string, at: number) => LogLine | null

async function forwards(folder: string, segments: readonly number[], from: number, limit: number, wanted: Filter): Promise<LogPage> {
  const start = segmentOf(from)
  const lines: LogLine[] = []
  let next = from
  for (const segment of segments.filter((number) => number >= start.segment)) {
    const bytes = await bytesOf(folder, segment)
    let byte = segment === start.segment ? start.byte : 0
    for (let end = bytes.indexOf(NEWLINE, byte); end >= 0; end = bytes.indexOf(NEWLINE, byte)) {
      const line = wanted(bytes.toString('utf8', byte, end), placeOf(segment, byte))
      byte = end + 1
      next = placeOf(segment, byte)
      if (line !== null && lines.push(line) >= limit) return { lines, next, previous: null }
    }
  }
  return { lines, next, previous: null }
}

async function backwards(folder: string, segments: readonly number[], query: LogQuery, wanted: Filter): Promise<LogPage> {
  const last = query.before === null ? null : segmentOf(query.before)
  const lines: LogLine[] = []
  let next = query.before ?? 0
  for (const segment of [...segments].reverse()) {
    if (last !== null && segment > last.segment) continue
    const bytes = await bytesOf(folder, segment)
    // What follows the last line's end is being written.
    let end = last !== null && segment === last.segment ? last.byte - 1 : bytes.lastIndexOf(NEWLINE)
    if (next === 0) next = placeOf(segment, end + 1)
    while (end >= 0) {
      const start = end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1
      const line = wanted(bytes.toString('utf8', start, end), placeOf(segment, start))
      if (line !== null && lines.push(line) >= query.limit) {
        const older = start > 0 || segment > segments[0]
        return { lines: lines.reverse(), next, previous: older ? placeOf(segment, start) : null }
      }
      end = start - 1
    }
  }
  return { lines: lines.reverse(), next, previous: null }
}

/** It may have been let go meanwhile: then there is nothing in it. */
async function bytesOf(folder: string, segment: number): Promise<Buffer> {
  try {
    return await readFile(segmentPath(folder, segment))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

function filterOf({ operator, level, text, sinceMs, engineOnly }: LogQuery): Filter {
  const least = LOG_LEVELS.indexOf(level)
  const find = text.toLowerCase()
  const named = operator === null ? null : `"operator":${JSON.stringify(operator)}`
  return (raw, at) => {
    if (named !== null && !raw.includes(named)) return null
    const line = parsed(raw, at)
    if (line === null || line.atMs < sinceMs || LOG_LEVELS.indexOf(line.level) < least) return null
    if ((operator !== null && line.operator !== operator) || (engineOnly && line.from !== 'engine')) return null
    if (find !== '' && !`${line.text} ${line.fields === undefined ? '' : JSON.stringify(line.fields)}`.toLowerCase().includes(find))
      return null
    return line
  }
}

/** A line that a full disk has torn is passed over. */
function parsed(raw: string, at: number): LogLine | null {
  try {
    return { at, ...(JSON.parse(raw) as Omit<LogLine, 'at'>) }
  } catch {
    return null
  }
}
