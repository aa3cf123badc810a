/**
 * Drives one operator instance: rows in, window ends, snapshot, rows out. `step` does a bounded
 * piece of work and never waits (engine-spec H20, L13).
 *
 * Invariants: inputs are not read while an outbox holds anything; no row of w+1 is taken before
 * END(w) has left every outbox; a snapshot begins after `endWindow` (sinks: after `prepare`) and before
 * END goes out, is copied beside the work on the next window, and is told when it is whole; one that
 * waits for memory stops this instance only.
 */
import { getHeapStatistics } from 'node:v8'
import { type Batch, batchOf, rowAt } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import { isHopeless } from '../operator/hopeless.ts'
import type { Emitter, Operator, RowError } from '../operator/operator.ts'
import type { StateValue } from '../operator/state.ts'
import type { LineAppender } from '../operatorLog/appender.ts'
import { InstanceLog } from '../operatorLog/instanceLog.ts'
import type { FrameCopy } from '../state/frameCopy.ts'
import type { StateStore } from '../state/stateStore.ts'
import { INSTANCE_WORD as WORD } from '../stats/statsBlock.ts'
import { type AlignedWindow, Aligner, type KeptWatermarks } from '../window/aligner.ts'
import type { ClockReading } from '../window/clock.ts'
import { CarefulFeed } from './carefulFeed.ts'
import type { OnRowError, RowErrorRule, RowPostAnswer, RowsToPost } from '@belay/run'
import { isLeftOut, shownRow } from '../operator/rowErrorRules.ts'
import { RowErrorTally } from './rowErrorTally.ts'
import { BLOCKED_BY, type InputQueue } from './edge.ts'
import { claimMemory, type MemoryClaim } from './memoryClaim.ts'
import type { Outbox } from './outbox.ts'
import { type Deployment, type FromContainer, type LaterConfig, type RowName, snapshotKey } from './protocol.ts'

export interface NodeSurroundings {
  readonly attempt: number
  readonly words: Float64Array
  /** The run's log folder. */
  readonly log: string
  readonly lines: LineAppender
  post(message: FromContainer): void
  clock(): ClockReading
  nowMs(): number
  /** Takes values of secrets out of words. */
  mask(text: string): string
}

export interface NodeInput {
  readonly port: number
  readonly queue: InputQueue
}

/** A snapshot that has begun and is not whole. */
interface Copying {
  readonly copy: FrameCopy
  readonly memory: SharedArrayBuffer
  readonly aligned: AlignedWindow
  readonly workedAtMs: number
  readonly endWorkMs: number
  readonly stoodMs: number
}

type Phase = 'rows' | 'ending' | 'preparing' | 'snapshot' | 'leaving' | 'done'

/** That a row is left out for good has been decided by the job. */
const POISON_ROW = 'POISON_ROW'

export class Node implements Emitter {
  readonly id: string
  readonly deployment: Deployment
  readonly store: StateStore
  /** What its operator writes for people. */
  readonly log: InstanceLog
  onRowError: OnRowError
  rowErrorRules: readonly RowErrorRule[]
  readonly #bad = new RowErrorTally()
  readonly inputs: readonly NodeInput[]
  readonly outboxes: readonly Outbox[]
  readonly #around: NodeSurroundings
  readonly #aligner: Aligner
  #operator: Operator | null = null
  #phase: Phase = 'rows'
  #aligned: AlignedWindow | null = null
  #watermarks: StateValue<KeptWatermarks | null> | null = null
  #turn = 0
  #memory: SharedArrayBuffer | null = null
  /** Key of the snapshot that `#memory` holds; null = none that is known. */
  #memoryHolds: string | null = null
  /** `#memory` is only offered; null = it is this instance's. */
  #claim: MemoryClaim | null = null
  #copying: Copying | null = null
  /** Key of the snapshot that `store` has copied last. */
  #lastKey: string | null = null
  #endAtMs = 0
  #workedAtMs = 0
  #needsSent = false
  /** The job knows what this snapshot needs where its memory is now. */
  #needsTold = false
  #sourceDone = false
  #reads = 0
  #wakeAtMs = 0
  #rowErrors = 0
  #waitsFor: string | null = null
  #lastMs: number
  #lastActivity = 0
  #memoryAtMs = 0
  #careful: CarefulFeed | null = null
  #later: readonly LaterConfig[]

