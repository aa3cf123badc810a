/** Figures of the server itself. */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import type { IsolationLevel } from '@belay/run'
import type { Exposition } from './exposition.ts'

const NANOSECONDS = 1e9
const RESOLUTION_MS = 20
const LEVELS: readonly IsolationLevel[] = ['none', 'process', 'namespace']

export class ServerMetrics {
  readonly #lag: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #version: string
  readonly #viewers: () => number
  readonly #startedAtMs: number
  readonly #isolation: IsolationLevel

  /** `viewers`: open sockets at the moment. */
  constructor(version: string, viewers: () => number, startedAtMs: number, isolation: IsolationLevel) {
    this.#version = version
    this.#isolation = isolation
    this.#viewers = viewers
    this.#startedAtMs = startedAtMs
    this.#lag.enable()
  }

  expose(to: Exposition, nowMs: number): void {
    to.gauge('belay_build_info', 'Always 1; the labels tell the version.', { version: this.#version, node: process.version }, 1)
    to.gauge('belay_isolation_level', 'Of the runs that it starts: 0 none, 1 process, 2 namespace.', {}, LEVELS.indexOf(this.#isolation))
    to.gauge('belay_server_uptime_seconds', 'Time since the server started.', {}, (nowMs - this.#startedAtMs) / 1000)
    to.gauge('belay_server_resident_bytes', 'Resident set of the server.', {}, process.memoryUsage.rss())
    to.gauge('belay_socket_clients', 'Pages and programs that watch live.', {}, this.#viewers())
    // What is measured is the time between two looks, which are the resolution apart when nothing is in the way.
    const lagSeconds = Math.max(0, this.#lag.max / NANOSECONDS - RESOLUTION_MS / 1000)
    to.gauge('belay_event_loop_lag_seconds', 'Longest the server kept somebody waiting since the last scrape.', {}, lagSeconds)
    this.#lag.reset()
  }

  close(): void {
    this.#lag.disable()
  }
}
