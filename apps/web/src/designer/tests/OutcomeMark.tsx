/** How a test stands, as a mark and a word. */
import type { PipelineDocument, PipelineTest } from '@belay/pipeline'
import { sameMeaning } from '../check.ts'
import type { Outcome } from './testStore.ts'
import { t } from '../../language/t.ts'

export interface Standing {
  readonly word: 'not run' | 'running' | 'passed' | 'failed' | 'invalid'
  /** The pipeline or the test has changed since. */
  readonly old: boolean
}

const MARKS: Readonly<Record<Standing['word'], string>> = { 'not run': '·', running: '…', passed: '✓', failed: '✗', invalid: '!' }

export function standingOf(outcome: Outcome | undefined, document: PipelineDocument, test: PipelineTest): Standing {
  if (outcome === undefined) return { word: 'not run', old: false }
  if (outcome.kind === 'running') return { word: 'running', old: false }
  const old = !sameMeaning(outcome.of, document) || outcome.of.tests?.includes(test) !== true
  return { word: outcome.kind === 'refused' ? 'invalid' : outcome.result.outcome, old }
}

export function OutcomeMark({ word, old }: Standing) {
  return (
    <span className="ds-test-mark" data-outcome={word} data-old={old ? '' : undefined}>
      <span aria-hidden="true">{MARKS[word]}</span>
      <span className="rn-hidden">{old ? t('{word}, before the last change', { word: t(word) }) : t(word)}</span>
    </span>
  )
}