  constructor(
    deployment: Deployment,
    store: StateStore,
    inputs: readonly NodeInput[],
    outboxes: readonly Outbox[],
    around: NodeSurroundings,
  ) {
    this.id = deployment.instance.id
    this.deployment = deployment
    this.#later = deployment.live
    this.store = store
    this.inputs = inputs
    this.outboxes = outboxes
    this.#around = around
    this.onRowError = deployment.instance.onRowError
    this.rowErrorRules = deployment.rowErrorRules
    this.log = new InstanceLog(around.lines, {
      operator: deployment.instance.operator,
      instance: this.id,
      attempt: around.attempt,
      level: deployment.logLevel,
      window: () => this.#aligner.window,
      nowMs: () => around.nowMs(),
      mask: (text) => around.mask(text),
    })
    const ended = deployment.instance.inputs.flatMap(({ stream }, at) => (deployment.endedInputs.includes(stream) ? [at] : []))
    this.#aligner = new Aligner(inputs.length, deployment.cut + 1, ended)
    if (deployment.finished) this.#phase = 'done'
    this.#lastMs = around.nowMs()
    const { words } = around
    // Rows and times are cumulative over attempts; the rest is about this one.
    const kept = CUMULATIVE.map((word) => words[word])
    words.fill(0)
    CUMULATIVE.forEach((word, i) => {
      words[word] = kept[i]
    })
    words[WORD.window] = deployment.cut + 1
    words[WORD.ended] = deployment.cut
    words[WORD.watermark] = Number.NEGATIVE_INFINITY
    words[WORD.replaying] = deployment.cut < deployment.reached ? 1 : 0
    words[WORD.attempt] = around.attempt
    words[WORD.progressSeq] = -1
  }

  /** The row that a suspect was working on; null = it is none, or no row is in work. */
  get rowInWork(): RowName | null {
    return this.#careful?.current ?? null
  }

