/**
 * Random sequences of commands, repeats, simultaneous repeats, deaths of the run process (before and
 * after it has written down what it was asked) and restarts of the server. The server's own service and
 * database ask the real core of a run, which begins anew from its journal when its process dies.
 * BELAY_COMMANDS=100000 for the long version.
 */
import type { CommandAnswer, RunCommand, RunCommandBody, RunHandle, RunListener } from '@belay/run'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { planOf } from '../../../packages/engine/test/support/plans.ts'
import { Script } from '../../../packages/engine/test/support/script.ts'
import { ServerError } from '../src/http/problems.ts'
import { RunService } from '../src/runs/runService.ts'
import { CommandStore } from '../src/storage/commandStore.ts'
import { openDatabase } from '../src/storage/database.ts'
import { MemoryRun, memoryRunner } from './support/memoryRunner.ts'

const COMMANDS = Number(process.env['BELAY_COMMANDS'] ?? 5_000)
const SEQUENCE = 40

const PLAN = planOf([{ id: 'src' }, { id: 'work', from: ['src'] }, { id: 'out', from: ['work'] }])
const BODIES: readonly RunCommandBody[] = [
  { type: 'pause' },
  { type: 'resume' },
  { type: 'take-checkpoint', pin: false },
  { type: 'kill-operator', operator: 'work', hold: false },
]

type Fault = 'none' | 'dies-before' | 'dies-after'

type Step =
  | { readonly kind: 'send'; readonly id: number; readonly body: RunCommandBody; readonly times: number; readonly fault: Fault }
  | { readonly kind: 'server-restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      id: fc.nat(12),
      body: fc.constantFrom(...BODIES),
      times: fc.integer({ min: 1, max: 5 }),
      fault: fc.oneof({ weight: 4, arbitrary: fc.constant<Fault>('none') }, fc.constantFrom<Fault>('dies-before', 'dies-after')),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'server-restart' }) },
)

/** A run process that can die: all that is left of it then is the journal. */
class Core {
  #script = Script.settled(PLAN)
  fault: Fault = 'none'

  command({ commandId, by: _by, ...body }: RunCommand): CommandAnswer {
    const { fault } = this
    this.fault = 'none'
    if (fault === 'dies-before') throw this.#died()
    const answer = this.#script.command(body as RunCommandBody, commandId)
    if (fault === 'dies-after') throw this.#died()
    return answer
  }

  #died(): ServerError {
    this.#script = this.#script.restarted()
    return new ServerError('RUN_UNREACHABLE', 'The process is gone.')
  }

  /** How often each command was written down, which is how often it has happened. */
  effects(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const entry of this.#script.journal.flatMap((one) => (one.type === 'group' ? one.entries : [one])))
      if (entry.type === 'command') counts.set(entry.commandId, (counts.get(entry.commandId) ?? 0) + 1)
    return counts
  }
}

async function service(core: Core, commands: CommandStore): Promise<RunService> {
  const run = new MemoryRun('modelled')
  const handle: RunHandle = {
    runId: run.runId,
    command: async (command) => core.command(command),
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
      const core = new Core()
      const database = openDatabase(':memory:')
      const commands = new CommandStore(database)
      const answers = new Map<string, string>()
      let runs = await service(core, commands)
      for (const one of steps) {
        if (one.kind === 'server-restart') {
          runs.close()
          runs = await service(core, commands)
          continue
        }
        core.fault = one.fault
        const id = `c${one.id}`
        const given = await Promise.allSettled(Array.from({ length: one.times }, () => runs.command('modelled', one.body, id, 'ana')))
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
      for (const [id, count] of core.effects()) {
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
