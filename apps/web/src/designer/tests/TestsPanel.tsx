/** The tests of the pipeline: list, run, what came of them, and their rows to write. Loaded when first opened. */
import { useState } from 'react'
import { manifests } from '@belay/operators/manifests'
import { drawn, useDesigner } from '../designerStore.ts'
import { useGhosts } from '../ghost/ghostStore.ts'
import { DsIcon } from '../parts/icons.tsx'
import '../../theme/tests.css'
import { OutcomeMark, standingOf } from './OutcomeMark.tsx'
import { addTest, emptyTest, testFromExamples, testsOf } from './testEdits.ts'
import { TestEditor } from './TestEditor.tsx'
import { runTests, useTests, type Outcome } from './testStore.ts'
import { t } from '../../language/t.ts'

const NO_OUTCOMES: Readonly<Record<string, Outcome>> = {}

export default function TestsPanel() {
  const document = useDesigner((state) => state.history.present)
  const ghosts = useGhosts((state) => state.ghosts)
  const outcomes = useTests((state) => (state.pipeline === document.id ? state.outcomes : NO_OUTCOMES))
  const [chosen, setChosen] = useState(0)
  const { edit } = useDesigner.getState()
  const tests = testsOf(document)
  const at = Math.min(chosen, tests.length - 1)
  const examples = testFromExamples(document, manifests, ghosts)
  const add = (test: Parameters<typeof addTest>[1]): void => {
    edit(addTest(drawn(), test))
    setChosen(tests.length)
  }
  const fromExamples = (): void => {
    if (!examples.ok) return
    add(examples.test)
    void runTests([examples.test.name])
  }
  const running = tests.some(({ name }) => outcomes[name]?.kind === 'running')
  const test = tests.at(at)
  return (
    <div className="ds-tests">
      <div className="ds-tests-list">
        <div className="ds-tests-tools">
          <button
            type="button"
            className="rn-btn rn-sm"
            disabled={running || tests.length === 0}
            onClick={() => void runTests(tests.map(({ name }) => name))}
          >
            <DsIcon name="play" size={12} />
            {running ? t('Running') : t('Run all')}
          </button>
          <button
            type="button"
            className="rn-btn rn-sm"
            disabled={!examples.ok}
            title={examples.ok ? t('Takes the example rows of the sources as input, and runs them') : examples.reason}
            onClick={fromExamples}
          >
            <DsIcon name="plus" size={12} />
            {t('From the example rows')}
          </button>
          <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => add(emptyTest(document, manifests))}>
            <DsIcon name="plus" size={12} />
            {t('Empty test')}
          </button>
        </div>
        {tests.length === 0 ? (
          <p className="rn-empty">
            {t(
              'There is no test yet. One says what comes out for rows that you give, kills included; it runs on the real engine and writes nothing.',
            )}
            {examples.ok ? '' : ` ${examples.reason}`}
          </p>
        ) : (
          <ul aria-label={t('Tests')}>
            {tests.map((one, i) => (
              <li key={one.name}>
                <button type="button" className="ds-test-item" aria-current={i === at} onClick={() => setChosen(i)}>
                  <OutcomeMark {...standingOf(outcomes[one.name], document, one)} />
                  <span className="rn-ell">{one.name}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      {test === undefined ? null : (
        <TestEditor key={at} at={at} test={test} outcome={outcomes[test.name]} old={standingOf(outcomes[test.name], document, test).old} />
      )}
    </div>
  )
}
