/**
 * Parquet source: decodes one row group at a time and hands out its rows; several files one after another.
 *
 * State: the files as they were listed at the start, which of them is read, and the index of its next row;
 * a restore seeks to it exactly (engine-spec H9).
 * A row with a value that is not what was declared is a row error and left out.
 */
import { BATCH_ROWS, type Batch, type Schema } from '@belay/columns'
import {
  EngineError,
  isFilePattern,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type SourceOperator,
  type StateValue,
} from '@belay/engine/operator'
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetRead,
  type AsyncBuffer,
  type FileMetaData,
  type RowGroup as FileRowGroup,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { Pace } from '../reading/pace.ts'
import { partOfBatch } from '../rows/partOfBatch.ts'
import type { DeclaredColumn } from '../typing/columns.ts'
import { decodeColumn, decodeFlat, PARSERS, sliceDecoded, type DecodedColumn, type RowProblems } from './decode.ts'
import { fileColumns, isReadable, readableTypes, withRawDecimals, type FileColumn } from './fileColumns.ts'
import { chunkRange, readFlatColumn } from './flatColumn.ts'
import type { ParquetSourceConfig } from './manifest.ts'

interface RowGroup {
  readonly first: number
  readonly rows: number
  readonly columns: readonly DecodedColumn[]
  /** What is wrong with rows, by their index in the group. */
  readonly problems: ReadonlyMap<number, RowProblem>
}

interface RowProblem {
  readonly code: string
  readonly message: string
}

/** A file that is open. */
interface OpenFile {
  readonly name: string
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly rows: number
  /** Of the file, in the order of the declared ones. */
  readonly columns: readonly FileColumn[]
}

interface Position {
  /** Among the files; absent = the first. */
  readonly file?: number
  readonly row: number
  /** Rows of the whole file when the position was taken. */
  readonly rows?: number
}

