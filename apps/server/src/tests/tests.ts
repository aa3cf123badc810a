/** Runs tests of pipelines, a few at a time; for the server and the command line alike. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS_PORT, type ManifestCatalogue, type PipelineDocument, type PipelineTest, type TestRow } from '@belay/pipeline'
import type { Runner } from '@belay/run'
import { checkLaunch } from '../pipelines/preparation.ts'
import type { Roots } from '../storage/roots.ts'
import { comparePort } from './compare.ts'
import { ServerError } from '../http/problems.ts'
import type { Row, TestResult } from './result.ts'
import { columnsFound, scriptSample, type ScriptColumns } from './scriptColumns.ts'
import { planTest, TEST_ROOT } from './testPlan.ts'
import { runPlan, whyStopped } from './testRun.ts'

/** Each is a process with some threads. */
const AT_ONCE = 2

export interface TestsOptions {
  /** Gives operators placeholders for secrets (`testSecrets`): a test is no reason to send one anywhere. */
  readonly runner: Runner
  /** The folder of that runner, which belongs to tests alone. */
  readonly home: string
  readonly manifests: ManifestCatalogue
}

/** What operators of a test get in place of secrets. */
export function testSecrets(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `test-secret-${name}`]))
}

export class Tests {
  readonly #options: TestsOptions
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: TestsOptions) {
    this.#options = options
  }

  /** Ends and removes what a process before this one left on the way. */
  async clear(): Promise<void> {
    const { runner, home } = this.#options
    for (const { runId, endedAtMs } of await runner.list()) {
      if (endedAtMs === null) await runner.end(runId, 'stopped', 'the test was left')
      await runner.delete(runId)
    }
    if (existsSync(home)) rmSync(join(home, 'rows'), { recursive: true, force: true })
  }

  /** Never throws for what is wrong with the pipeline or the test: that is the result. */
  async run(document: PipelineDocument, test: PipelineTest, roots: Roots, signal: AbortSignal): Promise<TestResult> {
    await this.#slot()
    const startedAt = performance.now()
    const told = (outcome: TestResult['outcome'], message: string | null, ports: TestResult['ports'] = []): TestResult => ({
      name: test.name,
      outcome,
      message,
      wallMs: Math.round(performance.now() - startedAt),
      ports,
    })
    try {
      const planned = planTest(document, test, this.#options.manifests)
      if (!planned.ok) return told('invalid', planned.message)
      const { plan } = planned
      try {
        await checkLaunch(plan.document, {}, { ...roots, [TEST_ROOT]: { path: this.#options.home, writable: true } }, () => true)
      } catch (error) {
        const why = whyStopped(error)
        if (why === null) throw error
        return told('invalid', why)
      }
      const rows = await runPlan(plan, { ...this.#options, roots, signal })
      const ports = plan.captures.map((capture) => comparePort(capture.port, capture.schema, capture.expected, rows.get(capture) ?? []))
      if (ports.every(({ expected }) => expected === null))
        return told('failed', 'The test expects nothing yet. Write down what should come, or take what came.', ports)
      const wrong = ports.some(({ changed, missing, unexpected }) => changed.length + missing.length + unexpected.length > 0)
      return told(wrong ? 'failed' : 'passed', null, ports)
    } catch (error) {
      const why = whyStopped(error)
      if (why === null) throw error
      return told('failed', why)
    } finally {
      this.#release()
    }
  }

  /** Columns that a Script gives for sample rows. Throws what `scriptSample` throws, and TEST_STOPPED. */
  async scriptColumns(
    document: PipelineDocument,
    operator: string,
    rows: readonly TestRow[] | null,
    roots: Roots,
    signal: AbortSignal,
  ): Promise<ScriptColumns> {
    const sample = scriptSample(document, operator, rows, this.#options.manifests)
    await this.#slot()
    try {
      const planned = planTest(sample.document, sample.test, this.#options.manifests)
      if (!planned.ok) throw new ServerError('TEST_STOPPED', planned.message)
      await checkLaunch(planned.plan.document, {}, { ...roots, [TEST_ROOT]: { path: this.#options.home, writable: true } }, () => true)
      const found = await runPlan(planned.plan, { ...this.#options, roots, signal })
      const at = (port: string): readonly Row[] => [...found].find(([capture]) => capture.port === port)?.[1] ?? []
      return columnsFound(at(operator), at(`${operator}.${ERRORS_PORT}`), sample.input)
    } finally {
      this.#release()
    }
  }

  async #slot(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1
      return
    }
    // Who releases passes the slot on.
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}
