/**
 * One run of a planned test on the real engine: opens the gates of its steps one after the other, kills what
 * the test says, and reads what the sinks have committed. Leaves nothing behind.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunFigures, RunHandle, Runner } from '@belay/run'
import { problemOf, ServerError } from '../http/problems.ts'
import { Supervision } from '../runs/supervision.ts'
import type { Roots } from '../storage/roots.ts'
import type { Row } from './result.ts'
import { GATE, TEST_ROOT, type Capture, type TestPlan } from './testPlan.ts'

const BY = 'test'
/** A test whose rows do not come through in this time has no result. */
const LIMIT_MS = 60_000

export interface TestRunOptions {
  readonly runner: Runner
  /** The folder of the runner. */
  readonly home: string
  readonly roots: Roots
  readonly signal: AbortSignal
}

/** Rows by capture. Throws TEST_STOPPED with what stood in the way. */
export async function runPlan(plan: TestPlan, options: TestRunOptions): Promise<ReadonlyMap<Capture, readonly Row[]>> {
  const runId = `test-${randomUUID()}`
  const folder = join(options.home, 'rows', runId)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const watch = new Watch(options, runId)
  try {
    return await watch.run(plan, folder)
  } finally {
    await watch.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Wait = {
  readonly holds: (figures: RunFigures) => boolean
  readonly resolve: (figures: RunFigures) => void
  readonly reject: (error: unknown) => void
}

class Watch {
  readonly #options: TestRunOptions
  readonly #runId: string
  #supervision: Supervision | null = null
  #wait: Wait | null = null
  #over: Error | null = null
  #failure: string | null = null
  #finished: (() => void) | null = null

  constructor(options: TestRunOptions, runId: string) {
    this.#options = options
    this.#runId = runId
  }

  async run(plan: TestPlan, folder: string): Promise<ReadonlyMap<Capture, readonly Row[]>> {
    const { runner, roots, signal } = this.#options
    const stop = (): void => this.#stop('The test was stopped.')
    signal.addEventListener('abort', stop)
    const limit = setTimeout(
      () =>
        this.#stop(
          `Its rows have not come through in ${LIMIT_MS / 1000} s. Look for an operator that waits for more rows or for time to pass.`,
        ),
      LIMIT_MS,
    )
    try {
      signal.throwIfAborted()
      const open = (step: number): void => writeFileSync(join(folder, `${GATE}-${step}`), '')
      const steps = plan.kills.length
      const together = steps === 1 && plan.kills[0].length === 0
      if (together) for (const step of [0, 1]) open(step)
      const handle = await runner.start({
        runId: this.#runId,
        document: plan.document,
        parameters: {},
        roots: { ...roots, [TEST_ROOT]: { path: folder, writable: true } },
        startedBy: BY,
      })
      const ended = this.#untilFinished()
      // Told where it is awaited: at the step that did not come to its end, or at the end.
      ended.catch(() => undefined)
      await this.#supervise(handle)
      if (!together) {
        let through = 0
        for (const [step, kills] of plan.kills.entries()) {
          if (kills.length > 0 && step > 0) await this.#until((figures) => figures.committedWindow >= through)
          open(step)
          through = await this.#through(plan, step)
          for (const operator of kills) await this.#kill(operator)
        }
        open(steps)
      }
      await ended
      return new Map(plan.captures.map((capture) => [capture, rowsIn(join(folder, capture.file))]))
    } finally {
      clearTimeout(limit)
      signal.removeEventListener('abort', stop)
    }
  }

  async #supervise(handle: RunHandle): Promise<void> {
    const supervision = new Supervision(this.#options.runner, this.#options.home, this.#runId, 'starting', {
      event: (event) => {
        if (event.type === 'failure')
          this.#failure = event.operators.length === 0 ? event.message : `${event.operators.join(', ')} failed: ${event.message}`
      },
      delta: ({ figures }) => this.#see(figures),
      connected: ({ figures }) => this.#see(figures),
      changed: () => {
        if (supervision.state === 'needs-decision') this.#stop(this.#failure ?? supervision.reason ?? 'The run needs a decision.')
      },
      ended: () => this.#end(supervision),
    })
    this.#supervision = supervision
    await supervision.connect(handle)
  }

  #see(figures: RunFigures): void {
    const wait = this.#wait
    if (wait === null || !wait.holds(figures)) return
    this.#wait = null
    wait.resolve(figures)
  }

  #until(holds: (figures: RunFigures) => boolean): Promise<RunFigures> {
    if (this.#over !== null) return Promise.reject(this.#over)
    return new Promise((resolve, reject) => {
      this.#wait = { holds, resolve, reject }
    })
  }

  #untilFinished(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finished = () => (this.#over === null ? resolve() : reject(this.#over))
    })
  }

  #end({ state, reason }: Supervision): void {
    if (state !== 'finished') return this.#stop(this.#failure ?? reason ?? `The run of the test is ${state}.`)
    this.#wait?.reject(stopped('The run of the test ended before its last step.'))
    this.#wait = null
    this.#finished?.()
  }

  #stop(message: string): void {
    this.#over ??= stopped(message)
    this.#wait?.reject(this.#over)
    this.#wait = null
    this.#finished?.()
  }

  /** When every operator has been through the window in which the last rows of the step came; that window. */
  async #through({ sources, kills }: TestPlan, step: number): Promise<number> {
    // Shares are sums of thirds and the like.
    const share = (step + 1) / kills.length - 1e-9
    const { targetWindow } = await this.#until(({ operators }) => sources.every((id) => (operators[id]?.progress ?? 0) >= share))
    await this.#until(
      ({ operators, state }) => state === 'running' && Object.values(operators).every(({ window }) => window > targetWindow),
    )
    return targetWindow
  }

  /** Returns when the operator has come back. */
  async #kill(operator: string): Promise<void> {
    const handle = this.#supervision?.handle
    if (handle === null || handle === undefined) throw stopped(`The run process died before ${operator} could be killed.`)
    const { figures } = await handle.snapshot()
    const back = this.#until(({ attempt, state }) => attempt > figures.attempt && state === 'running')
    back.catch(() => undefined)
    const answer = await handle.command({ type: 'kill-operator', operator, hold: false, commandId: randomUUID(), by: BY })
    if (answer.type === 'refused') throw stopped(`${operator} could not be killed: ${answer.message}`)
    await back
  }

  async remove(): Promise<void> {
    const { runner } = this.#options
    this.#supervision?.close()
    if ((await runner.find(this.#runId)) === null) return
    await runner.end(this.#runId, 'stopped', 'the test is over')
    await runner.delete(this.#runId)
  }
}

function stopped(message: string): ServerError {
  return new ServerError('TEST_STOPPED', message)
}

/** A sink that got no row may have written no file. */
function rowsIn(path: string): readonly Row[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}

/** What ends a test without a result, in words; null = it is not about the test. */
export function whyStopped(error: unknown): string | null {
  const problem = problemOf(error)
  return problem.code === 'INTERNAL' ? null : problem.detail
}
