// Deals blows to one run until it has finished, with faults drawn from a seed.
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pick } from '../proof/random.mjs'
import { DescriptorWatch } from './descriptors.mjs'
import { failCalls } from './tracing.mjs'

const RUN_LIMIT_MS = 240_000
/** Each look costs the server two calls, on the cores that what was killed needs to come back. */
const POLL_MS = 10
const ENDED = new Set(['finished', 'failed', 'stopped', 'needs-decision'])

/**
 * @typedef {object} Torment
 * @property {import('../proof/belayServer.mjs').BelayServer} server
 * @property {import('./scenarios.mjs').Scenario} scenario
 * @property {() => number} random
 * @property {number} seed
 * @property {readonly string[]} wantedKinds of the faults below
 * @property {boolean} traced calls of a process can be made to fail
 * @property {number} suspendMs how long a process is suspended by `process-suspended-long`
 * @property {number} untilMs moment (`performance.now()`) from which on no more blows are dealt
 * @property {boolean} smallDisk the home lies on a small file system of its own, which may be filled
 */

/** How often each fault is drawn; 0 = only where it is asked for, and then as the others. @type {Readonly<Record<string, number>>} */
const WEIGHTS = {
  container: 6,
  'container-during-checkpoint': 4,
  'container-during-recovery': 4,
  process: 4,
  'process-during-recovery': 2,
  'process-again-at-once': 2,
  'process-and-server': 1,
  'process-suspended': 1,
  'process-suspended-long': 0,
  'sync-fails': 0,
  'no-space': 0,
  server: 2,
  'hold-and-restore': 2,
  'full-disk': 2,
}

export const KINDS = Object.keys(WEIGHTS)
/** They need strace. */
export const TRACED = ['sync-fails', 'no-space']

export class Tormentor {
  #commands = 0
  /** By run: the newest event that was seen. @type {Map<string, number>} */
  #newest = new Map()
  /** Milliseconds from a process's death to everything running again. @type {number[]} */
  recoveriesMs = []
  /** By strace. */
  callsFailed = 0
  /** @type {Record<string, number>} */
  byKind = {}
  /** Of the processes of all runs. */
  descriptors = new DescriptorWatch()

  /** @param {Torment} torment */
  constructor(torment) {
    this.torment = torment
    this.kinds = Object.entries(WEIGHTS)
      .filter(([kind]) => torment.wantedKinds.includes(kind) && (kind !== 'full-disk' || torment.smallDisk))
      .filter(([kind]) => torment.traced || !TRACED.includes(kind))
      .flatMap(([kind, weight]) =>
        Array.from({ length: torment.wantedKinds.length < KINDS.length ? Math.max(1, weight) : weight }, () => kind),
      )
  }

