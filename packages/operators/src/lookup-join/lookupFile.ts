/** Reads a lookup file whole: CSV with a header or JSON lines, into one batch of the declared columns. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { BatchBuilder, type Batch, type Value } from '@belay/columns'
import { valueOfText } from '@belay/expressions'
import { EngineError } from '@belay/engine/operator'
import type { DeclaredColumn } from '../typing/columns.ts'
import type { LookupJoinConfig } from './manifest.ts'

/** A lookup file is held in memory whole. */
const MAX_BYTES = 512 * 1024 * 1024

export function readLookupFile(path: string, config: LookupJoinConfig): Batch {
  let text: string
  try {
    const bytes = readFileSync(path)
    if (bytes.length > MAX_BYTES)
      throw new EngineError('FILE_TOO_LARGE', `${config.file} is larger than 512 MB, too large to look up in. Use a smaller file.`)
    if (!isUtf8(bytes))
      throw new EngineError('FILE_NOT_TEXT', `${config.file} is not UTF-8 text. Save it as UTF-8, or choose another file.`)
    text = bytes.toString('utf8')
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError(
      'FILE_UNREADABLE',
      `${config.file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Check that it is there and may be read.`,
      { cause: error },
    )
  }
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
  const builder = new BatchBuilder(config.fileColumns)
  const fail = (line: number, what: string): never => {
    throw new EngineError('LINE_INVALID', `Line ${line} of ${config.file}: ${what}. Correct the line, or change the columns.`)
  }
  if (config.format === 'json-lines') {
    text.split('\n').forEach((line, i) => {
      if (line.trim() === '') return
      let object: Record<string, unknown>
      try {
        object = JSON.parse(line) as Record<string, unknown>
      } catch {
        return fail(i + 1, 'it is not JSON')
      }
      builder.pushRow(config.fileColumns.map((column) => fromJson(object[column.name], column, (what) => fail(i + 1, what))))
    })
    return builder.finish()
  }
  const lines = csvLines(text)
  const header = lines.shift()
  if (header === undefined) throw new EngineError('FILE_EMPTY', `${config.file} is empty. Choose another file.`)
  const positions = config.fileColumns.map((column) => {
    const at = header.fields.indexOf(column.name)
    if (at < 0)
      throw new EngineError(
        'COLUMN_MISSING',
        `${config.file} has no column ${column.name}. It has: ${header.fields.join(', ')}. Read the columns again in the designer.`,
      )
    return at
  })
  for (const { fields, line } of lines)
    builder.pushRow(config.fileColumns.map((column, i) => fromText(fields[positions[i]], column, (what) => fail(line, what))))
  return builder.finish()
}

function fromText(field: string | undefined, column: DeclaredColumn, fail: (what: string) => never): Value {
  if (field === undefined || (field === '' && column.type !== 'string')) return column.nullable ? null : fail(`${column.name} is missing`)
  switch (column.type) {
    case 'string':
    case 'json':
      return field
    case 'bool':
      return field === 'true' || field === '1'
        ? true
        : field === 'false' || field === '0'
          ? false
          : fail(`${column.name} is not true or false: ${field}`)
    case 'int64': {
      const value = Number(field)
      return Number.isSafeInteger(value) ? value : (valueOfText(field, 'int64') ?? fail(`${column.name} is not a whole number: ${field}`))
    }
    case 'float64': {
      const value = Number(field)
      return Number.isNaN(value) ? fail(`${column.name} is not a number: ${field}`) : value
    }
    case 'timestamp': {
      const value = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(field) ? field : `${field.replace(' ', 'T')}Z`)
      return Number.isNaN(value) ? fail(`${column.name} is not a time: ${field}`) : value
    }
    default:
      return valueOfText(field, column.type) ?? fail(`${column.name} is not ${column.type}: ${field}`)
  }
}

function fromJson(value: unknown, column: DeclaredColumn, fail: (what: string) => never): Value {
  if (value === null || value === undefined) return column.nullable ? null : fail(`${column.name} is missing`)
  if (column.type === 'json') return JSON.stringify(value)
  if (typeof value === 'object') return fail(`${column.name} is not a plain value`)
  return fromText(typeof value === 'string' ? value : JSON.stringify(value), column, fail)
}

/** RFC 4180: quotes may hold commas, quotes and line ends. */
function csvLines(text: string): { fields: string[]; line: number }[] {
  const lines: { fields: string[]; line: number }[] = []
  let fields: string[] = []
  let field = ''
  let quoted = false
  let line = 1
  let startedAt = 1
  const endField = (): void => {
    fields.push(field)
    field = ''
  }
  const endLine = (): void => {
    endField()
    if (fields.length > 1 || fields[0] !== '') lines.push({ fields, line: startedAt })
    fields = []
  }
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]
    if (quoted) {
      if (char === '"' && text[i + 1] === '"') {
        field += '"'
        i += 1
      } else if (char === '"') quoted = false
      else {
        if (char === '\n') line += 1
        field += char
      }
    } else if (char === '"' && field === '') quoted = true
    else if (char === ',') endField()
    else if (char === '\n') {
      if (field.endsWith('\r')) field = field.slice(0, -1)
      endLine()
      line += 1
      startedAt = line
    } else field += char
  }
  if (field !== '' || fields.length > 0) endLine()
  return lines
}