  #skipPoison(row: RowName, batch: Batch, index: number): void {
    const window = this.#aligner.window
    this.rowError({ code: POISON_ROW, message: 'The operator failed on this row several times.', row: { batch, index } })
    this.#around.post({ type: 'poison-skipped', instance: this.id, window, attempt: this.#around.attempt, hash: row.hash })
  }

  /** Its `create` is called now: who waits for it sees that, and that it gets on. */
  beginsStart(): void {
    const { words } = this.#around
    words[WORD.progressRow] += 1
    words[WORD.beingMade] = 1
  }

  /**
   * Given once, after `create`. Watermarks are kept where they are more than the next END says: with
   * several inputs, and beside any state. Without either a checkpoint needs no bytes of this operator.
   */
  start(operator: Operator): void {
    this.#operator = operator
    this.#around.words[WORD.beingMade] = 0
    if (operator.role !== 'source' && (this.inputs.length > 1 || !this.store.empty || this.store.holds(WATERMARKS))) {
      this.#watermarks = this.store.value<KeptWatermarks | null>(WATERMARKS, 1, null)
      const kept = this.#watermarks.get()
      if (kept !== null) this.#aligner.restore(kept)
      this.#around.words[WORD.watermark] = this.#aligner.latenessBase
    }
    this.store.assertAllDeclared()
    const { deployment } = this
    if (operator.role !== 'source' && (deployment.suspectUntil !== null || deployment.poison.length > 0))
      this.#careful = new CarefulFeed(deployment, this.#around.log, (row, batch, index) => this.#skipPoison(row, batch, index))
    if (this.deployment.verb === 'rewind' && operator.role === 'sink') {
      if (operator.rewind === undefined)
        throw new EngineError('SINK_CANNOT_REWIND', 'This sink cannot take back what it has written. Restore with "fork" or "keep".')
      operator.rewind(this.deployment.cut)
    }
    if (this.deployment.verb === 'fork' && operator.role === 'sink') {
      if (operator.fork === undefined)
        throw new EngineError('SINK_CANNOT_FORK', 'This sink cannot write to a second target. Restore with "rewind" or "keep".')
      operator.fork(this.deployment.cut)
    }
  }

  get window(): number {
    return this.#aligner.window
  }

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Neither outboxes nor batches in work refer to input memory. */
  get holdsBatches(): boolean {
    return this.outboxes.some((outbox) => !outbox.empty)
  }

  /** The next time it wants a step although nothing came; Infinity = no. */
  get wakeAtMs(): number {
    return this.#wakeAtMs
  }

  // Emitter

  emit(port: number, batch: Batch): void {
    const outbox = this.outboxes[port]
    if (outbox === undefined) throw new EngineError('PORT_UNKNOWN', `The operator emitted to port ${port}, it has ${this.outboxes.length}.`)
    this.#around.words[WORD.rowsOut] += batch.rows
    outbox.emit(batch, this.#aligner.window)
  }

  get full(): boolean {
    for (const outbox of this.outboxes) if (!outbox.empty && !this.#drained(outbox)) return true
    return false
  }

  #drained(outbox: Outbox): boolean {
    outbox.drain()
    return outbox.empty
  }

  connected(port: number): boolean {
    return this.outboxes[port]?.connected ?? false
  }

  // What the context needs

  wake(delayMs: number): void {
    this.#wakeAtMs = this.#around.nowMs() + delayMs
  }

  waits(reason: { readonly code: string; readonly message: string } | null): void {
    const code = reason?.code ?? null
    if (code === this.#waitsFor) return
    this.#waitsFor = code
    const { window } = this.#aligner
    const masked = reason === null ? null : { code: reason.code, message: this.#around.mask(reason.message) }
    this.#around.post({ type: 'operator-waits', instance: this.id, window, attempt: this.#around.attempt, reason: masked })
  }

  rowError(error: RowError): void {
    const { instance } = this.deployment
    const message = this.#around.mask(error.message)
    const row =
      error.row === undefined
        ? null
        : 'text' in error.row
          ? JSON.stringify(error.row.text)
          : JSON.stringify({ ...rowAt(error.row.batch, error.row.index) })
    const window = this.#aligner.window
    const port = instance.outputs.findIndex((output) => output.name === 'errors')
    const connected = port >= 0 && this.connected(port)
    if (!connected && this.onRowError === 'fail' && error.code !== POISON_ROW && !isLeftOut(this.rowErrorRules, error.code, message, row))
      throw new BadRowFailure(error.code, message, row)
    this.#bad.add(error.code, message, row, connected ? 'error-output' : 'skip')
    this.#rowErrors += 1
    this.#around.words[WORD.rowErrors] = this.#rowErrors
    if (connected) this.emit(port, batchOf(instance.outputs[port].schema, [[instance.operator, error.code, message, window, row]]))
    // One message for the first of a kind and then for each power of two: a bad file must not flood the job.
    if ((this.#rowErrors & (this.#rowErrors - 1)) === 0) {
      this.#around.post({
        type: 'row-error',
        instance: this.id,
        window,
        attempt: this.#around.attempt,
        code: error.code,
        message,
        ...(row === null ? {} : { row }),
        action: connected ? 'error-output' : 'skip',
        count: this.#rowErrors,
      })
    }
  }

  // Work

  /** Does a bounded piece of work; true if anything moved. */
  step(): boolean {
    const { words } = this.#around
    // An operator that never returns from this step is seen as one that has work and does not get on.
    words[WORD.inputWaits] = 1
    words[WORD.activity] = BUSY
    const moved = this.#work()
    this.#account(moved)
    return moved
  }

  #work(): boolean {
    let moved = this.#copying !== null
    if (this.#copying?.copy.step(COPY_STEP_BYTES) === true) this.#finishCopying()
    let blocked = false
    for (const outbox of this.outboxes) {
      if (outbox.drain()) moved = true
      if (!outbox.empty) blocked = true
    }
    if (blocked) return moved
    const operator = this.#operator
    if (operator === null) return moved
    // A source is asked only once its time has come; for the others being woken is being stepped.
    if (operator.role !== 'source' && this.#wakeAtMs > 0 && this.#wakeAtMs <= this.#around.nowMs()) this.#wakeAtMs = 0
    switch (this.#phase) {
      case 'done':
        return this.#dropStreamEnds() || moved
      case 'leaving':
        this.#left()
        return true
      case 'snapshot':
        return this.#snapshot() || moved
      case 'ending':
        return this.#endWindow(operator) || moved
      case 'preparing':
        return this.#prepare(operator) || moved
      case 'rows':
        return (operator.role === 'source' ? this.#read(operator) : this.#take(operator)) || moved
    }
  }

  #dropStreamEnds(): boolean {
    let moved = false
    for (const { queue } of this.inputs) {
      while (queue.head !== undefined) {
        queue.shift()
        moved = true
      }
    }
    return moved
  }

  #take(operator: Exclude<Operator, { role: 'source' }>): boolean {
    const { inputs, deployment } = this
    if (this.#aligner.parked(0) && inputs.every((_, at) => this.#aligner.closed(at))) {
      // Every input had ended before the cut, the operator itself had not.
      this.#begin({ window: this.#aligner.window, watermark: Number.POSITIVE_INFINITY, idle: false, checkpoint: true, last: true })
      return true
    }
    for (let k = 0; k < inputs.length; k += 1) {
      const at = (this.#turn + k) % inputs.length
      const { port, queue } = inputs[at]
      const item = queue.head
      if (item === undefined) continue
      if (item.type === 'stream-end') {
        queue.shift()
        const aligned = this.#aligner.close(at)
        if (aligned !== null) this.#begin(aligned)
        return true
      }
      if (this.#aligner.parked(at)) continue
      if (item.type === 'end') {
        this.#turn = at + 1
        queue.shift()
        const aligned = this.#aligner.end(at, item.end)
        if (aligned !== null) this.#begin(aligned)
        return true
      }
      if (item.window !== this.#aligner.window)
        throw new EngineError(
          'WINDOW_ORDER',
          `${this.id} got a row of window ${item.window} in window ${this.#aligner.window}. This is a defect of the engine.`,
        )
      const { words } = this.#around
      const from = queue.from
      words[WORD.progressSeq] = item.seq
      words[WORD.progressRow] = from
      if (words[WORD.replaying] === 0 && words[WORD.firstNewRowAtMs] === 0 && item.window > deployment.reached)
        words[WORD.firstNewRowAtMs] = Date.now()
      const careful = this.#careful
      const next =
        careful === null ? operator.process(port, item.batch, from, this) : careful.process(operator, port, item.batch, from, this)
      words[WORD.rowsIn] += next - from
      words[WORD.progressRow] = next
      // A batch that was begun is finished first: an operator may be in the middle of one of its rows.
      this.#turn = at
      if (next >= item.batch.rows) {
        queue.shift()
        this.#turn = at + 1
      } else queue.from = next
      if (next > from) return true
      if (this.full) return false
      if (operator.role === 'transform' || operator.role === 'sink') return this.#flush()
    }
    return this.#flush()
  }

  /** Nothing more to do: what was gathered goes out. */
  #flush(): boolean {
    let moved = false
    for (const outbox of this.outboxes) {
      if (outbox.flush()) {
        outbox.drain()
        moved = true
      }
    }
    return moved
  }

  #read(operator: Extract<Operator, { role: 'source' }>): boolean {
    const clock = this.#around.clock()
    const window = this.#aligner.window
    const held = window > clock.holdAfter
    const behind = clock.target > window
    if (clock.target >= window && !held && (!behind || this.#reads > 0) && mayEnd(operator, window, clock))
      return this.#closeSource(operator, clock)
    if (held) return this.#flush()
    if (this.#wakeAtMs > this.#around.nowMs())
      return behind && mayEnd(operator, window, clock) ? this.#closeSource(operator, clock) : this.#flush()
    this.#wakeAtMs = 0
    this.#reads += 1
    const { words } = this.#around
    const rowsBefore = words[WORD.rowsOut]
    const answer = operator.read(this)
    words[WORD.progressSeq] += 1
    if (words[WORD.rowsOut] > rowsBefore) {
      words[WORD.rowsIn] += words[WORD.rowsOut] - rowsBefore
      if (words[WORD.firstNewRowAtMs] === 0 && window > this.deployment.reached) words[WORD.firstNewRowAtMs] = Date.now()
    }
    if (answer === 'ended') {
      this.#sourceDone = true
      return this.#closeSource(operator, clock)
    }
    if (answer === 'progress') {
      this.#wakeAtMs = 0
      return true
    }
    // Idle: asked again when it wakes, at the latest with the next look at the clock.
    if (this.#wakeAtMs === 0) this.#wakeAtMs = Number.POSITIVE_INFINITY
    return this.#flush()
  }

  #closeSource(operator: Extract<Operator, { role: 'source' }>, clock: ClockReading): boolean {
    const window = this.#aligner.window
    const last = this.#sourceDone || window >= clock.drainAfter
    const watermark = operator.watermark()
    this.#begin({
      window,
      watermark: last ? Number.POSITIVE_INFINITY : (watermark ?? this.#around.words[WORD.watermark]),
      idle: !last && watermark === null,
      checkpoint: last || clock.checkpoint === window,
      last,
    })
    return true
  }

  #begin(aligned: AlignedWindow): void {
    this.#aligned = aligned
    this.#phase = 'ending'
    if (aligned.checkpoint) this.#endAtMs = this.#around.nowMs()
  }

  #endWindow(operator: Operator): boolean {
    const aligned = this.#aligned
    if (aligned === null) return false
    if (operator.role !== 'source' && operator.endWindow !== undefined) {
      if (!operator.endWindow({ window: aligned.window, watermark: aligned.watermark, last: aligned.last }, this))
        return this.#waitsFor === null && (!this.full || this.#flush())
    }
    if (!aligned.checkpoint) {
      this.#leave(aligned)
      return true
    }
    this.#phase = 'preparing'
    return this.#prepare(operator)
  }

  #prepare(operator: Operator): boolean {
    const aligned = this.#aligned
    if (aligned === null || (operator.role === 'sink' && !operator.prepare(aligned.window))) return false
    this.#watermarks?.set(this.#aligner.kept())
    if (operator.role === 'source') operator.checkpoint?.(aligned.window)
    this.#phase = 'snapshot'
    this.#workedAtMs = this.#around.nowMs()
    this.#needsSent = false
    return this.#snapshot()
  }

  /**
   * Memory for the next snapshot, granted by the job or, with `claim`, offered. Who has asked waits for what it has
   * asked for: the job may be about to grant the same memory.
   */
  grant(memory: SharedArrayBuffer, holds: string | null, claim: MemoryClaim | null = null): void {
    if (claim !== null && this.#needsSent) return
    this.#memory = memory
    this.#memoryHolds = holds
    this.#claim = claim
    this.#needsSent = false
  }

  #snapshot(): boolean {
    const aligned = this.#aligned
    if (aligned === null) return false
    this.#finishCopying()
    const { id: instance } = this
    const { attempt } = this.#around
    const { window } = aligned
    const key = snapshotKey({ instance, window, attempt })
    const endWorkMs = this.#workedAtMs - this.#endAtMs
    if (this.store.empty) {
      const sinceMs = this.#around.nowMs() - this.#workedAtMs
      const none = { memory: null, sizeBytes: 0, changedPages: null, final: aligned.last, endWorkMs, copyMs: sinceMs, stoodMs: sinceMs }
      this.#around.post({ type: 'snapshot-copied', instance, window, attempt, ...none })
      this.#leave(aligned)
      return true
    }
    if (this.#claim !== null && !claimMemory(this.#claim)) this.#memory = null
    this.#claim = null
    const memory = this.#memory
    if (memory === null && this.#needsSent) return false
    const holds = this.#memoryHolds === null ? 'nothing' : this.#memoryHolds === this.#lastKey ? 'last' : 'another'
    const bytes = memory === null ? null : new Uint8Array(memory, 0, memory.byteLength)
    const need = this.store.snapshotMemoryNeed(bytes, holds)
    // With less than it wants it goes on only when it has asked for it.
    if (memory === null || bytes === null || bytes.length < (this.#needsTold ? need.leastBytes : need.wantedBytes)) {
      this.#needsTold = memory !== null
      this.#memory = null
      this.#needsSent = true
      this.#around.post({ type: 'snapshot-needs', instance, window, attempt, need })
      return false
    }
    this.#needsTold = false
    const copy = this.store.beginSnapshot(bytes, holds)
    this.#lastKey = key
    // The job owns it, from when it is told of the copy until it grants memory again.
    this.#memory = null
    const stoodMs = this.#around.nowMs() - this.#workedAtMs
    this.#copying = { copy, memory, aligned, workedAtMs: this.#workedAtMs, endWorkMs, stoodMs }
    if (aligned.last || copy.step(COPY_STEP_BYTES)) this.#finishCopying()
    this.#leave(aligned)
    return true
  }

  /** All that is owed to the snapshot is copied, and the job told. */
  #finishCopying(): void {
    const copying = this.#copying
    if (copying === null) return
    this.#copying = null
    const { copy, memory, aligned, workedAtMs, endWorkMs, stoodMs } = copying
    this.#around.post({
      type: 'snapshot-copied',
      instance: this.id,
      window: aligned.window,
      attempt: this.#around.attempt,
      memory,
      ...copy.finish(),
      final: aligned.last,
      endWorkMs,
      copyMs: this.#around.nowMs() - workedAtMs,
      stoodMs,
    })
  }

  #leave(aligned: AlignedWindow): void {
    const kinds = this.#bad.take()
    if (kinds.length > 0)
      this.#around.post({ type: 'bad-rows', instance: this.id, window: aligned.window, attempt: this.#around.attempt, kinds })
    const heldBackMs = this.#operator?.role === 'transform' ? (this.#operator.heldBackMs ?? 0) : 0
    const watermark = aligned.watermark - heldBackMs
    for (const outbox of this.outboxes) {
      outbox.end({ window: aligned.window, watermark, idle: aligned.idle, checkpoint: aligned.checkpoint })
      outbox.drain()
    }
    this.#phase = 'leaving'
  }

  #left(): void {
    const aligned = this.#aligned
    if (aligned === null) return
    const { words } = this.#around
    words[WORD.ended] = aligned.window
    words[WORD.watermark] = aligned.watermark
    words[WORD.stateBytes] = this.store.sizeBytes
    this.#lookAtMemory()
    if (aligned.window >= this.deployment.reached) words[WORD.replaying] = 0
    this.#aligned = null
    this.#reads = 0
    if (this.#wakeAtMs === Number.POSITIVE_INFINITY) this.#wakeAtMs = 0
    if (aligned.last) {
      this.#phase = 'done'
      this.#around.post({ type: 'stream-ended', instance: this.id, window: aligned.window, attempt: this.#around.attempt })
      return
    }
    this.#aligner.next()
    if (this.#careful?.passed(this.#aligner.window) === true) this.#endCare()
    words[WORD.window] = this.#aligner.window
    this.#configure()
    this.#phase = 'rows'
  }

  /** Tells what its thread holds: where it came from is asked when the process has too much. */
  #lookAtMemory(): void {
    if (this.#lastMs - this.#memoryAtMs < MEMORY_LOOK_MS) return
    this.#memoryAtMs = this.#lastMs
    const heap = getHeapStatistics()
    this.#around.words[WORD.threadBytes] = heap.used_heap_size + heap.external_memory
  }

  /** The job lets nobody begin that window before it has been told. */
  configureLater(later: LaterConfig): void {
    if (this.#phase === 'done') return
    if (later.from <= this.#aligner.window)
      throw new EngineError(
        'CONFIG_LATE',
        `${this.id} was told in window ${this.#aligner.window} what changes with window ${later.from}. This is a defect of the engine.`,
      )
    this.#later = [...this.#later.filter(({ from }) => from < later.from), later]
  }

  /** Between two windows: the new one may begin with other settings. */
  #configure(): void {
    const due = this.#later.findLast(({ from }) => from <= this.#aligner.window)
    if (due === undefined) return
    this.#later = this.#later.filter(({ from }) => from > this.#aligner.window)
    this.#operator?.configure?.(due.config)
    // What it waits for may be different now.
    this.#wakeAtMs = 0
  }

  commit(window: number): void {
    const operator = this.#operator
    if (operator === null || operator.role !== 'sink') return
    const committed = (stagedBytes: number): void => {
      const { attempt } = this.#around
      this.#around.post({ type: 'sink-committed', instance: this.id, window, attempt, stagedBytes, outputs: operator.outputs?.() ?? [] })
    }
    try {
      const done = operator.commit(window)
      if (typeof done === 'number') committed(done)
      else done.then(committed, (error: unknown) => this.#commitFailed(window, error))
    } catch (error) {
      this.#commitFailed(window, error)
    }
  }

  #commitFailed(window: number, error: unknown): void {
    const failure = {
      instance: this.id,
      window,
      attempt: this.#around.attempt,
      code: codeOf(error, 'SINK_COMMIT_FAILED'),
      message: this.#around.mask(error instanceof Error ? error.message : String(error)),
    }
    this.#around.post({ type: isHopeless(failure.code) ? 'operator-failed' : 'sink-commit-failed', ...failure })
  }

  /** No checkpoint before `window` is kept. */
  trim(window: number): void {
    if (this.#operator?.role === 'source') this.#operator.trim?.(window)
  }

  /** Hands rows from outside to the source; refused where they would not be read any more. */
  async accept(post: RowsToPost): Promise<RowPostAnswer> {
    const operator = this.#operator
    if (operator?.role !== 'source' || operator.accept === undefined)
      throw new EngineError('NO_INGEST', `${this.deployment.instance.operator} takes no rows from outside. Post to an HTTP ingest source.`)
    const clock = this.#around.clock()
    if (this.#phase === 'done' || this.#sourceDone || this.#aligner.window >= clock.holdAfter)
      throw new EngineError('INGEST_HELD', 'The run is stopping or paused and takes no rows now. Send them again when it goes on.')
    return operator.accept(post)
  }

  #endCare(): void {
    this.#careful?.close()
    this.#careful = null
  }

  close(): void {
    this.#endCare()
    this.#operator?.close?.()
    this.#operator = null
    this.log.close()
  }

  /** Adds the time since the last step to what the instance was doing, and notes what it does now. */
  #account(moved: boolean): void {
    const now = this.#around.nowMs()
    const { words } = this.#around
    words[WORD.busyNs + BUSY_ORDER[this.#lastActivity]] += (now - this.#lastMs) * 1e6
    this.#lastMs = now
    const blockedPort = moved ? -1 : this.outboxes.findIndex((outbox) => !outbox.empty)
    const waiting = this.inputs.some(({ queue }, at) => queue.head !== undefined && !this.#aligner.parked(at))
    const activity = moved
      ? 1
      : blockedPort >= 0 || this.#waitsFor !== null
        ? 2
        : this.#phase === 'done' || this.inputs.length === 0
          ? 0
          : 3
    if (blockedPort >= 0) {
      const target = this.outboxes[blockedPort].blockedBy
      words[WORD.blockedPort] = blockedPort
      words[WORD.blockedStream] = target?.stream ?? 0
      words[WORD.blockedReader] = target?.blockedBy ?? BLOCKED_BY.pin
    }
    words[WORD.inputWaits] = activity !== 2 && waiting ? 1 : 0
    words[WORD.activity] = activity
    this.#lastActivity = activity
  }
}

/** Before a stop or a pause, what a source has taken over is read first: nothing of it may be left behind. */
function mayEnd(operator: Extract<Operator, { role: 'source' }>, window: number, clock: ClockReading): boolean {
  return window < clock.holdAfter || operator.settled === undefined || operator.settled()
}

/** The operator's own failure, on a row that it was told to fail on. */
export class BadRowFailure extends EngineError {
  readonly badRow: { readonly message: string; readonly row: string | null }

  constructor(code: string, message: string, row: string | null) {
    super(code, `${message}${row === null ? '' : ` Row: ${row}`}`)
    this.badRow = { message, row: row === null ? null : shownRow(row) }
  }
}

/** The engine's own state beside the operator's. */
const WATERMARKS = 'belay.watermarks'

const MEMORY_LOOK_MS = 1000

/** Copied for a snapshot between two batches: some 0.1 ms. */
const COPY_STEP_BYTES = 524_288

/** The word `activity` while the operator works. */
const BUSY = 1

const CUMULATIVE = [WORD.rowsIn, WORD.rowsOut, WORD.busyNs, WORD.blockedNs, WORD.starvedNs, WORD.idleNs] as const

/** Offset from the word busyNs by activity: idle, busy, blocked, starved. */
const BUSY_ORDER = [WORD.idleNs - WORD.busyNs, 0, WORD.blockedNs - WORD.busyNs, WORD.starvedNs - WORD.busyNs] as const

export function codeOf(error: unknown, otherwise: string): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : otherwise
}
