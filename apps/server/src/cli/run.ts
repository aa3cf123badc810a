/**
 * `belay run`: a pipeline without the server, supervised until it has ended.
 *
 * First Ctrl-C stops gracefully: what has been read is committed. The second leaves at once: the
 * run process is killed, which loses nothing, and `--resume` goes on from the last checkpoint.
 */
import { randomUUID } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import type { RunHandle, RunRecord, Runner, RunSnapshot } from '@belay/run'
import { problemOf, ServerError } from '../http/problems.ts'
import { checkLaunch, parsedDocument } from '../pipelines/preparation.ts'
import { loadOperators } from '../operators/ownOperators.ts'
import { newRunId } from '../runs/runService.ts'
import { Supervision } from '../runs/supervision.ts'
import { openHome, type Home } from '../storage/home.ts'
import { standardRoots } from '../storage/roots.ts'
import { ADDRESS_OPTION, addressesOf } from './addresses.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, OPERATORS_OPTION, type Command } from './command.ts'
import { readDocumentFile } from './programFile.ts'
import { EXIT } from './exitCodes.ts'
import { givenSecrets, SECRET_OPTION, type GivenSecrets } from './givenSecrets.ts'
import { ISOLATION_OPTION, isolationOf } from './isolation.ts'
import { plainRunWithColumns } from './plainPaths.ts'
import { progressOn, type Progress } from './progress.ts'
import { runnerOf } from './runnerOf.ts'

const BY = 'command line'
/** Files that people are told of; programs get all. */
const BAD_ROWS_TOLD = 5
const OUTPUTS_TOLD = 5

export const runCommand: Command = defineCommand({
  name: 'run',
  summary: 'run a pipeline without the server, until it has finished and committed',
  usage: 'run FILE [--set name=value]… [--json] | run --resume RUNID',
  examples: [
    'belay run examples/flights.json --set speed=0 --set output=./out',
    'belay run program.ts --set speed=0',
    'belay run examples/flights.json --set speed=0 --json | jq .rowsOut',
    'belay run orders.json --secret shop-token=@token.txt',
    'belay run --resume flights-261124-1200-ab12',
  ],
  options: {
    set: {
      type: 'string',
      multiple: true,
      value: 'name=value',
      help: "a value for one of the pipeline's parameters; files may be plain paths",
    },
    ...JSON_OPTION,
    ...HOME_OPTION,
    ...OPERATORS_OPTION,
    ...ADDRESS_OPTION,
    ...SECRET_OPTION,
    ...ISOLATION_OPTION,
    resume: { type: 'string', value: 'RUNID', help: 'go on with a run that was left, or that failed' },
    quiet: { type: 'boolean', help: 'no progress on stderr' },
  },
  async run(values, [file, ...rest]) {
    if ((file === undefined) === (values.resume === undefined) || rest.length > 0) {
      process.stderr.write('belay run takes one file, or --resume RUNID: belay run pipeline.json [--set name=value]…\n')
      return EXIT.invalid
    }
    const home = openHome(values.home)
    const own = values.operators === undefined ? [] : await loadOperators(values.operators)
    const secrets = givenSecrets(values.secret ?? [], home)
    const runner = runnerOf(home, own, (names) => secrets.values(names), isolationOf(values.isolation).level)
    const progress = progressOn(process.stderr, values.quiet === true)
    const session = new RunSession(home, runner, progress)
    const record =
      values.resume === undefined
        ? await start(session, home, file, values.set ?? [], await addressesOf(values['allow-address']), secrets)
        : await session.supervise(values.resume, () => runner.resume(values.resume ?? ''))
    return conclude(runner, record, session, values.json === true)
  },
})

async function start(
  session: RunSession,
  home: Home,
  file: string,
  settings: readonly string[],
  allowedAddresses: readonly string[],
  secrets: GivenSecrets,
): Promise<RunRecord> {
  const { document, parameters, roots } = await plainRunWithColumns(
    parsedDocument(await readDocumentFile(file)),
    settings,
    dirname(resolve(file)),
    standardRoots(home),
    (sentence) => session.say(sentence),
  )
  for (const { message } of await checkLaunch(document, parameters, roots, (name) => secrets.has(name))) session.say(`warning: ${message}`)
  const runId = newRunId(document)
  return session.supervise(runId, () => session.runner.start({ runId, document, parameters, roots, startedBy: BY, allowedAddresses }))
}

class RunSession {
  readonly runner: Runner
  readonly #home: Home
  readonly #progress: Progress
  readonly #startedAt = performance.now()
  #supervision: Supervision | null = null
  #runId = ''
  #interrupts = 0

  constructor(home: Home, runner: Runner, progress: Progress) {
    this.#home = home
    this.runner = runner
    this.#progress = progress
    // A closed terminal or a service manager asks for the same as Ctrl-C.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void this.#interrupt())
  }

  say(sentence: string): void {
    this.#progress.say(sentence)
  }

  get interrupted(): boolean {
    return this.#interrupts > 0
  }

