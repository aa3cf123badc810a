/**
 * `ctx.log` of one operator instance, and where its `console` goes.
 *
 * Cheap where nothing is kept: a line below the level or beyond the budget is not put together. Lines that are
 * left out are counted and told, and warnings and errors have a budget of their own, so that a flood of others
 * hides none of them.
 */
import { formatWithOptions } from 'node:util'
import { LOG_LEVELS, LOG_LINES_PER_SECOND, type LogLevel, type LogLine, type LogValue } from '@belay/run'
import type { OperatorLogger } from '../operator/operator.ts'
import type { LineAppender } from './appender.ts'
import { LineBudget } from './lineBudget.ts'

const TEXT_CHARACTERS = 2000
const VALUE_CHARACTERS = 200
const MOST_FIELDS = 20
const TELL_DROPPED_EVERY_MS = 1000
const CONSOLE_FORMAT = { depth: 4, maxArrayLength: 20, maxStringLength: TEXT_CHARACTERS, breakLength: Infinity }

export interface InstanceLogSurroundings {
  readonly operator: string
  readonly instance: string
  readonly attempt: number
  readonly level: LogLevel
  window(): number
  nowMs(): number
  mask(text: string): string
}

export class InstanceLog implements OperatorLogger {
  readonly #appender: LineAppender
  readonly #around: InstanceLogSurroundings
  readonly #usual: LineBudget
  readonly #urgent: LineBudget
  #least: number
  #dropped = 0
  #toldAtMs: number

  constructor(appender: LineAppender, around: InstanceLogSurroundings) {
    this.#appender = appender
    this.#around = around
    this.#least = LOG_LEVELS.indexOf(around.level)
    this.#toldAtMs = around.nowMs()
    this.#usual = new LineBudget(this.#toldAtMs)
    this.#urgent = new LineBudget(this.#toldAtMs)
  }

  set level(level: LogLevel) {
    this.#least = LOG_LEVELS.indexOf(level)
  }

  keeps(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#least
  }

  debug(text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#write('debug', text, fields)
  }

  info(text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#write('info', text, fields)
  }

  warning(text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#write('warning', text, fields)
  }

  error(text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#write('error', text, fields)
  }

  /** What was given to `console`. */
  console(level: LogLevel, values: readonly unknown[]): void {
    if (this.#mayWrite(level)) this.#append(level, 'console', consoleText(values))
  }

  /** Tells of lines that were left out, now and then. */
  turn(): void {
    if (this.#dropped > 0) this.#tellDropped(this.#around.nowMs())
  }

  close(): void {
    this.#toldAtMs = Number.NEGATIVE_INFINITY
    this.turn()
  }

  #write(level: LogLevel, text: string, fields: Readonly<Record<string, unknown>> | undefined): void {
    if (this.#mayWrite(level)) this.#append(level, 'operator', String(text), fields)
  }

  #mayWrite(level: LogLevel): boolean {
    if (!this.keeps(level)) return false
    const now = this.#around.nowMs()
    const budget = level === 'warning' || level === 'error' ? this.#urgent : this.#usual
    if (budget.spend(now)) {
      this.turn()
      return true
    }
    this.#dropped += 1
    return false
  }

  #tellDropped(nowMs: number): void {
    if (nowMs - this.#toldAtMs < TELL_DROPPED_EVERY_MS) return
    this.#toldAtMs = nowMs
    const dropped = this.#dropped
    this.#dropped = 0
    const text = `${dropped.toLocaleString('en-US')} ${dropped === 1 ? 'line' : 'lines'} dropped: more than ${LOG_LINES_PER_SECOND} a second are not kept.`
    this.#append('warning', 'engine', text, { dropped })
  }

  #append(level: LogLevel, from: LogLine['from'], text: string, fields?: Readonly<Record<string, unknown>>): void {
    const { operator, instance, attempt } = this.#around
    const line: Omit<LogLine, 'at'> = {
      atMs: Date.now(),
      level,
      from,
      operator,
      instance,
      window: this.#around.window(),
      attempt,
      text: this.#shown(text, TEXT_CHARACTERS),
      ...(fields === undefined ? {} : { fields: this.#fields(fields) }),
    }
    if (!this.#appender.append(JSON.stringify(line))) this.#dropped += 1
  }

  /** Masked before it is cut: half of a secret is not found any more. */
  #shown(text: string, most: number): string {
    const masked = this.#around.mask(text)
    return masked.length > most ? `${masked.slice(0, most)}…` : masked
  }

  #fields(fields: Readonly<Record<string, unknown>>): Record<string, LogValue> {
    const shown: Record<string, LogValue> = {}
    for (const [name, value] of Object.entries(fields).slice(0, MOST_FIELDS))
      shown[this.#shown(name, VALUE_CHARACTERS)] =
        value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
          ? value
          : this.#shown(textOf(value), VALUE_CHARACTERS)
    return shown
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.message
  if (typeof value === 'bigint') return value.toString()
  try {
    return typeof value === 'object' ? JSON.stringify(value) : formatWithOptions(CONSOLE_FORMAT, '%s', value)
  } catch {
    return 'something that cannot be shown'
  }
}

function consoleText(values: readonly unknown[]): string {
  try {
    return formatWithOptions(CONSOLE_FORMAT, ...values)
  } catch {
    return 'something that cannot be shown'
  }
}
