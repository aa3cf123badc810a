/**
 * The operators of simulated pipelines, as any operator author would write them. What they touch
 * outside the engine goes through `Outside`, where it can fail, and is checked.
 */
import type { Batch } from '@belay/columns'
import type { Emitter, Operator, OperatorContext, OperatorModule, SinkOperator, WindowEnd } from '../../src/operator/operator.ts'
import { type Caller, type SimDisk } from './disk.ts'
import { countRow, fanOut, filterKeeps, joinRow, netId, SCHEMA, sourceRow, type Kind, type Row } from './pipelines.ts'
import type { Random } from './random.ts'

/** The world of one container thread. */
export interface Outside {
  readonly caller: Caller
  readonly disk: SimDisk
  readonly random: Random
  readonly quirks: Quirks
  /** Throws if the source has forgotten the row: it was committed long ago. */
  seek(operator: string, seq: number): void
  /** Throws when this operator is to fail now. */
  mayFail(operator: string): void
  /** Throws while this sink's target cannot be reached. */
  mayPublish(operator: string): void
  /** Told at the end of each window of an operator with a live setting. */
  worked(operator: string, window: number, setting: number): void
  /** Told with every publication: nothing may become visible before its manifest is durable. */
  published(operator: string, window: number, rows: readonly Row[]): void
}

/** Bugs that an operator author could make; all off in the real thing. */
export interface Quirks {
  /** The position of the source is not part of the snapshot, but read when it is written. */
  readonly offsetAhead: boolean
  /** The stage is not made durable before the checkpoint that names it. */
  readonly stageUnsynced: boolean
  /** Publishing twice writes twice. */
  readonly commitTwice: boolean
  /** Rows are published when they are staged. */
  readonly commitEarly: boolean
  /** Stages are committed up to one window too many. */
  readonly commitBeyond: boolean
  /** Stages of attempts that are over are committed as well. */
  readonly commitOrphans: boolean
  /** Output beyond the window is left when the run goes back. */
  readonly rewindNothing: boolean
}

export const NO_QUIRKS: Quirks = {
  offsetAhead: false,
  stageUnsynced: false,
  commitTwice: false,
  commitEarly: false,
  commitBeyond: false,
  commitOrphans: false,
  rewindNothing: false,
}

type Context = OperatorContext<{ readonly lane: number; readonly rows: number; readonly setting: number }>

export function moduleFor(type: string, outside: Outside): OperatorModule<never> {
  const kind = type.slice(0, type.indexOf('-')) as Kind
  const create = (context: Context): Operator => {
    switch (kind) {
      case 'source':
        return source(context, outside)
      case 'pass':
      case 'union':
        return each(context, outside, (row) => [row])
      case 'filter':
        return each(context, outside, (row) => (filterKeeps(context.config.lane, row) ? [row] : []))
      case 'fan':
        return each(context, outside, fanOut)
      case 'count':
        return count(context, outside)
      case 'net':
        return net(context, outside)
      case 'join':
        return join(context, outside)
      case 'sink':
        return new Sink(context, outside)
    }
  }
  return { create } as unknown as OperatorModule<never>
}

function rowsOf(batch: Batch, from = 0): Row[] {
  const [ids, keys, ns] = batch.columns
  if (ids.storage !== 'number' || keys.storage !== 'number' || ns.storage !== 'number') throw new Error('rows are numbers')
  const rows: Row[] = []
  for (let row = from; row < batch.rows; row += 1) rows.push({ id: ids.values[row], key: keys.values[row], n: ns.values[row] })
  return rows
}

function batchFrom(rows: readonly Row[]): Batch {
  const column = (of: (row: Row) => number): Batch['columns'][number] => ({
    storage: 'number',
    type: 'int64',
    values: Float64Array.from(rows, of),
    nulls: undefined,
  })
  return {
    schema: SCHEMA,
    rows: rows.length,
    columns: [column(({ id }) => id), column(({ key }) => key), column(({ n }) => n)],
    kinds: undefined,
  }
}

function source({ config, state, operator }: Context, outside: Outside): Operator {
  const { random, quirks } = outside
  const next = state.value('next', 1, 0)
  outside.seek(operator, next.get())
  let ahead: Row[] = []
  return {
    role: 'source',
    read(out) {
      outside.mayFail(operator)
      if (out.full) return 'progress'
      if (ahead.length > 0) out.emit(0, batchFrom(ahead))
      ahead = []
      const from = next.get()
      if (from >= config.rows) return 'ended'
      if (random.chance(0.35)) return 'idle'
      const to = Math.min(config.rows, from + random.between(1, 6))
      const rows = Array.from({ length: to - from }, (_, i) => sourceRow(config.lane, from + i))
      if (quirks.offsetAhead) ahead = rows
      else out.emit(0, batchFrom(rows))
      next.set(to)
      return to >= config.rows && ahead.length === 0 && random.chance(0.5) ? 'ended' : 'progress'
    },
    watermark: () => next.get(),
  }
}

