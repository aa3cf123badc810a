/**
 * Webhook sink, at least once with a stable key (engine-spec H8).
 *
 * Rows go to a stage file in the run's folder; `prepare` makes it durable and writes its name into the state;
 * `commit` posts it batch by batch. How batches are cut depends on the stage alone, so a batch that is posted
 * again has the same key and the same bytes. Beside a stage lies how many of its batches were taken.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Batch, Column } from '@belay/columns'
import {
  EngineError,
  syncFile,
  type OperatorContext,
  type OperatorModule,
  type SinkOperator,
  type StateValue,
} from '@belay/engine/operator'
import { isDiskFull, removeIfThere } from '../file-sink/durable.ts'
import { StageFile } from '../file-sink/stageFile.ts'
import { Dispatcher, type HttpAnswer } from '../http/dispatcher.ts'
import { requestHeaders } from '../http/requestHeaders.ts'
import { signatureHeaders } from '../http/signature.ts'
import { jsonText } from '../rows/rowText.ts'
import type { WebhookConfig } from './manifest.ts'

interface Stage {
  readonly file: string
  readonly lineage: number
  readonly window: number
  readonly sizeBytes: number
}

interface Prepared {
  readonly stages: readonly Stage[]
}

const STAGE_BYTES = 268_435_456
const RETRY_MS = 1000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const LONGEST_RETRY_AFTER_MS = 3_600_000
const ANSWER_BYTES = 65_536
const ANSWER_SHOWN = 200
/** Answers that may be another one later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

class Webhook implements SinkOperator {
  readonly role = 'sink'
  readonly #context: OperatorContext<WebhookConfig>
  readonly #names: readonly string[]
  readonly #folder: string
  readonly #state: StateValue<Prepared>
  readonly #stage: StageFile
  readonly #dispatcher: Dispatcher
  #sending: Promise<unknown> = Promise.resolve()
  #closed = false
  #pressedAtMs = Number.NEGATIVE_INFINITY
  /** Of the batch that is sent next. */
  #tries = 0
  #pauseUntilMs = 0
  #lastError: EngineError | null = null

  constructor(context: OperatorContext<WebhookConfig>) {
    this.#context = context
    this.#names = (context.inputs['in'] ?? []).map(({ name }) => `${JSON.stringify(name)}:`)
    this.#folder = context.ownFolder()
    this.#state = context.state.value<Prepared>('prepared', 1, { stages: [] })
    this.#stage = new StageFile(this.#folder, `${context.attempt}.`, '')
    this.#dispatcher = new Dispatcher(context.allowedAddresses)
    this.#sweep()
  }

  /** Stages that the restored state does not name are of attempts that are over, or were posted. */
  #sweep(): void {
    const named = new Set(this.#state.get().stages.flatMap(({ file }) => [file, progressOf(file)]))
    for (const name of readdirSync(this.#folder)) if (!named.has(name)) removeIfThere(join(this.#folder, name))
  }

  process(_port: number, batch: Batch, from: number): number {
    if (!this.#room()) return from
    for (let row = from; row < batch.rows; row += 1) {
      this.#stage.add(this.#line(batch.columns, row))
      if (this.#stage.full && !this.#flushed()) return row + 1
    }
    return batch.rows
  }

  #line(columns: readonly Column[], row: number): string {
    let line = '{'
    for (let i = 0; i < columns.length; i += 1) line += (i > 0 ? ',' : '') + this.#names[i] + jsonText(columns[i], row)
    return `${line}}\n`
  }

  /** False while the disk is full; while nothing is taken, a batch now and then, so that windows can still end. */
  #room(): boolean {
    if (this.#stage.full && !this.#flushed()) return false
    const waiting = this.#state.get().stages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    if (waiting < STAGE_BYTES) {
      this.#context.waits(null)
      return true
    }
    const why = this.#lastError === null ? 'It goes on when some are taken.' : this.#lastError.message
    this.#context.waits({ code: 'COMMIT_PENDING', message: `${Math.round(waiting / 1_048_576)} MB wait to be posted. ${why}` })
    const now = this.#context.nowMs()
    if (now - this.#pressedAtMs >= RETRY_MS) {
      this.#pressedAtMs = now
      return true
    }
    this.#context.wake(RETRY_MS)
    return false
  }

  #flushed(): boolean {
    return this.#unlessFull(() => this.#stage.flush())
  }

  #unlessFull(work: () => void): boolean {
    try {
      work()
      this.#context.waits(null)
      return true
    } catch (error) {
      if (!isDiskFull(error)) throw error
      this.#context.waits({
        code: 'DISK_FULL',
        message: "the disk of the run's folder is full. Free some space; nothing is lost meanwhile.",
      })
      this.#context.wake(RETRY_MS)
      return false
    }
  }

  prepare(window: number): boolean {
    let finished: ReturnType<StageFile['finish']> = null
    if (!this.#unlessFull(() => (finished = this.#stage.finish()))) return false
    // The compiler does not see that the closure has run.
    const stage = finished as ReturnType<StageFile['finish']>
    if (stage === null) return true
    const { lineage } = this.#context
    this.#state.set({ stages: [...this.#state.get().stages, { file: stage.name, lineage, window, sizeBytes: stage.sizeBytes }] })
    return true
  }

  /** One after another: what is under way is waited for. */
  commit(window: number): Promise<number> {
    const sent = this.#sending.then(
      () => this.#send(window),
      () => this.#send(window),
    )
    this.#sending = sent
    return sent
  }

  async #send(window: number): Promise<number> {
    if (this.#lastError !== null && this.#context.nowMs() < this.#pauseUntilMs) throw this.#lastError
    for (const stage of this.#state.get().stages.filter((due) => due.window <= window)) {
      await this.#sendStage(stage)
      // Others may have been prepared meanwhile.
      this.#state.set({ stages: this.#state.get().stages.filter(({ file }) => file !== stage.file) })
      removeIfThere(join(this.#folder, stage.file))
      removeIfThere(join(this.#folder, progressOf(stage.file)))
    }
    return this.stagedBytes()
  }

  async #sendStage(stage: Stage): Promise<void> {
    const path = join(this.#folder, stage.file)
    // It was posted whole before the crash that this is the restore of.
    if (!existsSync(path)) return
    const { batchRows } = this.#context.config
    const lines = readFileSync(path, 'utf8').split('\n')
    lines.pop()
    const progress = join(this.#folder, progressOf(stage.file))
    const taken = existsSync(progress) ? Number(readFileSync(progress, 'utf8')) : 0
    for (let number = taken; number * batchRows < lines.length; number += 1) {
      await this.#sendBatch(stage, number, lines.slice(number * batchRows, (number + 1) * batchRows))
      // Not synced: what a crash loses of it is posted again under its key.
      writeFileSync(progress, String(number + 1))
    }
  }

  async #sendBatch(stage: Stage, number: number, rows: readonly string[]): Promise<void> {
    const { runId, operator, config, secrets } = this.#context
    const key = `${runId}/${operator}/${stage.lineage}/${stage.window}/${number}`
    const body = Buffer.from(config.body === 'json' ? `[${rows.join(',')}]` : rows.map((row) => `${row}\n`).join(''))
    const type = config.body === 'json' ? 'application/json' : 'application/x-ndjson'
    let problem: { readonly error: EngineError; readonly final: boolean; readonly retryAfterMs: number }
    try {
      const answer = await this.#dispatcher.send({
        method: 'POST',
        url: config.url,
        headers: requestHeaders(config, secrets, {
          'content-type': type,
          'idempotency-key': key,
          'user-agent': 'belay',
          ...(config.signWith == null ? {} : signatureHeaders(secrets.value(config.signWith), key, body, Date.now())),
        }),
        body,
        timeoutMs: config.timeoutMs,
        maxBytes: ANSWER_BYTES,
      })
      if (this.#closed) throw closedError()
      if (answer.status >= 200 && answer.status < 300) return this.#taken(rows.length)
      problem = problemOf(answer, (text) => secrets.mask(text))
    } catch (error) {
      if (this.#closed) throw closedError()
      if (!(error instanceof EngineError)) throw error
      // What no retry can mend ends the run at once.
      if (error.code === 'ADDRESS_REFUSED' || error.code === 'URL_INVALID') throw error
      // An answer that is too long is an answer all the same, but which one is not known.
      problem = { error, final: false, retryAfterMs: 0 }
    }
    this.#failed(key, rows, problem)
  }

  #taken(rows: number): void {
    this.#tries = 0
    this.#lastError = null
    this.#context.count('rows posted', rows)
    this.#context.count('requests', 1)
  }

  #failed(
    key: string,
    rows: readonly string[],
    { error, final, retryAfterMs }: { readonly error: EngineError; readonly final: boolean; readonly retryAfterMs: number },
  ): void {
    const { attempts, onGiveUp } = this.#context.config
    this.#tries += 1
    this.#context.count('failed requests', 1)
    if (!final && (attempts === 0 || this.#tries < attempts)) {
      const pauseMs = Math.max(retryAfterMs, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#tries - 1)))
      this.#pauseUntilMs = this.#context.nowMs() + pauseMs
      this.#lastError = error
      throw error
    }
    if (onGiveUp === 'dead-letters') {
      this.#bury(key, rows, error)
      this.#tries = 0
      this.#lastError = null
      return
    }
    throw new EngineError(
      'WEBHOOK_GIVEN_UP',
      `Batch ${key} was given up after ${this.#tries === 1 ? 'one try' : `${this.#tries} tries`}: ${error.message} Mend it, then resume the run; it begins with this batch.`,
    )
  }

  /** A crash right behind it keeps the batch twice, under the same key. */
  #bury(key: string, rows: readonly string[], error: EngineError): void {
    const folder = this.#context.files.writable(this.#context.config.deadLetters)
    mkdirSync(folder, { recursive: true })
    const file = openSync(join(folder, `${this.#context.runId}-${this.#context.operator}.jsonl`), 'a', 0o644)
    try {
      writeSync(file, `{"key":${JSON.stringify(key)},"error":${JSON.stringify(error.message)},"rows":[${rows.join(',')}]}\n`)
      syncFile(file)
    } finally {
      closeSync(file)
    }
    this.#context.count('dead letters', rows.length)
  }

  outputs(): readonly string[] {
    return [this.#context.config.url]
  }

  stagedBytes(): number {
    return this.#state.get().stages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) + this.#stage.sizeBytes
  }

  close(): void {
    this.#closed = true
    this.#stage.close()
    this.#dispatcher.close()
  }
}

function progressOf(file: string): string {
  return `${file}.taken`
}

/** Whoever was sent a secret may say it back: it is masked before the answer is cut off. */
function problemOf(
  { status, headers, body }: HttpAnswer,
  mask: (text: string) => string,
): { error: EngineError; final: boolean; retryAfterMs: number } {
  const said = mask(body.toString('utf8')).replaceAll(/\s+/g, ' ').trim().slice(0, ANSWER_SHOWN)
  const passing = status >= 500 || PASSING.has(status)
  const seconds = Number(headers['retry-after'])
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(LONGEST_RETRY_AFTER_MS, seconds * 1000) : 0
  const hint = status >= 300 && status < 400 ? ' Redirects are not followed: give the final address.' : ''
  return {
    error: new EngineError('WEBHOOK_REFUSED', `The receiver answered ${status}${said === '' ? '' : ` (${said})`}.${hint}`),
    final: !passing,
    retryAfterMs,
  }
}

function closedError(): EngineError {
  return new EngineError('SINK_CLOSED', 'The sink was stopped while it posted.')
}

export const module: OperatorModule<WebhookConfig> = { create: (context) => new Webhook(context) }
