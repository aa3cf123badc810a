/**
 * The log's protocol explored on a fake memory (engine-spec H29): a writer and two readers, six records,
 * a switch to another thread at every call on a control word, and a kill of any of them at every one.
 *
 * The real code runs. A thread is its calls so far: to let it make one more call its program runs again
 * from its start, is given the answers it had, and stops after the new one.
 */
import { batchOf, encodedSizeBytes, rowAt, type Batch, type Schema } from '@belay/columns'
import { LogControl } from '../../src/stream/logControl.ts'
import { KIND, READER, readerWord, RECORD_BYTES, tableBytes, WORD } from '../../src/stream/logLayout.ts'
import type { IndexEntry, LogMemory, RecordHeader } from '../../src/stream/logMemory.ts'
import { LogReader } from '../../src/stream/logReader.ts'
import { LogWriter, type RowRouter } from '../../src/stream/logWriter.ts'

const SCHEMA: Schema = [{ name: 'id', type: 'int64', nullable: false }]
const READERS = [0, 1] as const
const PARTITIONS = 2

const BATCHES = new Map<number, Batch>()

/** Rows of the record of `window` as written in `attempt`; one for each partition. Made once, as programs run again and again. */
function rowsOf(window: number, attempt: number): Batch {
  const first = window * 100 + attempt * 10
  let batch = BATCHES.get(first)
  if (batch === undefined) {
    batch = batchOf(SCHEMA, [[first], [first + 1]])
    BATCHES.set(first, batch)
  }
  return batch
}

const RECORD_SIZE = RECORD_BYTES + encodedSizeBytes(rowsOf(1, 1)) + tableBytes(PARTITIONS)

function evenOdd(): RowRouter {
  return { partitions: PARTITIONS, table: Uint32Array.of(0, 1, 2), group: (batch) => batch }
}

/** Words that only the job writes, or that only the job reads. */
function isJobs(word: number): boolean {
  return (
    word === WORD.tail ||
    word === WORD.epoch ||
    READERS.some((reader) => word >= readerWord(reader, 0) && word < readerWord(reader, READER.cursor))
  )
}

interface StoredRecord {
  readonly length: number
  readonly batch: Batch | null
  readonly table: Uint32Array | null
  readonly header: RecordHeader | null
}

class Violation extends Error {}

/** What all threads share, and what is promised to whom. */
class World {
  readonly hasEnds: boolean
  readonly words: Int32Array
  /** Replaced, never changed: worlds share them. */
  index: ReadonlyMap<number, IndexEntry>
  ring: ReadonlyMap<number, StoredRecord>
  readonly inWork: (number | null)[]
  readonly promised: (number | null)[]
  evicted: number
  /** The writer's doorbell. */
  rung: boolean
  /** Whom the job has let in again, and where. */
  readonly successors: { readonly reader: number; readonly position: number; readonly from: number }[]
  /** A reader that is no more. */
  emptied: number | null
  /** The job is at work on pins and readers: only then anybody can see when its words are read. */
  jobWorks: boolean

  constructor(from: World | { readonly hasEnds: boolean }) {
    const old = from instanceof World ? from : null
    this.hasEnds = from.hasEnds
    this.words = old === null ? new Int32Array(readerWord(READERS.length, 0)) : old.words.slice()
    this.index = old?.index ?? new Map()
    this.ring = old?.ring ?? new Map()
    this.inWork = [...(old?.inWork ?? [null, null])]
    this.promised = [...(old?.promised ?? [null, null])]
    this.evicted = old?.evicted ?? 0
    this.rung = old?.rung ?? false
    this.emptied = old?.emptied ?? null
    this.successors = [...(old?.successors ?? [])]
    this.jobWorks = old?.jobWorks ?? false
  }

  get key(): string {
    let ring = ''
    for (const [offset, { header }] of [...this.ring].sort(([a], [b]) => a - b)) ring += `${offset}:${header?.seq ?? '-'},`
    const { inWork, promised, evicted, rung, jobWorks, emptied } = this
    const words = Buffer.from(this.words.buffer).toString('latin1')
    return `${words}|${ring}|${inWork[0]},${inWork[1]}|${promised[0]},${promised[1]}|${evicted}|${rung}|${jobWorks}|${emptied}`
  }

  noteIndex(entry: IndexEntry): void {
    this.index = new Map(this.index).set(entry.seq, entry)
  }

