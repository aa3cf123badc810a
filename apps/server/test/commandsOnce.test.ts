/**
 * Random sequences of commands, repeats, simultaneous repeats, deaths of the run process (before and
 * after it has written down what it was asked) and restarts of the server, against a model of a run
 * that keeps a journal. BELAY_COMMANDS=100000 for the long version.
 */
import type { CommandAnswer, RunCommand, RunHandle, RunListener } from '@belay/run'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ServerError } from '../src/http/problems.ts'
import { RunService } from '../src/runs/runService.ts'
import { CommandStore } from '../src/storage/commandStore.ts'
import { openDatabase } from '../src/storage/database.ts'
import { MemoryRun, memoryRunner } from './support/memoryRunner.ts'

const COMMANDS = Number(process.env['BELAY_COMMANDS'] ?? 10_000)
const SEQUENCE = 40

type Fault = 'none' | 'dies-before' | 'dies-after'

type Step =
  | { readonly kind: 'send'; readonly id: number; readonly pause: boolean; readonly times: number; readonly fault: Fault }
  | { readonly kind: 'server-restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      id: fc.nat(12),
      pause: fc.boolean(),
      times: fc.integer({ min: 1, max: 5 }),
      fault: fc.oneof({ weight: 4, arbitrary: fc.constant<Fault>('none') }, fc.constantFrom<Fault>('dies-before', 'dies-after')),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'server-restart' }) },
)

/** What the journal of a run keeps, and what was done. Refusals are not kept: the server does that. */
class Model {
  readonly accepted = new Map<string, CommandAnswer>()
  readonly effects = new Map<string, number>()
  paused = false
  fault: Fault = 'none'

  command({ commandId, type }: RunCommand): CommandAnswer {
    const { fault } = this
    this.fault = 'none'
    if (fault === 'dies-before') throw new ServerError('RUN_UNREACHABLE', 'The process is gone.')
    const answer = this.accepted.get(commandId) ?? this.#decide(commandId, type === 'pause')
    if (fault === 'dies-after') throw new ServerError('RUN_UNREACHABLE', 'The process is gone.')
    return answer
  }

  #decide(commandId: string, pause: boolean): CommandAnswer {
    if (pause === this.paused)
      return { type: 'refused', commandId, code: pause ? 'NOT_RUNNING' : 'NOT_PAUSED', message: 'It is so already.', status: 409 }
    this.paused = pause
    this.effects.set(commandId, (this.effects.get(commandId) ?? 0) + 1)
    const answer: CommandAnswer = { type: 'accepted', commandId }
    this.accepted.set(commandId, answer)
    return answer
  }
}

async function service(model: Model, commands: CommandStore): Promise<RunService> {
  const run = new MemoryRun('modelled')
  const handle: RunHandle = {
    runId: run.runId,
    command: async (command) => model.command(command),
    snapshot: () => run.snapshot(),
    events: (after, limit) => run.events(after, limit),
    checkpoints: () => run.checkpoints(),
    preview: () => run.preview(),
    stack: () => run.stack(),
    profile: () => run.profile(),
    postRows: () => run.postRows(),
    peek: (streams) => run.peek(streams),
    giveSecrets: () => run.giveSecrets(),
    listen: (listener: RunListener) => run.listen(listener),
    close: () => run.close(),
  }
  const runs = new RunService({ runner: { ...memoryRunner(run), adopt: async () => handle }, home: '/', roots: {}, commands })
  await runs.adoptAll()
  return runs
}

test(`§6.15 over ${COMMANDS} commands each id has one effect at most, and one answer`, { timeout: 600_000 }, async () => {
  let sent = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: SEQUENCE }), async (steps) => {
      const model = new Model()
      const database = openDatabase(':memory:')
      const commands = new CommandStore(database)
      const answers = new Map<string, string>()
      let runs = await service(model, commands)
      for (const one of steps) {
        if (one.kind === 'server-restart') {
          runs.close()
          runs = await service(model, commands)
          continue
        }
        model.fault = one.fault
        const id = `c${one.id}`
        const given = await Promise.allSettled(
          Array.from({ length: one.times }, () => runs.command('modelled', { type: one.pause ? 'pause' : 'resume' }, id, 'ana')),
        )
        sent += one.times
        for (const result of given) {
          if (result.status === 'rejected') {
            expect(result.reason).toMatchObject({ code: 'RUN_UNREACHABLE' })
            continue
          }
          const answer = JSON.stringify(result.value)
          expect(answers.get(id) ?? answer).toBe(answer)
          answers.set(id, answer)
        }
      }
      for (const [id, count] of model.effects) {
        expect([id, count]).toEqual([id, 1])
        // Whoever has an answer knows of the effect.
        if (answers.has(id)) expect(JSON.parse(answers.get(id) ?? '')).toMatchObject({ type: 'accepted' })
      }
      runs.close()
      database.close()
    }),
    { numRuns: Math.ceil(COMMANDS / 15) },
  )
  expect(sent).toBeGreaterThan(COMMANDS * 0.8)
})