/** A few rows at a time, stopping where there is no room. */
const ROWS_AT_ONCE = 4

function process(batch: Batch, from: number, out: Emitter, give: (row: Row) => readonly Row[]): number {
  const rows = rowsOf(batch)
  let at = from
  while (at < rows.length) {
    const to = Math.min(rows.length, at + ROWS_AT_ONCE)
    const results: Row[] = []
    for (; at < to; at += 1) results.push(...give(rows[at]))
    if (results.length > 0) out.emit(0, batchFrom(results))
    if (out.full) return at
  }
  return at
}

/** Its setting changes nothing about its rows, and is told: the same window always has the same one. */
function each({ operator, config }: Context, outside: Outside, give: (row: Row) => readonly Row[]): Operator {
  let { setting } = config
  return {
    role: 'transform',
    configure(changed) {
      setting = Number(changed['setting'])
    },
    endWindow({ window }) {
      outside.worked(operator, window, setting)
      return true
    },
    process(_port, batch, from, out) {
      outside.mayFail(operator)
      return process(batch, from, out, give)
    },
  }
}

function count({ config, state, operator }: Context, outside: Outside): Operator {
  const table = state.table('counts', {
    version: 1,
    key: [{ name: 'key', type: 'int64', nullable: false }],
    value: [{ name: 'count', type: 'int64', nullable: false }],
  })
  return {
    role: 'transform',
    process(_port, batch, from, out) {
      outside.mayFail(operator)
      return process(batch, from, out, ({ key }) => {
        table.key.begin()
        table.key.number(key)
        const slot = table.slotFor()
        const counts = table.numbers(0)
        counts[slot] += 1
        return [countRow(config.lane, key, counts[slot])]
      })
    },
  }
}

/** At each window's end the sum by key; nothing is pending after it (C1). */
function net({ config, operator }: Context, outside: Outside): Operator {
  const sums = new Map<number, number>()
  return {
    role: 'transform',
    process(_port, batch, from) {
      outside.mayFail(operator)
      for (const { key, n } of rowsOf(batch, from)) sums.set(key, (sums.get(key) ?? 0) + n)
      return batch.rows
    },
    endWindow(_end: WindowEnd, out) {
      for (const [key, n] of sums) {
        if (out.full) return false
        out.emit(0, batchFrom([{ id: netId(config.lane), key, n }]))
        sums.delete(key)
      }
      return true
    },
  }
}

function join({ state, operator }: Context, outside: Outside): Operator {
  const kept = state.value<readonly (readonly Row[])[]>('sides', 1, [[], []])
  const sides = kept.get().map((side) => [...side])
  return {
    role: 'transform',
    process(port, batch, from, out) {
      outside.mayFail(operator)
      return process(batch, from, out, (row) => {
        sides[port].push(row)
        const others = sides[1 - port].filter((other) => other.key === row.key)
        return others.map((other) => (port === 0 ? joinRow(row, other) : joinRow(other, row)))
      })
    },
    endWindow() {
      kept.set(sides.map((side) => [...side]))
      return true
    },
  }
}

interface Stage {
  readonly file: string
  /** Its part is named by it, whichever lineage publishes it. */
  readonly lineage: number
  readonly firstWindow: number
  readonly window: number
}

interface Prepared {
  readonly lastWindow: number
  readonly stages: readonly Stage[]
  /** Lineages that lead to where it is, each with the window it began after. */
  readonly path: readonly { readonly lineage: number; readonly after: number }[]
}

/** As the file sink with parts: stages are made durable at a checkpoint and published by a rename. */
class Sink implements SinkOperator {
  readonly role = 'sink'
  readonly #context: Context
  readonly #outside: Outside
  readonly #state: { get(): Prepared; set(value: Prepared): void }
  readonly #folder: string
  #rows: Row[] = []
  #stages = 0

  constructor(context: Context, outside: Outside) {
    this.#context = context
    this.#outside = outside
    this.#folder = `out/${context.operator}`
    this.#state = context.state.value<Prepared>('prepared', 1, { lastWindow: 0, stages: [], path: [] })
    const state = this.#state.get()
    if (state.path.at(-1)?.lineage !== context.lineage)
      this.#state.set({ ...state, path: [...state.path, { lineage: context.lineage, after: state.lastWindow }] })
    this.#sweep()
  }

