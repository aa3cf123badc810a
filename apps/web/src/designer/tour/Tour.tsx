/** The card of the tour over the canvas: no dialog, so that one can do what it says. */
import { useEffect, useRef } from 'react'
import '../../theme/tour.css'
import { useDesigner } from '../designerStore.ts'
import { stepAfter, TOUR, type Seen } from './steps.ts'
import { useTour } from './tourStore.ts'
import { t } from '../../language/t.ts'

export default function Tour({ commandsOpen }: { readonly commandsOpen: boolean }) {
  const step = useTour((state) => state.step)
  const { start, goTo, end } = useTour.getState()
  const selection = useDesigner((state) => state.selection)
  const operators = useDesigner((state) => state.history.present.operators.length)
  const before = useRef<{ readonly step: number | null; readonly seen: Seen } | null>(null)
  const shown = step === null ? undefined : TOUR[step]
  useEffect(() => {
    const now: Seen = { selection, operators, commandsOpen }
    if (before.current?.step !== step) before.current = { step, seen: now }
    if (step === null || step < 0) return
    const next = stepAfter(step, now, before.current.seen)
    if (next !== step) goTo(next)
  }, [step, selection, operators, commandsOpen, goTo])
  useEffect(() => {
    const at = shown?.at
    if (at === undefined) return
    document.body.dataset['tour'] = at
    return () => {
      delete document.body.dataset['tour']
    }
  }, [shown])
  if (step === null) return null
  return (
    <section
      className="ds-tour"
      aria-label={t('Tour')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        end()
      }}
    >
      <div role="status">
        <b>{shown?.title ?? t('New here?')}</b>
        <p>{shown?.text ?? t('A few short steps show how this pipeline is drawn and run. You do them yourself.')}</p>
      </div>
      <div className="ds-tour-foot">
        <span className="ds-micro rn-grow">
          {shown === undefined ? '' : t('{step} of {steps}', { step: step + 1, steps: TOUR.length })}
        </span>
        <button type="button" className="rn-btn rn-sm rn-quiet" onClick={end}>
          {shown === undefined ? t('No, thanks') : step === TOUR.length - 1 ? t('Done') : t('End the tour')}
        </button>
        {shown === undefined ? (
          <button type="button" className="rn-btn rn-sm rn-primary" onClick={start}>
            {t('Show me')}
          </button>
        ) : step === TOUR.length - 1 ? null : (
          <button type="button" className="rn-btn rn-sm" onClick={() => goTo(step + 1)}>
            {t('Next')}
          </button>
        )}
      </div>
    </section>
  )
}
