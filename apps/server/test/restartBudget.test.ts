import type { RunHandle, RunListener, RunRecord, Runner } from '@belay/run'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Supervision, type SupervisionObserver } from '../src/runs/supervision.ts'
import { MemoryRun, memoryRunner } from './support/memoryRunner.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A runner whose process dies whenever a test says so. */
class MortalRunner {
  readonly starts: number[] = []
  readonly ends: { state: string; reason: string }[] = []
  failing = false
  #listener: RunListener | null = null
  #run = new MemoryRun('mortal')
  readonly runner: Runner

  constructor() {
    this.runner = {
      ...memoryRunner(this.#run),
      adopt: async (): Promise<RunHandle | RunRecord> => {
        this.starts.push(performance.now())
        if (this.ends.length > 0) return this.#record()
        if (this.failing) throw new Error('the process ended at once')
        const run = this.#run
        return Object.assign(Object.create(run) as RunHandle, {
          listen: (listener: RunListener) => {
            this.#listener = listener
            return run.listen(listener)
          },
          snapshot: () => run.snapshot(),
          events: (after: number, limit: number) => run.events(after, limit),
          close: () => run.close(),
          runId: run.runId,
          command: () => run.command(),
        })
      },
      open: async () => this.#run,
      end: async (_runId, state, reason) => {
        this.ends.push({ state, reason })
      },
    }
  }

  #record(): RunRecord {
    const [{ state, reason }] = this.ends
    return {
      runId: 'mortal',
      pipelineId: '',
      pipelineName: '',
      startedAtMs: 0,
      startedBy: '',
      endedAtMs: 1,
      state: state as RunRecord['state'],
      reason,
    }
  }

  /** A process that nobody is connected to brings the run to its end. */
  finishUnseen(): void {
    this.#run.close()
    this.#run.say({ type: 'run-state', state: 'finished' })
    this.ends.push({ state: 'finished', reason: '' })
    this.#listener?.closed()
  }

  commit(): void {
    this.#run.say({ type: 'committed', window: 1, manifest: 1 })
  }

  die(): void {
    this.#run.close()
    this.#listener?.closed()
  }
}

function observer(): SupervisionObserver & { over: boolean } {
  return {
    over: false,
    event() {},
    delta() {},
    connected() {},
    changed() {},
    ended() {
      this.over = true
    },
  }
}

function pausesOf(starts: readonly number[]): number[] {
  return starts.slice(1).map((start, i) => Math.round(start - starts[i]))
}

test('a process that dies again and again without a commit is started after growing pauses, then the run has failed', async () => {
  const mortal = new MortalRunner()
  const seen = observer()
  const supervision = new Supervision(mortal.runner, '/', 'mortal', 'unreachable', seen)
  await supervision.adopt()
  for (let death = 0; death < 8; death += 1) {
    expect(supervision.handle).not.toBeNull()
    mortal.die()
    expect(supervision.state).toBe('unreachable')
    await vi.advanceTimersToNextTimerAsync()
  }
  expect(pausesOf(mortal.starts.slice(0, 8))).toEqual([0, 200, 1000, 5000, 30_000, 30_000, 30_000])
  expect(mortal.ends).toEqual([{ state: 'failed', reason: 'The run process died 8 times with nothing committed in between.' }])
  expect([seen.over, supervision.state]).toEqual([true, 'failed'])
})

test('a process that cannot even start is tried after 0, 0.2, 1, 5 and 30 s, and says why', async () => {
  const mortal = new MortalRunner()
  mortal.failing = true
  const seen = observer()
  const supervision = new Supervision(mortal.runner, '/', 'mortal', 'unreachable', seen)
  await supervision.adopt()
  await vi.advanceTimersByTimeAsync(200_000)
  expect(pausesOf(mortal.starts.slice(0, 8))).toEqual([0, 200, 1000, 5000, 30_000, 30_000, 30_000])
  expect(mortal.ends[0].reason).toMatch(/died 8 times.*the process ended at once/)
  expect(seen.over).toBe(true)
})

test('a commit in between starts the count again', async () => {
  const mortal = new MortalRunner()
  const seen = observer()
  const supervision = new Supervision(mortal.runner, '/', 'mortal', 'unreachable', seen)
  await supervision.adopt()
  for (let death = 0; death < 30; death += 1) {
    mortal.commit()
    mortal.die()
    await vi.advanceTimersByTimeAsync(1)
    expect(supervision.handle).not.toBeNull()
  }
  expect(mortal.ends).toEqual([])
  supervision.close()
})

test('a person who asks does not wait for the pause, and starts the count again', async () => {
  const mortal = new MortalRunner()
  mortal.failing = true
  const supervision = new Supervision(mortal.runner, '/', 'mortal', 'unreachable', observer())
  await supervision.adopt()
  await vi.advanceTimersByTimeAsync(7000)
  expect(supervision.deaths).toBe(5)
  mortal.failing = false
  await supervision.retry()
  expect(supervision.handle).not.toBeNull()
  expect(supervision.deaths).toBe(0)
  supervision.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(mortal.starts).toHaveLength(6)
})

test('what the process before said last, and this one said first, is passed on without a gap', async () => {
  const run = new MemoryRun('gap')
  const seqs: number[] = []
  const seen = { ...observer(), event: (event: { seq: number }) => void seqs.push(event.seq) }
  let listener: RunListener | null = null
  const handle: RunHandle = Object.assign(Object.create(run) as RunHandle, {
    runId: 'gap',
    listen: (given: RunListener) => {
      listener = given
      return run.listen(given)
    },
    snapshot: () => run.snapshot(),
    events: (after: number, limit: number) => run.events(after, Math.min(2, limit)),
    close: () => run.close(),
    command: () => run.command(),
  })
  const supervision = new Supervision({ ...memoryRunner(run), adopt: async () => handle }, '/', 'gap', 'unreachable', seen)
  await supervision.adopt()
  run.say({ type: 'checkpoint-started', window: 1 })
  run.close()
  ;(listener as RunListener | null)?.closed()
  // Said while nobody listened.
  for (let window = 2; window <= 6; window += 1) run.say({ type: 'checkpoint-started', window })
  await vi.advanceTimersByTimeAsync(1)
  run.say({ type: 'checkpoint-started', window: 7 })
  expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7])
  supervision.close()
})

test('what a process said that ended the run before anybody was connected is told as well, before the end', async () => {
  const mortal = new MortalRunner()
  const told: string[] = []
  const supervision = new Supervision(mortal.runner, '/tmp', 'mortal', 'starting', {
    ...observer(),
    event: (event) => void told.push(event.type),
    ended: () => void told.push('ended'),
  })
  await supervision.adopt()
  mortal.commit()
  mortal.finishUnseen()
  await vi.advanceTimersByTimeAsync(100)
  expect(told).toEqual(['committed', 'run-state', 'ended'])
  expect(supervision.state).toBe('finished')
})
