/** The server's HTTP side, as a second witness of what the page shows. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

interface PipelineDocument {
  readonly id: string
  readonly settings: Readonly<Record<string, number>>
  readonly parameters: Readonly<Record<string, { readonly default?: unknown }>>
}

export interface SeenEvent {
  readonly seq: number
  readonly atMs: number
  readonly type: string
  readonly operator?: string
  readonly operators?: readonly string[]
  readonly state?: string
  readonly attempt?: number
  readonly window?: number
  readonly restart?: readonly string[]
  readonly cut?: number
  readonly incident?: string
  readonly lineage?: number
  readonly intervalMs?: number
  readonly durations?: { readonly restoredMs: number | null; readonly caughtUpMs: number }
}

export interface SeenFigures {
  readonly state: string
  readonly committedWindow: number
  readonly targetWindow: number
  readonly lineage: number
  readonly operators: Readonly<Record<string, { readonly state: string; readonly attempt: number; readonly rowsIn: number }>>
}

export class Api {
  readonly #url: string

  constructor(url: string) {
    this.#url = `${url}/api`
  }

  async call<T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }

  /** Opens an example as a pipeline of one's own, with other defaults for its parameters and other settings. */
  async openExample(
    id: string,
    defaults: Readonly<Record<string, string | number>>,
    settings: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    const { document, version } = await this.call<{ document: PipelineDocument; version: number }>('POST', `/examples/${id}/open`)
    const parameters = Object.fromEntries(
      Object.entries(document.parameters).map(([name, parameter]) => [
        name,
        defaults[name] === undefined ? parameter : { ...parameter, default: defaults[name] },
      ]),
    )
    await this.call(
      'PUT',
      `/pipelines/${id}`,
      { document: { ...document, parameters, settings: { ...document.settings, ...settings } } },
      { 'if-match': `"${version}"` },
    )
  }

  async start(pipelineId: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<string> {
    const { runId } = await this.call<{ runId: string }>('POST', '/runs', { pipelineId, parameters, commandId: randomUUID() })
    return runId
  }

  command(runId: string, path: string, body: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.call('POST', `/runs/${runId}${path}`, { commandId: randomUUID(), ...body })
  }

  events(runId: string): Promise<readonly SeenEvent[]> {
    return this.call('GET', `/runs/${runId}/events?limit=10000`)
  }

  async figures(runId: string): Promise<SeenFigures> {
    return (await this.call<{ figures: SeenFigures }>('GET', `/runs/${runId}/snapshot`)).figures
  }

  /** Asks until it is so; what it was asked last is in the error. */
  async until<T>(ask: () => Promise<T>, so: (answer: T) => boolean, what: string, timeoutMs = 30_000): Promise<T> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const answer = await ask().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
      if (!(answer instanceof Error) && so(answer)) return answer
      if (Date.now() > deadline) throw new Error(`not in ${timeoutMs} ms: ${what}; last answer ${JSON.stringify(answer)?.slice(0, 400)}`)
      await sleep(50)
    }
  }

  /** The run has taken several checkpoints, so that its logs hold what a recovery needs. */
  committed(runId: string, window: number): Promise<SeenFigures> {
    return this.until(
      () => this.figures(runId),
      (figures) => figures.committedWindow >= window,
      `window ${window} is committed`,
    )
  }

  /** Ends whatever still runs. */
  async abortAll(): Promise<void> {
    const runs = await this.call<readonly { runId: string; endedAtMs: number | null }[]>('GET', '/runs')
    for (const run of runs.filter((candidate) => candidate.endedAtMs === null))
      await this.command(run.runId, '/stop', { mode: 'abort' }).catch(() => undefined)
  }
}