  noteRecord(offset: number, record: StoredRecord | null): void {
    const ring = new Map(this.ring)
    if (record === null) ring.delete(offset)
    else ring.set(offset, record)
    this.ring = ring
  }

  /** From `seq` on lie whole records without a gap, the first one of window `from`. */
  assertWhole(seq: number, from: number): void {
    const records = new Map([...this.ring.values()].map(({ header, batch }) => [header?.seq, { header, batch }]))
    let window = from
    for (let next = seq; next !== this.words[WORD.published]; next += 1) {
      const record = records.get(next)
      const kept =
        record !== undefined &&
        record.header?.window === window &&
        (record.batch === null || rowAt(record.batch, 0)['id'] === window * 100 + 10)
      if (!kept) throw new Violation(`a successor begins at record ${seq} for w ${from} and does not find w ${window} at ${next}`)
      if (record.header?.kind === KIND.end || !this.hasEnds) window += 1
    }
  }

  /** Bytes `[offset, offset + length)` are written to: whatever lies there is gone. */
  overwrite(offset: number, length: number): void {
    const tail = this.words[WORD.tail]
    for (const reader of READERS) {
      const promised = this.promised[reader]
      if (promised !== null && tail > promised)
        throw new Violation(`the tail has passed record ${promised}, which is pinned for reader ${reader}`)
      const cursor = this.words[readerWord(reader, READER.cursor)]
      if (this.words[readerWord(reader, READER.active)] === 1 && tail > cursor)
        throw new Violation(`the tail has passed record ${cursor}, at which reader ${reader} is`)
    }
    for (const [at, { length: size, header }] of this.ring) {
      if (at + size <= offset || offset + length <= at) continue
      this.noteRecord(at, null)
      const seq = header?.seq ?? -1
      for (const reader of READERS) {
        if (this.inWork[reader] === seq) throw new Violation(`record ${seq} is overwritten while reader ${reader} works on it`)
        const promised = this.promised[reader]
        if (promised !== null && seq >= promised)
          throw new Violation(`record ${seq} is overwritten although it is pinned for reader ${reader}`)
      }
    }
  }
}

/** Thrown to stop a program at its next call; one object for all, as it is thrown at every step. */
const SUSPENDED = Symbol('suspended')

interface Call {
  readonly answer: unknown
  readonly mattersAs: unknown
}

/** One thread's way to the world: replays what it has done, does one more thing, stops. */
class ThreadMemory implements LogMemory {
  readonly ringBytes: number
  readonly #world: World
  readonly #name: string
  readonly #before: readonly Call[]
  /** Calls made now, behind those before. */
  readonly made: Call[] = []
  /** What the thread is about, and its history when it began: together with the world this is its whole state. */
  label = ''
  markedAt = 0
  #operation = ''
  /** How often the publisher has said in this operation that it waits, or the job has set a pin. */
  #tries = 0
  #evicts = false
  #at = 0
  #left = 1

  constructor(world: World, name: string, before: readonly Call[], ringBytes: number) {
    this.#world = world
    this.#name = name
    this.#before = before
    this.ringBytes = ringBytes
  }

  /** `mattersAs`: all that the thread does with the answer depends on this. */
  #call<A>(act: () => A, isSwitch: boolean, mattersAs: (answer: A) => unknown = (answer) => answer): A {
    const before = this.#before
    if (this.#at < before.length) return before[this.#at++].answer as A
    if (isSwitch) {
      if (this.#left === 0) throw SUSPENDED
      this.#left -= 1
    }
    const answer = act()
    this.made.push({ answer, mattersAs: mattersAs(answer) })
    this.#at += 1
    return answer
  }

  /** Something that others can neither see nor disturb, or that is only noted. */
  note<A>(act: (world: World) => A): A {
    return this.#call(() => act(this.#world), false)
  }

  /** An operation begins: objects of this thread now hold nothing that the world does not say. */
  mark(label: string): void {
    this.#operation = label
    this.#tries = 0
    this.#markHere()
  }

  #markHere(): void {
    this.label = `${this.#operation} ${this.#tries}`
    this.markedAt = this.#at
  }