class ParquetSource implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<ParquetSourceConfig>
  readonly #names: readonly string[]
  readonly #schema: Schema
  readonly #position: StateValue<Position>
  readonly #maxTime: StateValue<number | null>
  readonly #eventTime: number
  readonly #pace: Pace
  #at: number
  #file: OpenFile
  #group: RowGroup | null = null
  #loading = false
  #failure: EngineError | null = null
  #row: number
  #newest: number

  constructor(context: OperatorContext<ParquetSourceConfig>, state: DeclaredState, file: OpenFile) {
    this.#context = context
    this.#names = state.files.get() ?? []
    this.#file = file
    this.#schema = context.outputs['out'] ?? []
    this.#position = state.position
    this.#maxTime = context.state.value<number | null>('newest', 1, null)
    const { row, file: at = 0, rows } = this.#position.get()
    this.#row = row
    this.#at = at
    this.#newest = this.#maxTime.get() ?? -Infinity
    this.#eventTime =
      context.config.eventTime === null ? -1 : context.config.columns.findIndex((column) => column.name === context.config.eventTime)
    if (rows !== undefined && rows !== file.rows)
      throw new EngineError(
        'FILE_CHANGED',
        `${file.name} has ${file.rows} rows now and had ${rows} when the checkpoint was taken, so its place is lost. Put the file of then back, or start a new run.`,
      )
    this.#pace = new Pace(context.config.rowsPerSecond, context)
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    if (this.#failure !== null) throw this.#failure
    if (this.#atEnd) return 'ended'
    const allowed = this.#pace.allowance(BATCH_ROWS)
    if (allowed === 0) return 'idle'
    const group = this.#group
    if (group === null || this.#row >= group.first + group.rows) {
      this.#load()
      return 'idle'
    }
    const from = this.#row - group.first
    const to = Math.min(group.rows, from + allowed)
    const batch = this.#rowsOf(group, from, to)
    this.#noteTime(batch)
    this.#row = group.first + to
    this.#pace.emitted(to - from)
    const { rows } = this.#file
    this.#position.set({ ...(this.#at === 0 ? {} : { file: this.#at }), row: this.#row, rows })
    this.#context.progress((this.#at + this.#row / rows) / this.#names.length)
    if (batch.rows > 0) out.emit(0, batch)
    return this.#atEnd ? 'ended' : 'progress'
  }

  get #atEnd(): boolean {
    return this.#row >= this.#file.rows && this.#at + 1 >= this.#names.length
  }

  #rowsOf(group: RowGroup, from: number, to: number): Batch {
    const { columns } = this.#context.config
    const rows = to - from
    const batch: Batch = {
      schema: this.#schema,
      rows,
      columns: columns.map((column, i) => sliceDecoded(column, group.columns[i], from, to)),
      kinds: undefined,
    }
    if (group.problems.size === 0) return batch
    const sound = new Uint32Array(rows)
    let count = 0
    for (let row = 0; row < rows; row += 1) {
      const problem = group.problems.get(from + row)
      if (problem === undefined) sound[count++] = row
      else {
        const { code, message } = problem
        this.#context.rowError({
          code,
          message: `${this.#names.length > 1 ? `${this.#file.name}, ` : ''}row ${group.first + from + row + 1}: ${message}`,
          row: { batch, index: row },
        })
      }
    }
    return partOfBatch(batch, sound, count)
  }

  watermark(): number {
    return this.#newest - this.#context.config.outOfOrderMs
  }

  #noteTime(batch: Batch): void {
    const column = this.#eventTime < 0 ? undefined : batch.columns[this.#eventTime]
    if (column?.storage !== 'number') return
    const { values, nulls } = column
    let newest = this.#newest
    for (let row = 0; row < batch.rows; row += 1)
      if (values[row] > newest && (nulls === undefined || nulls[row] === 0)) newest = values[row]
    this.#newest = newest
    this.#maxTime.set(newest === -Infinity ? null : newest)
  }

  #load(): void {
    if (this.#loading) return
    this.#loading = true
    this.#group = null
    this.#next().then(
      (group) => {
        this.#group = group
        this.#loading = false
        this.#context.wake(0)
      },
      (error: unknown) => {
        this.#failure =
          error instanceof EngineError
            ? error
            : new EngineError(
                'FILE_DAMAGED',
                `Row ${this.#row} of ${this.#file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}. Check the file, or write it again.`,
                { cause: error },
              )
        this.#context.wake(0)
      },
    )
  }

  /** The row group with the next row; where a file has ended, of the next one. null = no file has more rows. */
  async #next(): Promise<RowGroup | null> {
    while (this.#row >= this.#file.rows && this.#at + 1 < this.#names.length) {
      this.#file = await openFile(this.#context, this.#names[this.#at + 1])
      this.#at += 1
      this.#row = 0
      this.#position.set({ file: this.#at, row: 0, rows: this.#file.rows })
    }
    return this.#row >= this.#file.rows ? null : this.#decode(this.#file)
  }

  async #decode(file: OpenFile): Promise<RowGroup> {
    let first = 0
    for (const group of file.metadata.row_groups) {
      const rows = Number(group.num_rows)
      if (this.#row >= first + rows) {
        first += rows
        continue
      }
      const problems = new Map<number, RowProblem>()
      const note = (row: number, code: string, message: string): void => {
        if (!problems.has(row)) problems.set(row, { code, message })
      }
      const flat = await Promise.all(file.columns.map((column, i) => this.#flatColumn(group, column, rows, i, note)))
      const rest = file.columns.filter((_column, i) => flat[i] === null)
      const namesOf = (nested: boolean): string[] => rest.filter(({ kind }) => (kind === 'nested') === nested).map(({ name }) => name)
      const values = new Map([
        ...(await this.#values(namesOf(false), first, rows, true)),
        ...(await this.#values(namesOf(true), first, rows, false)),
      ])
      const columns = this.#context.config.columns.map((column, i) => {
        const read = flat[i]
        if (read !== null) return read
        const found = values.get(column.name)
        if (found === undefined) throw new Error(`column ${column.name} did not come`)
        return decodeColumn(file.columns[i], column, found, note)
      })
      return { first, rows, columns, problems }
    }
    throw new Error(`row ${this.#row} is beyond the end`)
  }

  /** `null` = hyparquet is to read it. */
  async #flatColumn(group: FileRowGroup, file: FileColumn, rows: number, index: number, note: RowProblems): Promise<DecodedColumn | null> {
    const metadata = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === file.name)?.meta_data
    if (file.flat === null || metadata === undefined) return null
    const { from, to } = chunkRange(metadata)
    const read = readFlatColumn(await this.#file.file.slice(from, to), file.flat, metadata.codec, rows)
    return read === null ? null : decodeFlat(file, this.#context.config.columns[index], read, note)
  }

  /** The values of columns of a row group; flat ones as they are stored. */
  async #values(columns: string[], first: number, rows: number, flat: boolean): Promise<Map<string, ArrayLike<unknown>>> {
    const whole = new Map<string, ArrayLike<unknown>>()
    const pieces = new Map<string, unknown[]>()
    if (columns.length === 0) return whole
    await parquetRead({
      file: this.#file.file,
      metadata: flat ? withRawDecimals(this.#file.metadata) : this.#file.metadata,
      compressors,
      ...(flat ? { parsers: PARSERS } : {}),
      columns,
      rowStart: first,
      rowEnd: first + rows,
      onChunk: ({ columnName, columnData, rowStart }) => {
        if (columnData.length === rows) whole.set(columnName, columnData)
        else {
          // A chunk of a part of the rows: put together when all have come.
          const values = pieces.get(columnName) ?? Array.from<unknown>({ length: rows })
          for (let i = 0; i < columnData.length; i += 1) values[rowStart - first + i] = columnData[i]
          pieces.set(columnName, values)
        }
      },
    })
    for (const [name, values] of pieces) whole.set(name, values)
    return whole
  }
}

