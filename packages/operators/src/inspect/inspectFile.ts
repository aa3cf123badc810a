/** Reads a file's columns and first rows, and proposes the source that reads it. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { LogicalType, Value } from '@belay/columns'
import { EngineError } from '@belay/engine/operator'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { plainly } from '../parquet-source/decode.ts'
import { fileColumns } from '../parquet-source/fileColumns.ts'
import type { DeclaredColumn } from '../typing/columns.ts'
import { columnOf, typeOfJson, typeOfText } from './inference.ts'

export interface FileInspection {
  readonly format: 'parquet' | 'csv' | 'json-lines'
  readonly columns: readonly DeclaredColumn[]
  readonly sample: readonly Record<string, Value>[]
  /** null = not known without reading the whole file. */
  readonly rows: number | null
  readonly sizeBytes: number
  readonly eventTime: string | null
  readonly operatorType: string
  readonly config: Record<string, unknown>
}

export interface InspectOptions {
  /** The file as `root:path`, for the proposed config. */
  readonly file?: string
  readonly sampleRows?: number
}

const INFERENCE_ROWS = 2000
const HEAD_BYTES = 8 * 1024 * 1024

function plain(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : JSON.stringify(value, plainly)
}

function shown(value: unknown, type: LogicalType): Value {
  return value instanceof Date && type === 'date' ? value.toISOString().slice(0, 10) : plain(value)
}

interface Found {
  readonly columns: readonly DeclaredColumn[]
  readonly sample: readonly Record<string, Value>[]
  readonly rows: number | null
  readonly delimiter?: string
}

async function inspectParquet(path: string, sampleRows: number): Promise<Found> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const columns = fileColumns(metadata)
    .filter(({ kind }) => kind !== 'unknown')
    .map(({ name, type, nullable }): DeclaredColumn => ({ name, type, nullable }))
  const rows = Number(metadata.num_rows)
  const objects =
    rows === 0 ? [] : await parquetReadObjects({ file, metadata, compressors, rowStart: 0, rowEnd: Math.min(rows, sampleRows) })
  return {
    columns,
    rows,
    sample: objects.map((object) => Object.fromEntries(columns.map(({ name, type }) => [name, shown(object[name], type)]))),
  }
}

/** Lines as the sources have them: they end with LF or CRLF and with nothing else. A last one that is cut off is left out. */
async function firstLines(path: string): Promise<readonly string[]> {
  const stream = createReadStream(path, { end: HEAD_BYTES - 1, encoding: 'utf8' })
  const lines: string[] = []
  let rest = ''
  for await (const text of stream as AsyncIterable<string>) {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    if (lines.length > INFERENCE_ROWS) break
  }
  if (rest !== '' && lines.length <= INFERENCE_ROWS && stream.bytesRead < HEAD_BYTES) lines.push(rest)
  else if (lines.length === 0 && rest !== '')
    throw new EngineError('FILE_FORMAT_UNKNOWN', 'The first line of the file is longer than 8 MB. Declare its columns by hand.')
  const found = lines.slice(0, INFERENCE_ROWS + 1).map((line) => line.replace(/\r$/, ''))
  if (found[0]?.includes('\r') === true)
    throw new EngineError('FILE_FORMAT_UNKNOWN', 'Lines of the file end with CR alone. Save it with lines that end with LF or CRLF.')
  return found.map((line, i) => (i === 0 ? line.replace(/^\uFEFF/, '') : line))
}

function inspectJson(lines: readonly string[], sampleRows: number): Found {
  const objects = lines.flatMap((line): Record<string, unknown>[] => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as Record<string, unknown>] : []
    } catch {
      return []
    }
  })
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))]
  const columns = names.map((name) => {
    const types = objects.map((object) => (object[name] === undefined || object[name] === null ? null : typeOfJson(object[name])))
    // Text that is sometimes a time is text; anything else that is mixed only fits as JSON.
    return columnOf(name, types, types.every((type) => type === null || type === 'string' || type === 'timestamp') ? 'string' : 'json')
  })
  return {
    columns,
    rows: null,
    sample: objects.slice(0, sampleRows).map((object) => Object.fromEntries(names.map((name) => [name, plain(object[name])]))),
  }
}

function csvRecords(text: string, delimiter: string): string[][] {
  const records: string[][] = []
  const unquoted = new RegExp(`[^${delimiter}\\n]*`, 'y')
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    let field = ''
    if (text[at] === '"') {
      at += 1
      while (at < text.length && (text[at] !== '"' || text[at + 1] === '"')) {
        field += text[at]
        at += text[at] === '"' ? 2 : 1
      }
      at += 1
    } else {
      unquoted.lastIndex = at
      field = unquoted.exec(text)?.[0] ?? ''
      at += field.length
    }
    record.push(field)
    if (at >= text.length || text[at] === '\n') {
      if (record.length > 1 || field !== '') records.push(record)
      record = []
    }
    at += 1
  }
  return records
}

function inspectCsv(lines: readonly string[], sampleRows: number): Found {
  const first = lines[0] ?? ''
  const delimiter = [',', ';', '\t', '|'].reduce((best, next) => (first.split(next).length > first.split(best).length ? next : best))
  const [names = [], ...records] = csvRecords(lines.join('\n'), delimiter)
  const columns = names.map((name, i) =>
    columnOf(
      name,
      records.map((record) => (record[i] === undefined || record[i] === '' ? null : typeOfText(record[i]))),
      'string',
    ),
  )
  return {
    columns,
    rows: null,
    delimiter,
    sample: records.slice(0, sampleRows).map((record) => Object.fromEntries(names.map((name, i) => [name, record[i] ?? null]))),
  }
}

/** Throws EngineError FILE_UNREADABLE or FILE_FORMAT_UNKNOWN. */
export async function inspectFile(path: string, options: InspectOptions = {}): Promise<FileInspection> {
  const sampleRows = options.sampleRows ?? 20
  try {
    const sizeBytes = (await stat(path)).size
    const handle = await open(path, 'r')
    const magic = Buffer.alloc(4)
    await handle.read(magic, 0, 4, 0).finally(() => handle.close())
    const lines = magic.toString('latin1') === 'PAR1' ? null : await firstLines(path)
    const format =
      lines === null
        ? 'parquet'
        : lines
              .find((line) => line.trim() !== '')
              ?.trimStart()
              .startsWith('{') === true
          ? 'json-lines'
          : 'csv'
    const found =
      lines === null
        ? await inspectParquet(path, sampleRows)
        : format === 'json-lines'
          ? inspectJson(lines, sampleRows)
          : inspectCsv(lines, sampleRows)
    if (found.columns.length === 0)
      throw new EngineError(
        'FILE_FORMAT_UNKNOWN',
        'No columns were found in the file. Choose a Parquet, CSV or JSON lines file that holds rows.',
      )
    const eventTime = found.columns.find(({ type }) => type === 'timestamp')?.name ?? null
    const config = {
      file: options.file ?? '',
      columns: found.columns,
      eventTime,
      outOfOrderMs: 0,
      rowsPerSecond: 0,
      ...(format === 'parquet' ? {} : { follow: false }),
      ...(format === 'csv' ? { header: true, delimiter: found.delimiter ?? ',' } : {}),
    }
    return {
      format,
      columns: found.columns,
      sample: found.sample,
      rows: found.rows,
      sizeBytes,
      eventTime,
      operatorType: `${format}-source`,
      config,
    }
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError(
      'FILE_UNREADABLE',
      `The file cannot be read: ${error instanceof Error ? error.message : String(error)}. Check that it is there and whole.`,
      { cause: error },
    )
  }
}
