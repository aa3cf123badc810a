/** Below the canvas: problems, and other readings of the same document. The heavier ones are loaded when opened. */
import { lazy, Suspense, useEffect, useState, type PointerEvent } from 'react'
import { useDesigner } from './designerStore.ts'
import { DsIcon } from './parts/icons.tsx'
import { ProblemsPanel, useAllProblems } from './problems/ProblemsPanel.tsx'
import { useText } from './text/textStore.ts'
import { t } from '../language/t.ts'

const TextPanel = lazy(() => import('./text/TextPanel.tsx'))
const SqlPanel = lazy(() => import('./sql/SqlPanel.tsx'))
const TestsPanel = lazy(() => import('./tests/TestsPanel.tsx'))

type Tab = 'problems' | 'tests' | 'text' | 'sql'

const TABS: readonly { readonly tab: Tab; readonly title: string }[] = [
  { tab: 'problems', title: t('Problems') },
  { tab: 'tests', title: t('Tests') },
  { tab: 'text', title: t('Text') },
  { tab: 'sql', title: 'SQL' },
]

const HEIGHT_KEY = 'belay-designer-bottom'
const HEIGHT = { least: 96, first: 184, most: 640 }

function storedHeight(): number {
  try {
    const height = Number(localStorage.getItem(HEIGHT_KEY))
    return height >= HEIGHT.least && height <= HEIGHT.most ? height : HEIGHT.first
  } catch {
    return HEIGHT.first
  }
}

export function BottomPanel() {
  const [tab, setTab] = useState<Tab>('problems')
  const [open, setOpen] = useState(true)
  const [height, setHeight] = useState(storedHeight)
  const problems = useAllProblems()
  const tests = useDesigner((state) => state.history.present.tests?.length ?? 0)
  const fault = useText((state) => state.fault)
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const others = problems.length - errors

  useEffect(() => {
    try {
      localStorage.setItem(HEIGHT_KEY, String(height))
    } catch {
      // The height is then remembered as long as the page.
    }
  }, [height])

  const resize = (by: number): void => setHeight((current) => Math.min(HEIGHT.most, Math.max(HEIGHT.least, current + by)))
  const onDrag = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) resize(-event.movementY)
  }

  return (
    <section className="ds-bottom" aria-label={t('Readings of the pipeline')} style={open ? { height } : undefined}>
      {open ? (
        <div
          className="ds-resize"
          role="separator"
          aria-orientation="horizontal"
          aria-label={t('Height of the panel')}
          aria-valuemin={HEIGHT.least}
          aria-valuemax={HEIGHT.most}
          aria-valuenow={height}
          tabIndex={0}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={onDrag}
          onKeyDown={(event) => {
            if (event.key === 'ArrowUp') resize(16)
            else if (event.key === 'ArrowDown') resize(-16)
          }}
        />
      ) : null}
      <div className="rn-tabs">
        <div role="tablist" aria-label={t('Readings of the pipeline')} className="rn-contents">
          {TABS.map(({ tab: name, title }) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={tab === name}
              aria-controls="ds-bottom-panel"
              onClick={() => {
                setTab(name)
                setOpen(true)
                if (name !== 'problems' && height < 260) setHeight(320)
              }}
            >
              {title}
              {name === 'problems' && errors > 0 ? <span className="ds-tabcount ds-tabcount-bad">{errors}</span> : null}
              {name === 'problems' && others > 0 ? <span className="ds-tabcount">{others}</span> : null}
              {name === 'tests' && tests > 0 ? <span className="ds-tabcount">{tests}</span> : null}
              {name === 'text' && fault !== null ? <span className="ds-tabcount ds-tabcount-bad">!</span> : null}
            </button>
          ))}
        </div>
        <span className="rn-grow" />
        <button
          type="button"
          aria-label={open ? t('Fold the panel') : t('Open the panel')}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <DsIcon name={open ? 'down' : 'up'} size={12} />
        </button>
      </div>
      {open ? (
        <div
          className="rn-tab-panel"
          role="tabpanel"
          id="ds-bottom-panel"
          aria-label={TABS.find((entry) => entry.tab === tab)?.title}
          tabIndex={tab === 'problems' || tab === 'tests' ? 0 : -1}
        >
          <Suspense fallback={<p className="rn-empty">{t('Loading the editor.')}</p>}>
            {tab === 'problems' ? <ProblemsPanel /> : tab === 'tests' ? <TestsPanel /> : tab === 'text' ? <TextPanel /> : <SqlPanel />}
          </Suspense>
        </div>
      ) : null}
    </section>
  )
}