  #commandId() {
    this.#commands += 1
    return `chaos-${this.torment.seed}-${this.#commands}`
  }

  /** @param {string} output @param {number} speed @returns {Promise<string>} the run's id */
  async start(output, speed) {
    const { server, scenario } = this.torment
    const { status, body } = await server.call('POST', '/runs', {
      pipelineId: scenario.pipelineId,
      parameters: scenario.parameters(speed, output),
      commandId: this.#commandId(),
    })
    if (status !== 201) throw new Error(`the run did not start: ${JSON.stringify(body)}`)
    return body.runId
  }

  /** @param {string} runId */
  async state(runId) {
    return (await this.torment.server.call('GET', `/runs/${runId}`)).body
  }

  /** @param {string} runId */
  async hasEnded(runId) {
    return ENDED.has((await this.state(runId)).state)
  }

  /** @param {string} runId @param {number} after a sequence number @returns {Promise<any[]>} */
  async events(runId, after) {
    const { status, body } = await this.torment.server.call('GET', `/runs/${runId}/events?after=${after}&limit=10000`)
    return status === 200 ? body : []
  }

  /** @param {string} runId */
  async newestSeq(runId) {
    const known = this.#newest.get(runId) ?? 0
    const newest = (await this.events(runId, known)).at(-1)?.seq ?? known
    this.#newest.set(runId, newest)
    return newest
  }

  /** Waits for such an event; null = it has not come, or the run has ended. @param {string} runId @param {number} after @param {(event: any) => boolean} wanted @param {number} limitMs */
  async awaitEvent(runId, after, wanted, limitMs) {
    const until = performance.now() + limitMs
    while (performance.now() < until) {
      const found = (await this.events(runId, after)).find(wanted)
      if (found !== undefined) return found
      if (await this.hasEnded(runId)) return null
      await delay(POLL_MS)
    }
    return null
  }

  /** Until `dealt` may not grow any more, then until the run has finished. @param {string} runId @param {number} most @param {(dealt: number) => void} told after each blow @returns {Promise<number>} blows dealt */
  async torture(runId, most, told) {
    const { random } = this.torment
    let dealt = 0
    const startedAt = performance.now()
    for (;;) {
      await delay(30 + random() * 400)
      const { state, reason } = await this.state(runId)
      if (ENDED.has(state)) {
        if (state !== 'finished') throw new Error(`run ${runId} is ${state}: ${reason}`)
        return dealt
      }
      if (performance.now() - startedAt > RUN_LIMIT_MS)
        throw new Error(`run ${runId} has not finished in ${RUN_LIMIT_MS / 1000} s; it is ${state}: ${reason}`)
      const pid = this.torment.server.processOf(runId)
      if (state === 'running' && pid !== null) this.descriptors.look(pid)
      if (dealt >= most || performance.now() > this.torment.untilMs) continue
      // Half of the blows wait for a commit: without any progress the supervisor's pauses grow to half a minute.
      if (random() < 0.5) {
        const seen = await this.newestSeq(runId)
        if ((await this.awaitEvent(runId, seen, (event) => event.type === 'committed', 20_000)) === null) continue
        await delay(random() * 200)
      }
      const kind = pick(random, this.kinds)
      if (!(await this.#deal(runId, kind))) continue
      dealt += 1
      this.byKind[kind] = (this.byKind[kind] ?? 0) + 1
      told(dealt)
    }
  }

  /** @param {string} runId @param {string} kind @returns {Promise<boolean>} whether it hit */
  async #deal(runId, kind) {
    const { random, server } = this.torment
    switch (kind) {
      case 'container':
        return this.#killAny(runId, false)
      case 'container-during-checkpoint': {
        const seen = await this.newestSeq(runId)
        const started = await this.awaitEvent(runId, seen, (event) => event.type === 'checkpoint-started', 3000)
        return started !== null && this.#killAny(runId, false)
      }
      case 'container-during-recovery': {
        if (!(await this.#killAny(runId, false))) return false
        await delay(random() * 40)
        for (let attempt = 0; attempt < 5; attempt += 1) if (await this.#killAny(runId, false)) break
        return true
      }
      case 'process':
        return this.#killProcess(runId)
      case 'process-during-recovery':
        if (!(await this.#killAny(runId, false))) return false
        await delay(random() * 30)
        return this.#killProcess(runId)
      case 'process-again-at-once':
        return this.#killProcessAgain(runId)
      case 'process-and-server': {
        const pid = server.processOf(runId)
        if (pid === null || !signalled(pid)) return false
        await server.kill()
        await delay(random() * 200)
        await server.start()
        return true
      }
      case 'process-suspended-long':
        return this.#suspendForLong(runId)
      // A checkpoint, a journal entry or a staged row that the disk has refused is not there.
      case 'sync-fails':
        return this.#failCalls(runId, 'fsync,fdatasync', 'EIO')
      case 'no-space':
        return this.#failCalls(runId, pick(random, ['fsync,fdatasync', 'rename,renameat,renameat2,link,linkat']), 'ENOSPC')
      case 'process-suspended':
        return this.#suspendProcess(runId)
      case 'server':
        await server.kill()
        await delay(random() * 200)
        await server.start()
        return true
      case 'hold-and-restore':
        return this.#holdAndRestore(runId)
      case 'full-disk':
        await this.#fillDisk()
        return true
      default:
        throw new Error(`no fault ${kind}`)
    }
  }

  /** @param {string} runId @param {boolean} hold @param {string} [operator] */
  async #killAny(runId, hold, operator = pick(this.torment.random, this.torment.scenario.operators)) {
    const { status } = await this.torment.server.call('POST', `/runs/${runId}/operators/${operator}/kill`, {
      commandId: this.#commandId(),
      hold,
    })
    return status === 202
  }

  /** @param {string} runId */
  async #killProcess(runId) {
    const pid = this.torment.server.processOf(runId)
    if (pid === null) return false
    const seen = await this.newestSeq(runId)
    const at = Date.now()
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      return false
    }
    const back = await this.awaitEvent(runId, seen, (event) => event.type === 'recovered' && event.atMs >= at, 20_000)
    if (back !== null) this.recoveriesMs.push(back.atMs - at)
    return true
  }

  /** A process that stands still for a while and then wakes as if nothing had been. @param {string} runId */
  async #suspendProcess(runId) {
    const { server, random } = this.torment
    const pid = server.processOf(runId)
    if (pid === null) return false
    try {
      process.kill(pid, 'SIGSTOP')
      await delay(500 + random() * 2000)
      process.kill(pid, 'SIGCONT')
    } catch {
      return false
    }
    return true
  }

  /** The second kill comes as soon as the successor has told of the first, so while it recovers. @param {string} runId */
  async #killProcessAgain(runId) {
    const { server, random } = this.torment
    const pid = server.processOf(runId)
    const seen = await this.newestSeq(runId)
    if (pid === null || !signalled(pid)) return false
    const told = await this.awaitEvent(runId, seen, (event) => event.type === 'failure' && event.process !== undefined, 20_000)
    const successor = server.processOf(runId)
    if (told !== null && successor !== null && successor !== pid) {
      await delay(random() * 60)
      signalled(successor)
    }
    return true
  }

  /** Longer than everybody waits for it; half of the times a new server finds it so, and it wakes when another is at work. @param {string} runId */
  async #suspendForLong(runId) {
    const { server, random, suspendMs } = this.torment
    const pid = server.processOf(runId)
    if (pid === null) return false
    if (!signalled(pid, 'SIGSTOP')) return false
    if (random() < 0.5) {
      await server.kill()
      await server.start()
    }
    await delay(suspendMs)
    // By then it may have been ended, and another has the run.
    signalled(pid, 'SIGCONT')
    return true
  }

  /** @param {string} runId @param {string} calls @param {'EIO' | 'ENOSPC'} error */
  async #failCalls(runId, calls, error) {
    const pid = this.torment.server.processOf(runId)
    if (pid === null) return false
    // Not as long as three tries in a row, after which a run has failed by right.
    const failed = await failCalls(pid, calls, error, 100 + this.torment.random() * 300)
    this.callsFailed += failed
    return failed > 0
  }

  /** @param {string} runId */
  async #holdAndRestore(runId) {
    const { server, random, scenario } = this.torment
    const operator = pick(random, scenario.operators)
    if (!(await this.#killAny(runId, true, operator))) return false
    await delay(random() * 300)
    for (let attempt = 0; attempt < 500; attempt += 1) {
      const answer = await server.call('POST', `/runs/${runId}/operators/${operator}/restore`, { commandId: this.#commandId() })
      if (answer.status === 202 || (await this.hasEnded(runId))) return true
      await delay(20)
    }
    throw new Error(`${operator} of ${runId} could not be restored`)
  }

  async #fillDisk() {
    const filler = join(this.torment.server.home, 'filler')
    const block = Buffer.alloc(65_536)
    try {
      for (;;) appendFileSync(filler, block)
    } catch {
      // Full.
    }
    await delay(500 + this.torment.random() * 2500)
    rmSync(filler, { force: true })
  }
}

/** @param {number} pid @param {NodeJS.Signals} [signal] @returns {boolean} whether it was there */
function signalled(pid, signal = 'SIGKILL') {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}
