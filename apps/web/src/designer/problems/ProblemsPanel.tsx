/** Everything that is wrong, at once: place, meaning, and the ways to fix it (ui.md §7, Error). */
import type { Problem } from '@belay/pipeline'
import { nameOf } from '../check.ts'
import { useDesigner } from '../designerStore.ts'
import { Marked } from '../parts/Marked.tsx'
import { DsIcon } from '../parts/icons.tsx'
import { applyProblemFix } from './applyProblemFix.ts'
import { t } from '../../language/t.ts'

const ORDER: Readonly<Record<Problem['severity'], number>> = { error: 0, warning: 1, info: 2 }

/** Local problems and those only the server sees, errors first. */
export function useAllProblems(): readonly Problem[] {
  const local = useDesigner((state) => state.checked.problems)
  const remote = useDesigner((state) => state.serverProblems)
  return [...local, ...remote].sort((a, b) => ORDER[a.severity] - ORDER[b.severity])
}

export function ProblemsPanel() {
  const problems = useAllProblems()
  if (problems.length === 0) return <p className="rn-empty">{t('Nothing is wrong with this pipeline. It can run.')}</p>
  return (
    <ul className="ds-problems">
      {problems.map((problem, i) => (
        <ProblemRow key={`${problem.code} ${problem.place.operator ?? ''} ${i}`} problem={problem} />
      ))}
    </ul>
  )
}

function ProblemRow({ problem }: { readonly problem: Problem }) {
  const { place, severity, message, fixes } = problem
  return (
    <li className="ds-problem" data-severity={severity} data-code={problem.code}>
      <span className={`ds-severity ds-severity-${severity}`}>
        <DsIcon name={severity} />
        <span className="rn-hidden">{t(severity)}</span>
      </span>
      <Place problem={problem} />
      <span className="ds-problem-text" title={message}>
        <Marked text={message} />
      </span>
      <span className="ds-problem-fixes">
        {fixes.map((fix, i) => (
          <button
            key={fix.label}
            type="button"
            className={i === 0 ? 'rn-btn rn-sm' : 'rn-btn rn-sm rn-quiet'}
            onClick={() => void applyProblemFix(fix)}
          >
            {fix.label}
          </button>
        ))}
        {place.operator !== undefined && place.configPath !== undefined ? (
          <button
            type="button"
            className={fixes.length === 0 ? 'rn-btn rn-sm' : 'rn-btn rn-sm rn-quiet'}
            onClick={() => useDesigner.getState().showField(place.operator ?? '', place.configPath, place.range)}
          >
            {t('Show')}
          </button>
        ) : null}
      </span>
    </li>
  )
}

/** Leads to the operator, its field, the stream, or the pipeline's own settings. */
function Place({ problem: { place } }: { readonly problem: Problem }) {
  const operators = useDesigner((state) => state.checked.operators)
  const streams = useDesigner((state) => state.history.present.streams)
  const { showField, selectOperators, select } = useDesigner.getState()
  const stream = streams.find((candidate) => candidate.id === place.stream)
  const [text, go] =
    place.operator !== undefined
      ? [
          nameOf(operators.get(place.operator), place.operator),
          () =>
            place.configPath === undefined
              ? selectOperators([place.operator ?? ''])
              : showField(place.operator ?? '', place.configPath, place.range),
        ]
      : stream !== undefined && stream.to.length > 0
        ? [t('stream {id}', { id: stream.id }), () => select({ kind: 'stream', stream: stream.id, to: stream.to[0] })]
        : [place.parameter ?? t('pipeline'), () => select({ kind: 'nothing' })]
  return (
    <button type="button" className="ds-oplink rn-ell" title={text} onClick={go}>
      {text}
    </button>
  )
}