  /** Goes on only when `may` says so. */
  gate(may: (world: World) => boolean): void {
    if (this.#at >= this.#before.length) {
      if (this.#left === 0 || !may(this.#world)) throw SUSPENDED
      this.made.push({ answer: null, mattersAs: null })
    }
    this.#at += 1
  }

  load(word: number): number {
    const world = this.#world
    return this.#call(
      () => world.words[word],
      world.jobWorks || !isJobs(word),
      (answer) => {
        // A publisher asks of a cursor only whether it may pass it, a reader whether there is more.
        if (this.#name === 'w' && READERS.some((reader) => word === readerWord(reader, READER.cursor)))
          return Math.max(-1, Math.min(1, answer - world.words[WORD.tail]))
        const own = READERS.find((reader) => this.#name === `r${reader}`)
        return own !== undefined && word === WORD.published ? answer === world.words[readerWord(own, READER.cursor)] : answer
      },
    )
  }

  store(word: number, value: number): void {
    if (word === WORD.waiting) this.#tries += value
    if (word === WORD.tail) this.#evicts = false
    this.#call(
      () => {
        this.#world.words[word] = value
        for (const reader of READERS)
          if (this.#name === `r${reader}` && word === readerWord(reader, READER.cursor)) this.#world.inWork[reader] = null
      },
      this.#world.jobWorks || !isJobs(word),
    )
    // What the job looked at before it chose where to pin no longer matters.
    if (this.#name === 'job' && READERS.some((reader) => word === readerWord(reader, READER.pin))) {
      this.#tries += 1
      this.#markHere()
    }
  }

  loadEvicted(): number {
    this.#evicts = true
    return this.#call(() => this.#world.evicted, this.#world.jobWorks)
  }

  storeEvicted(window: number): void {
    this.#call(() => {
      this.#world.evicted = window
    }, this.#world.jobWorks)
  }

  readIndex(seq: number): IndexEntry {
    // A publisher that looks for room, and does not evict just now, remembers nothing of what it saw before.
    if (this.#name === 'w' && !this.#evicts) this.#markHere()
    return this.note((world) => world.index.get(seq) ?? { seq: -1, offset: 0, length: 0, rows: 0, window: 0 })
  }

  writeIndex(entry: IndexEntry): void {
    this.note((world) => world.noteIndex(entry))
  }

  readHeader(offset: number): RecordHeader {
    return this.note((world) => {
      const header = world.ring.get(offset)?.header
      if (header === undefined || header === null) throw new Violation(`${this.#name} reads at ${offset}, where no record begins`)
      for (const reader of READERS) if (this.#name === `r${reader}`) world.inWork[reader] = header.seq
      return header
    })
  }

  writeHeader(offset: number, header: RecordHeader): void {
    this.note((world) => {
      if (header.kind !== KIND.data) world.overwrite(offset, RECORD_BYTES)
      const stored = world.ring.get(offset) ?? { length: RECORD_BYTES, batch: null, table: null, header: null }
      world.noteRecord(offset, { ...stored, header })
    })
  }

  batchIn(offset: number, batch: Batch): void {
    this.note((world) => {
      world.overwrite(offset, RECORD_SIZE)
      world.noteRecord(offset, { length: RECORD_SIZE, batch, table: null, header: null })
    })
  }

  batchOut(offset: number): Batch {
    return this.note((world) => world.ring.get(offset)?.batch ?? batchOf(SCHEMA, []))
  }

  tableIn(offset: number, table: Uint32Array, count: number): void {
    this.note((world) => {
      const at = offset - RECORD_SIZE + tableBytes(PARTITIONS)
      const stored = world.ring.get(at)
      if (stored === undefined) throw new Violation(`the table of a record at ${at} comes before the record`)
      world.noteRecord(at, { ...stored, table: table.slice(0, count) })
    })
  }

  tableOut(offset: number): Uint32Array {
    return this.note((world) => world.ring.get(offset - RECORD_SIZE + tableBytes(PARTITIONS))?.table ?? new Uint32Array(0))
  }
}

type Program = (memory: ThreadMemory) => void

interface Thread {
  readonly name: string
  readonly program: Program
  readonly history: readonly Call[]
  readonly done: boolean
  readonly label: string
  readonly markedAt: number
  /** All that the rest of its way depends on, beside the world. */
  readonly key: string
}

interface State {
  readonly world: World
  readonly threads: readonly Thread[]
  readonly killed: boolean
  /** What the publisher was about when the job ended its work. */
  readonly label: string
}

export interface Setting {
  readonly records: number
  /** How many records the ring holds, about. */
  readonly room: number
  /** Whether ENDs go between the records. */
  readonly ends: boolean
  /** Who may die, once, at any moment. Readers that die together have one job that pins them one after the other. */
  readonly dies: 'nobody' | 'reader' | 'both readers' | 'publisher'
  /** In place of a death: a reader that lives goes back, and reads on until it is emptied. */
  readonly rollsBack?: boolean
  /** The first reader is held: neither active nor pinned. */
  readonly alone?: boolean
  /** Leaves out the publisher's second look (engine-spec L4): a mutant. */
  readonly skipRecheck?: boolean
}

function ringBytes(setting: Setting): number {
  return RECORD_SIZE * setting.room + 8
}

function writerProgram(setting: Setting, from: number, attempt: number): Program {
  return (memory) => {
    const writer = new LogWriter(memory, READERS.length, { router: evenOdd(), skipRecheck: setting.skipRecheck ?? false })
    const until = (what: string, publish: () => boolean): void => {
      for (;;) {
        memory.mark(what)
        memory.note((world) => {
          world.rung = false
        })
        if (publish()) return
        memory.gate((world) => world.rung)
      }
    }
    for (let window = from; window <= setting.records; window += 1) {
      const batch = rowsOf(window, attempt)
      until(`${window}`, () => writer.publishData(batch, 0, window) === batch.rows)
      if (setting.ends) until(`end ${window}`, () => writer.publishEnd({ window, watermark: window, idle: false, checkpoint: false }))
    }
  }
}

/** Reads the share of partition `reader` of every record from window `from` on, which were written as `attemptOf` says. */
function readerProgram(setting: Setting, reader: number, position: number, from: number, attemptOf: (window: number) => number): Program {
  return (memory) => {
    const log = new LogReader(memory, 's', SCHEMA, reader, position)
    const next = (what: string): NonNullable<ReturnType<LogReader['peek']>> => {
      memory.mark(what)
      memory.gate((world) => world.words[WORD.published] !== log.cursor)
      const record = log.peek()
      if (record === null) throw new Violation(`reader ${reader} was rung for nothing`)
      return record
    }
    const done = (): void => {
      if (log.advance())
        memory.note((world) => {
          world.rung = true
        })
    }
    for (let window = from; window <= setting.records; window += 1) {
      const data = next(`${window} of ${attemptOf(window)}`)
      const seen = data.kind === 'data' && data.table !== null ? rowAt(data.batch, data.table[reader])['id'] : data.kind
      const wanted = window * 100 + attemptOf(window) * 10 + reader
      if (data.window !== window || seen !== wanted)
        throw new Violation(`reader ${reader} sees ${String(seen)} in w ${data.window}, not ${wanted}`)
      done()
      if (!setting.ends) continue
      const end = next(`end ${window} of ${attemptOf(window)}`)
      if (end.kind !== 'end' || end.window !== window) throw new Violation(`reader ${reader} misses the end of w ${window}`)
      done()
    }
  }
}

/** Advances one thread by one call; null = it cannot move. */
function step(setting: Setting, state: State, at: number): State | null {
  const thread = state.threads[at]
  if (thread.done || thread.name === `r${state.world.emptied}`) return null
  const world = new World(state.world)
  const memory = new ThreadMemory(world, thread.name, thread.history, ringBytes(setting))
  let done = false
  try {
    thread.program(memory)
    done = true
  } catch (error) {
    if (error !== SUSPENDED) throw error
  }
  if (!done && memory.made.length === 0) return null
  const { label, markedAt } = memory
  const history = [...thread.history, ...memory.made]
  const moved = { ...thread, history, done, label, markedAt, key: keyOfThread(thread.name, history, done, label, markedAt) }
  const threads = state.threads.map((other, i) => (i === at ? moved : other))
  return { ...state, world, threads }
}

/** Runs a program to its end at once, as the job does while nobody else uses the log. */
function atOnce(setting: Setting, world: World, program: Program): void {
  for (let history: readonly Call[] = []; ;) {
    const memory = new ThreadMemory(world, 'job', history, ringBytes(setting))
    try {
      program(memory)
      return
    } catch (error) {
      if (error !== SUSPENDED) throw error
    }
    history = [...history, ...memory.made]
  }
}

function thread(name: string, program: Program): Thread {
  return { name, program, history: [], done: false, label: 'new', markedAt: 0, key: keyOfThread(name, [], false, 'new', 0) }
}

function initial(setting: Setting): State {
  const readers = setting.alone === true ? READERS.slice(1) : READERS
  const world = new World({ hasEnds: setting.ends })
  atOnce(setting, world, (memory) => {
    const control = new LogControl(memory, READERS.length)
    control.reset(0, 1)
    for (const reader of readers) control.activate(reader)
  })
  return {
    world,
    threads: [
      thread('w', writerProgram(setting, 1, 1)),
      ...readers.map((reader) =>
        thread(
          `r${reader}`,
          readerProgram(setting, reader, 0, 1, () => 1),
        ),
      ),
    ],
    killed: false,
    label: '',
  }
}

/**
 * L11, L6: the job finds the oldest window that is whole, pins it for the readers that are gone, and lets
 * their successors in. What they get is checked then and there: from there on they are readers like others.
 */
function withReadersKilled(state: State, dead: readonly number[]): State {
  const world = new World(state.world)
  // Until the job notices, a dead reader is a slow one, which is explored anyway; its cursor says nothing after that.
  for (const reader of dead) {
    world.inWork[reader] = null
    for (const word of Object.values(READER)) world.words[readerWord(reader, word)] = 0
  }
  world.rung = true
  world.jobWorks = true
  const program: Program = (memory) => {
    const control = new LogControl(memory, READERS.length)
    const from = control.retainedFrom()
    memory.mark(`from ${from}`)
    const pinned = dead.filter((reader) => {
      if (!control.pinFrom(reader, from) && !control.pinFrom(reader, from)) return false
      const position = control.pinOf(reader)
      memory.note((shared) => {
        shared.assertWhole(position, from)
        shared.promised[reader] = position
      })
      return true
    })
    for (const reader of pinned) {
      const position = control.pinOf(reader)
      memory.store(readerWord(reader, READER.cursor), position)
      control.activate(reader)
      memory.note((shared) => {
        shared.assertWhole(position, from)
        shared.promised[reader] = null
        shared.successors.push({ reader, position, from })
      })
    }
    memory.note((shared) => {
      shared.jobWorks = false
      shared.rung = true
    })
  }
  const threads = state.threads.filter(({ name }) => !dead.some((reader) => name === `r${reader}`))
  return { world, threads: [...threads, thread('job', program)], killed: true, label: '' }
}

/** H10: the job pins the place of a reader's successor while the reader works on; then it is emptied and comes back there. */
function withReaderRolledBack(state: State, reader: number): State {
  const world = new World(state.world)
  world.jobWorks = true
  const program: Program = (memory) => {
    const control = new LogControl(memory, READERS.length)
    const from = control.retainedFrom()
    memory.mark(`from ${from}`)
    const pinned = control.pinFor(reader, from)
    const position = control.pinOf(reader)
    if (pinned) {
      memory.note((shared) => {
        shared.assertWhole(position, from)
        shared.promised[reader] = position
      })
      memory.gate(() => true)
      memory.note((shared) => {
        shared.emptied = reader
        shared.inWork[reader] = null
      })
      memory.store(readerWord(reader, READER.cursor), position)
      control.activate(reader)
    }
    memory.note((shared) => {
      if (pinned) shared.assertWhole(position, from)
      shared.promised[reader] = null
      shared.jobWorks = false
      shared.rung = true
    })
  }
  return { world, threads: [...state.threads, thread('job', program)], killed: true, label: '' }
}

/** L10: its readers are gone with it. The log is cut back to each window it may be cut back to, and all begin again behind it. */
function withPublisherKilled(setting: Setting, state: State): State[] {
  const successors: State[] = []
  for (let cut = state.world.evicted; cut < setting.records; cut += 1) {
    const world = new World(state.world)
    world.inWork.fill(null)
    const positions: number[] = []
    let reached = false
    atOnce(setting, world, (memory) => {
      const control = new LogControl(memory, READERS.length)
      const published = memory.load(WORD.published)
      reached = cut === state.world.evicted || memory.readIndex((published - 1) | 0).window >= cut
      if (!reached) return
      control.truncateAfter(cut, 2)
      for (const [offset, { header }] of world.ring)
        if (header === null || header.seq >= world.words[WORD.published]) world.noteRecord(offset, null)
      for (const reader of READERS) {
        positions[reader] = control.firstRecordOf(cut + 1)
        memory.store(readerWord(reader, READER.cursor), positions[reader])
        control.activate(reader)
      }
    })
    if (!reached) break
    const readers = READERS.map((reader) =>
      thread(
        `r${reader}`,
        readerProgram(setting, reader, positions[reader], cut + 1, () => 2),
      ),
    )
    successors.push({ world, threads: [thread('w', writerProgram(setting, cut + 1, 2)), ...readers], killed: true, label: '' })
  }
  return successors
}

function keyOfThread(name: string, history: readonly Call[], done: boolean, label: string, markedAt: number): string {
  if (done) return name
  let since = ''
  for (let at = markedAt; at < history.length; at += 1) {
    const { mattersAs } = history[at]
    since += mattersAs === null || typeof mattersAs === 'object' ? '_,' : `${JSON.stringify(mattersAs)},`
  }
  return `${name} ${label} ${since}`
}

function keyOf({ world, threads, killed, label: begun }: State): string {
  let own = ''
  for (const { key } of threads) own += `#${key}`
  return `${world.key}${own}#${killed}#${killed && !world.jobWorks ? begun : ''}`
}

/**
 * One way on from here, everybody in turn; throws if somebody does not come to an end. There is one way on from each
 * state and turn, so it stops where it meets one of `played`, from which it has come to an end before.
 */
function playOut(setting: Setting, from: State, played: Set<string>): void {
  let state = from
  for (let still = 0, at = 0; !state.threads.every(({ done }) => done); at = (at + 1) % state.threads.length) {
    if (still === 0) {
      const key = `${at} ${keyOf(state)}`
      if (played.has(key)) return
      played.add(key)
    }
    const next = step(setting, state, at)
    still = next === null ? still + 1 : 0
    if (still > state.threads.length) throw new Violation(`nobody can move: ${keyOf(state)}`)
    state = next ?? state
  }
}

/** One long random way with many deaths, for more than can be explored. Returns how many readers died. */
export function wander(setting: Setting, random: () => number): number {
  let deaths = 0
  let state = initial(setting)
  for (let still = 0; !state.threads.every(({ done }) => done);) {
    const { world, threads } = state
    const living = READERS.filter((reader) => threads.some(({ name, done }) => name === `r${reader}` && !done))
    if (!world.jobWorks && living.length > 0 && random() < 0.01) {
      deaths += living.length
      state = withReadersKilled(state, random() < 0.5 ? living : living.slice(0, 1))
      continue
    }
    if (!world.jobWorks && world.successors.length > 0) {
      const again = world.successors.splice(0).map(({ reader, position, from }) =>
        thread(
          `r${reader}`,
          readerProgram(setting, reader, position, from, () => 1),
        ),
      )
      state = { ...state, threads: [...threads, ...again] }
    }
    const at = Math.floor(random() * state.threads.length)
    const next = step(setting, state, at)
    still = next === null ? still + 1 : 0
    if (still > 1000) throw new Violation(`nobody can move: ${keyOf(state)}`)
    state = next ?? state
  }
  return deaths
}

interface Explored {
  readonly states: number
  /** States in which somebody died. */
  readonly deaths: number
}

/** Every state that can be reached; throws at the first one that breaks a rule. */
export function explore(setting: Setting): Explored {
  const seen = new Set<string>()
  const cutBack = new Set<string>()
  const played = new Set<string>()
  const stack: State[] = [initial(setting)]
  let deaths = 0
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const key = keyOf(state)
    if (seen.has(key)) continue
    seen.add(key)
    // Once the job has done its work, what the publisher has begun meanwhile comes to its end; the rest is explored without a death.
    const over = state.killed && !state.world.jobWorks
    let moved = over
    for (let at = 0; at < state.threads.length; at += 1) {
      if (over && (state.threads[at].name !== 'w' || state.threads[at].label !== state.label)) continue
      const next = step(setting, state, at)
      if (next === null) continue
      moved = true
      stack.push(over ? next : { ...next, label: next.threads.find(({ name }) => name === 'w')?.label ?? '' })
    }
    if (!moved && !state.threads.every(({ name, done }) => done || name === `r${state.world.emptied}`))
      throw new Violation(`nobody can move: ${key}`)
    if (state.killed) continue
    const living = READERS.filter((reader) => state.threads.some(({ name, done }) => name === `r${reader}` && !done))
    switch (setting.dies) {
      case 'nobody':
        if (setting.rollsBack === true && state.world.inWork[1] !== null) stack.push(withReaderRolledBack(state, 1))
        break
      case 'reader':
        for (const reader of living) stack.push(withReadersKilled(state, [reader]))
        deaths += living.length
        break
      case 'both readers':
        if (living.length < 2) break
        stack.push(withReadersKilled(state, living))
        deaths += 1
        break
      case 'publisher':
        for (const successor of withPublisherKilled(setting, state)) {
          if (cutBack.has(successor.world.key)) continue
          cutBack.add(successor.world.key)
          deaths += 1
          playOut(setting, successor, played)
        }
        break
    }
  }
  return { states: seen.size, deaths }
}
