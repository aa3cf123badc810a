/** Results of the tests of the open pipeline, by name. Each belongs to the document it was run with. */
import { create } from 'zustand'
import type { PipelineDocument } from '@belay/pipeline'
import { ApiError, post } from '../../api/client.ts'
import { said } from '../../language/t.ts'
import { drawn } from '../designerStore.ts'

type Row = Readonly<Record<string, unknown>>

export interface PortResult {
  readonly port: string
  readonly expected: number | null
  readonly got: number
  readonly matched: number
  readonly changed: readonly { readonly expected: Row; readonly got: Row; readonly columns: readonly string[] }[]
  readonly missing: readonly Row[]
  readonly unexpected: readonly Row[]
  readonly rows: readonly Row[]
}

export interface TestResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'invalid'
  readonly message: string | null
  readonly wallMs: number
  readonly ports: readonly PortResult[]
}

export type Outcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly result: TestResult; readonly of: PipelineDocument }
  /** The server did not run it. */
  | { readonly kind: 'refused'; readonly message: string; readonly of: PipelineDocument }

interface TestState {
  /** Of the pipeline with this id. */
  readonly pipeline: string
  readonly outcomes: Readonly<Record<string, Outcome>>
}

export const useTests = create<TestState>()(() => ({ pipeline: '', outcomes: {} }))

function put(pipeline: string, name: string, outcome: Outcome): void {
  useTests.setState((state) => ({ pipeline, outcomes: { ...(state.pipeline === pipeline ? state.outcomes : {}), [name]: outcome } }))
}

/** Runs them one after the other, as drawn now. */
export async function runTests(names: readonly string[]): Promise<void> {
  const document = drawn()
  for (const name of names) put(document.id, name, { kind: 'running' })
  for (const name of names) {
    try {
      const result = await post<TestResult>('/tests', { document, test: name })
      put(document.id, name, {
        kind: 'done',
        result: { ...result, message: result.message === null ? null : said(result.message) },
        of: document,
      })
    } catch (error) {
      put(document.id, name, { kind: 'refused', message: error instanceof ApiError ? error.message : String(error), of: document })
    }
  }
}

/** A test that got another name keeps its result. */
export function renameOutcome(from: string, to: string): void {
  useTests.setState(({ pipeline, outcomes }) => {
    const { [from]: outcome, ...rest } = outcomes
    return { pipeline, outcomes: outcome === undefined ? rest : { ...rest, [to]: outcome } }
  })
}