/** The columns of the file that are declared. Throws if one is not there or cannot be read as declared. */
function declaredIn(metadata: FileMetaData, name: string, declared: readonly DeclaredColumn[]): readonly FileColumn[] {
  const there = fileColumns(metadata)
  const missing = declared.filter((column) => !there.some((candidate) => candidate.name === column.name))
  if (missing.length > 0)
    throw new EngineError(
      'COLUMN_MISSING',
      `${name} has no column ${missing.map((column) => column.name).join(', ')}. It has: ${there.map((column) => column.name).join(', ')}. Read the columns again in the designer.`,
    )
  return declared.flatMap((column) => {
    const found = there.filter((candidate) => candidate.name === column.name)
    for (const candidate of found) {
      if (isReadable(candidate, column.type)) continue
      const types = readableTypes(candidate)
      throw new EngineError(
        'COLUMN_TYPE',
        types.length === 0
          ? `${column.name} of ${name} is of a type that cannot be read. Take it out of the columns.`
          : `${column.name} of ${name} cannot be read as ${column.type}. Declare it as ${types.join(' or ')}, or read the columns again in the designer.`,
      )
    }
    return found.slice(0, 1)
  })
}

/** Throws EngineError FILE_…, COLUMN_MISSING or COLUMN_TYPE. */
async function openFile(context: OperatorContext<ParquetSourceConfig>, name: string): Promise<OpenFile> {
  const path = context.files.readable(name)
  let file: AsyncBuffer
  let metadata: FileMetaData
  try {
    file = await asyncBufferFromFile(path)
    metadata = await parquetMetadataAsync(file)
  } catch (error) {
    throw new EngineError(
      'FILE_NOT_PARQUET',
      `${name} cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}. Choose another file, or another kind of source.`,
      { cause: error },
    )
  }
  return { name, file, metadata, rows: Number(metadata.num_rows), columns: declaredIn(metadata, name, context.config.columns) }
}

interface DeclaredState {
  /** What was listed at the start; null = not yet. */
  readonly files: StateValue<readonly string[] | null>
  readonly position: StateValue<Position>
}

async function create(context: OperatorContext<ParquetSourceConfig>): Promise<SourceOperator> {
  const { config } = context
  const position = context.state.value<Position>('position', 1, { row: 0 })
  const files = context.state.value<readonly string[] | null>('files', 1, null)
  if (files.get() === null) files.set(isFilePattern(config.file) ? context.files.matching(config.file) : [config.file])
  const name = files.get()?.[position.get().file ?? 0]
  if (name === undefined)
    throw new EngineError('FILE_NOT_FOUND', `No file matches ${config.file}. Check the pattern, or put files there and start again.`)
  return new ParquetSource(context, { files, position }, await openFile(context, name))
}

export const module: OperatorModule<ParquetSourceConfig> = { create }