  /** Stages that the restored state does not name belong to attempts that are over, if they are older: this one may be over itself. */
  #sweep(): void {
    if (this.#outside.quirks.commitOrphans) return
    const named = new Set(this.#state.get().stages.map(({ file }) => file))
    for (const path of this.#outside.disk.list(`${this.#folder}/.stage`)) {
      const attempt = Number(nameOf(path).split('.')[0])
      if (!named.has(path) && attempt < this.#context.attempt) this.#outside.disk.remove(this.#outside.caller, path)
    }
  }

  process(_port: number, batch: Batch, from: number): number {
    this.#outside.mayFail(this.#context.operator)
    this.#rows.push(...rowsOf(batch, from))
    return batch.rows
  }

  prepare(window: number): boolean {
    const { disk, caller, quirks } = this.#outside
    const { lastWindow, stages, path } = this.#state.get()
    if (this.#rows.length === 0) {
      this.#state.set({ lastWindow: window, stages, path })
      return true
    }
    const firstWindow = lastWindow + 1
    const file = `${this.#folder}/.stage/${this.#context.attempt}.${this.#stages}`
    disk.write(caller, file, JSON.stringify(this.#rows))
    if (!quirks.stageUnsynced) {
      disk.sync(caller, file)
      disk.syncFolder(caller, `${this.#folder}/.stage`)
    }
    this.#stages += 1
    this.#rows = []
    this.#state.set({ lastWindow: window, stages: [...stages, { file, lineage: this.#context.lineage, firstWindow, window }], path })
    if (quirks.commitEarly) this.commit(window)
    return true
  }

  commit(window: number): number {
    const { disk, caller, quirks } = this.#outside
    const { lastWindow, stages, path } = this.#state.get()
    this.#outside.mayPublish(this.#context.operator)
    const until = quirks.commitBeyond ? lastWindow : window
    const due = stages.filter((stage) => stage.window <= until)
    for (const stage of due) this.#publish(stage)
    if (due.length > 0) {
      disk.syncFolder(caller, this.#folder)
      if (!quirks.commitTwice) this.#state.set({ lastWindow, stages: stages.filter((stage) => stage.window > until), path })
    }
    if (quirks.commitOrphans)
      for (const path of disk.list(`${this.#folder}/.stage`))
        disk.rename(caller, path, `${this.#folder}/${path.replaceAll('/', '-')}-${window}`)
    return 0
  }

  #publish(stage: Stage): void {
    const { disk, caller, quirks } = this.#outside
    const content = disk.read(stage.file)
    const part = `${this.#folder}/${stage.lineage}-${String(stage.firstWindow).padStart(9, '0')}`
    if (content === null) {
      // Renamed by an earlier try of this commit; a stage that is gone for another reason is lost.
      if (disk.read(part) === null) throw new Error(`STAGE_LOST ${stage.file}`)
      return
    }
    this.#outside.published(this.#context.operator, stage.window, JSON.parse(String(content)) as Row[])
    if (quirks.commitTwice) {
      disk.write(caller, `${part}.${disk.list(this.#folder).length}`, content)
      return
    }
    disk.rename(caller, stage.file, part)
  }

  /** What does not lie on the way here is put aside; what does and was put aside before comes back. */
  rewind(window: number): void {
    const { disk, caller, quirks } = this.#outside
    if (quirks.rewindNothing) return
    const aside = `${this.#folder}/.superseded`
    for (const path of disk.list(this.#folder))
      if (!this.#isWanted(nameOf(path), window)) disk.rename(caller, path, `${aside}/${nameOf(path)}`)
    disk.syncFolder(caller, aside)
    for (const path of disk.list(aside)) {
      const back = `${this.#folder}/${nameOf(path)}`
      if (this.#isWanted(nameOf(path), window) && disk.read(back) === null) disk.rename(caller, path, back)
    }
    disk.syncFolder(caller, this.#folder)
  }

  /** What this lineage has published itself was published by somebody who is ahead of this attempt. */
  #isWanted(part: string, window: number): boolean {
    const [lineage, firstWindow] = part.split('-').map(Number)
    if (lineage >= this.#context.lineage) return true
    const { path } = this.#state.get()
    const at = path.findIndex((step) => step.lineage === lineage)
    if (at < 0) return false
    const until = Math.min(window, path[at + 1]?.after ?? Infinity)
    return firstWindow > path[at].after && firstWindow <= until
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
