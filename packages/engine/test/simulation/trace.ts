/** What happened, in words if asked for, and always as a fingerprint. */
import type { Effect, JobInput, JobState } from '../../src/job/index.ts'
import type { VirtualClock } from './clock.ts'

export class Trace {
  readonly #on: boolean
  readonly #clock: VirtualClock
  readonly #lines: string[] = []
  #hash = 0x811c9dc5

  constructor(on: boolean, clock: VirtualClock) {
    this.#on = on
    this.#clock = clock
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  get fingerprint(): string {
    return (this.#hash >>> 0).toString(16)
  }

  say(line: () => string): void {
    if (this.#on) this.#lines.push(`${this.#clock.nowMs.toFixed(2).padStart(10)} ${line()}`)
  }

  input(input: JobInput, after: JobState): void {
    this.#mix(input.type, after.attempt, after.committed, this.#clock.nowMs)
    if (this.#on && input.type !== 'tick')
      this.say(
        () => `> ${short(input)}   [${after.status}, committed ${after.committed}, target ${after.target}, attempt ${after.attempt}]`,
      )
  }

  effect(effect: Effect): void {
    this.#mix(effect.type, 0, 0, this.#clock.nowMs)
    if (this.#on) this.say(() => `    < ${short(effect)}`)
  }

  #mix(text: string, ...numbers: readonly number[]): void {
    let hash = this.#hash
    for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    for (const number of numbers) hash = Math.imul(hash ^ (number * 1000), 0x01000193)
    this.#hash = hash
  }
}

function short(what: Effect | JobInput): string {
  const text = JSON.stringify(what, (key, value: unknown) => (key === 'schema' || key === 'sha256' || key === 'stack' ? undefined : value))
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
