// A real server for proofs: started by the published launcher, killed with real signals.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
export const LAUNCHER = join(ROOT, 'apps', 'server', 'bin', 'belay.js')
const START_LIMIT_MS = 60_000
/** Longer than the longest pause of the supervisor before it starts a run's process again. */
const CALL_LIMIT_MS = 60_000

export class BelayServer {
  /**
   * @param {string} home absolute path of BELAY_HOME
   * @param {string} [launcher] of an installed package
   * @param {Record<string, string>} [environment] added to this process's
   */
  constructor(home, launcher = LAUNCHER, environment = {}) {
    this.home = home
    this.launcher = launcher
    this.environment = environment
    this.url = ''
    /** @type {import('node:child_process').ChildProcess | null} */
    this.child = null
  }

  /** Starts it on a free port and waits for its address. */
  async start() {
    const child = spawn(process.execPath, [this.launcher, 'start', '--home', this.home, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.environment, BELAY_OPEN: '0' },
    })
    this.child = child
    this.url = await new Promise((resolve, reject) => {
      let text = ''
      const limit = setTimeout(() => reject(new Error(`the server gave no address in ${START_LIMIT_MS} ms: ${text}`)), START_LIMIT_MS)
      child.stdout.on('data', (chunk) => {
        text += chunk
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
        if (found === null) return
        clearTimeout(limit)
        resolve(found[0])
      })
      child.once('exit', (code) => {
        clearTimeout(limit)
        reject(new Error(`the server ended with ${code}: ${text}`))
      })
    })
  }

  /** `kill -9`, until it is gone. */
  async kill() {
    await this.#end('SIGKILL')
  }

  async stop() {
    await this.#end('SIGTERM')
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const { child } = this
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  /**
   * One call of the API; while the server is down or the run's process restarts it is tried again.
   * @param {string} method @param {string} path @param {unknown} [body]
   * @returns {Promise<{status: number, body: any}>}
   */
  async call(method, path, body) {
    const until = performance.now() + CALL_LIMIT_MS
    for (;;) {
      try {
        const response = await fetch(`${this.url}/api${path}`, {
          method,
          headers: body === undefined ? {} : { 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        if (response.status !== 503) return { status: response.status, body: text === '' ? null : JSON.parse(text) }
        if (performance.now() > until) throw new Error(`${method} ${path}: ${text}`)
      } catch (error) {
        if (performance.now() > until) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** The run's process as its folder names it; null = none at the moment. @param {string} runId */
  processOf(runId) {
    try {
      return /** @type {{pid: number}} */ (JSON.parse(readFileSync(join(this.home, 'runs', runId, 'process.json'), 'utf8'))).pid
    } catch {
      return null
    }
  }

  /** Processes that belong to runs of this home and still live. */
  orphans() {
    const runs = join(this.home, 'runs')
    if (!existsSync(runs) || !existsSync('/proc')) return []
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${runs}/`)
      } catch {
        return false
      }
    })
  }
}