  get wallSeconds(): number {
    return Math.round(performance.now() - this.#startedAt) / 1000
  }

  /** The run as it is when there is nothing more to wait for: ended, or in need of a decision. */
  async supervise(runId: string, begin: () => Promise<RunHandle | RunRecord>): Promise<RunRecord> {
    this.#runId = runId
    const found = await begin()
    if (!('command' in found)) return found
    const record = await this.#untilOver(found)
    this.#progress.end()
    this.#supervision?.close()
    return record
  }

  async #untilOver(handle: RunHandle): Promise<RunRecord> {
    let processes = 0
    await new Promise<void>((over) => {
      const supervision = new Supervision(this.runner, this.#home.path, this.#runId, 'starting', {
        event: (event) => {
          if (event.type === 'notice' && event.level !== 'info') this.#progress.say(`${event.level}: ${event.message}`)
          if (event.type === 'failure')
            this.#progress.say(event.operators.length === 0 ? event.message : `${event.operators.join(', ')} failed: ${event.message}`)
        },
        delta: (delta) => this.#progress.show(delta),
        connected: () => {
          processes += 1
          if (processes > 1) this.#progress.say('The run process died and was started again.')
          if (this.interrupted) this.#stop()
        },
        changed: () => {
          if (supervision.state === 'needs-decision') over()
        },
        ended: () => over(),
      })
      this.#supervision = supervision
      void supervision.connect(handle)
    })
    const record = await this.runner.find(this.#runId)
    if (record === null) throw new ServerError('RUN_UNKNOWN', `The run ${this.#runId} is gone: its folder was removed while it ran.`)
    const reason = this.#supervision?.reason ?? null
    this.#supervision?.close()
    // One that has ended has nothing more to do; one that waits for a decision has nobody to look after it.
    await this.runner.kill(this.#runId, BY)
    if (record.endedAtMs !== null) return record
    return { ...record, state: 'needs-decision', reason }
  }

  async #interrupt(): Promise<void> {
    this.#interrupts += 1
    if (this.#interrupts === 1) {
      this.#progress.say('Stopping after the next checkpoint; once more leaves at once.')
      this.#stop()
      return
    }
    this.#progress.end()
    this.#supervision?.close()
    try {
      if (this.#runId !== '') await this.runner.kill(this.#runId, BY)
    } catch {
      // It had not begun.
    }
    process.stderr.write(`Left. Go on from the last checkpoint with: belay run --resume ${this.#runId}\n`)
    process.exit(EXIT.interrupted)
  }

  #stop(): void {
    this.#supervision?.handle
      ?.command({ type: 'stop', mode: 'stop', commandId: randomUUID(), by: BY })
      .then((answer) => {
        if (answer.type === 'refused' && answer.code !== 'ALREADY_STOPPING' && answer.code !== 'RUN_ENDED')
          this.#progress.say(answer.message)
      })
      // A process that has just died is told when it is back.
      .catch(() => undefined)
  }
}

async function conclude(runner: Runner, record: RunRecord, session: RunSession, json: boolean): Promise<number> {
  const { runId, state } = record
  const final = record.endedAtMs === null ? null : await finalOf(runner, runId)
  const sum = (pick: 'rowsIn' | 'rowsOut', role: string): number =>
    (final?.document.operators ?? [])
      .filter((operator) => manifests[operator.type]?.guarantee.role === role)
      .reduce((total, operator) => total + (final?.figures.operators[operator.id]?.[pick] ?? 0), 0)
  const badRows = (await runner.rowErrors(runId)).groups.map(({ operator, action, count, message }) => ({
    operator,
    action,
    count,
    message,
  }))
  const result = {
    runId,
    state,
    rowsIn: sum('rowsOut', 'source'),
    rowsOut: sum('rowsIn', 'sink'),
    committedWindow: final?.figures.committedWindow ?? 0,
    wallSeconds: session.wallSeconds,
    outputs: final?.outputs ?? [],
  }
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ...result, ...(badRows.length === 0 ? {} : { badRows }), ...(record.reason === null ? {} : { reason: record.reason }) })}\n`,
    )
  else {
    process.stdout.write(
      `${runId} ${state} after ${result.wallSeconds} s: ${result.rowsIn} rows in, ${result.rowsOut} rows out, window ${result.committedWindow} committed\n`,
    )
    if (record.reason !== null) process.stdout.write(`${record.reason}\n`)
    const passedBy = badRows.filter(({ action }) => action !== 'fail')
    for (const { operator, action, count, message } of passedBy.slice(0, BAD_ROWS_TOLD))
      process.stdout.write(
        `${operator}: ${count} bad ${count === 1 ? 'row' : 'rows'} ${action === 'skip' ? 'left out' : 'sent to its errors port'}, the last: ${message}\n`,
      )
    if (passedBy.length > BAD_ROWS_TOLD)
      process.stdout.write(`and ${passedBy.length - BAD_ROWS_TOLD} other kinds of bad rows; --json names them all\n`)
    for (const path of result.outputs.slice(0, OUTPUTS_TOLD)) process.stdout.write(`${path}\n`)
    const more = result.outputs.length - OUTPUTS_TOLD
    if (more > 0) process.stdout.write(`and ${more} more files there; --json names them all\n`)
  }
  switch (state) {
    case 'finished':
      return EXIT.done
    case 'stopped':
      return session.interrupted ? EXIT.interrupted : EXIT.done
    case 'needs-decision':
      process.stderr.write('The run needs a decision. Start the server (belay start) with the same home and open the run in the page.\n')
      return EXIT.decision
    default:
      if (state === 'failed')
        for (const operator of new Set(badRows.filter(({ action }) => action === 'fail').map((group) => group.operator)))
          process.stderr.write(
            `Rows that ${operator} cannot process can be left out: give it "onRowError": "skip", or lead its port errors somewhere.\n`,
          )
      if (state === 'failed') process.stderr.write(`When the cause is gone: belay run --resume ${runId}\n`)
      return EXIT.failed
  }
}

async function finalOf(runner: Runner, runId: string): Promise<RunSnapshot | null> {
  try {
    return await (await runner.open(runId)).snapshot()
  } catch (error) {
    if (problemOf(error).code === 'INTERNAL') throw error
    return null
  }
}
