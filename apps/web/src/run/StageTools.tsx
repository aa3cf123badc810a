/** What floats above the graph: graph or table, and the key to the ladder's marks. */
import { Icon } from '../theme/Icon.tsx'
import { SCHEMES, schemeOf } from './canvas/schemes.ts'
import { useMonitor } from './monitorState.tsx'
import { t } from '../language/t.ts'

export function StageTools() {
  const { view, setView, level, setLevel, scheme, setScheme } = useMonitor()
  return (
    <div className="rn-stage-tools">
      <div className="rn-seg rn-float" role="group" aria-label={t('View')}>
        <button type="button" aria-pressed={view === 'graph'} onClick={() => setView('graph')}>
          <Icon name="graph" size={12} />
          {t('Graph')}
        </button>
        <button type="button" aria-pressed={view === 'table'} onClick={() => setView('table')}>
          <Icon name="table" size={12} />
          {t('Table')}
        </button>
      </div>
      <div className="rn-seg rn-float" role="group" aria-label={t('Level')}>
        <button type="button" aria-pressed={level === 'logical'} onClick={() => setLevel('logical')}>
          {t('Logical')}
        </button>
        <button
          type="button"
          aria-pressed={level === 'physical'}
          title={t('Partitions, unifiers and the containers that run them (L)')}
          onClick={() => setLevel('physical')}
        >
          {t('Physical')}
        </button>
      </div>
      {view === 'graph' ? (
        <label className="rn-scheme rn-float">
          <span>{t('Colours')}</span>
          <select value={scheme} onChange={(event) => setScheme(schemeOf(event.currentTarget.value))}>
            {SCHEMES.map(([id, name], i) => (
              <option key={id} value={id}>
                {i + 1} {name}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {level === 'physical' ? (
        view === 'graph' ? (
          <PlanKey />
        ) : null
      ) : scheme === 'health' || view === 'table' ? (
        <LadderKey />
      ) : (
        <HeatKey what={SCHEMES.find(([id]) => id === scheme)?.[2] ?? ''} groups={scheme === 'container'} />
      )}
    </div>
  )
}

function HeatKey({ what, groups }: { readonly what: string; readonly groups: boolean }) {
  return (
    <p className="rn-key rn-float" role="note">
      {groups ? null : <span className="rn-heat-key" aria-hidden="true" />}
      <span>{what}</span>
    </p>
  )
}

function PlanKey() {
  return (
    <p className="rn-key rn-float" role="note">
      <span>
        <svg width="22" height="12" viewBox="0 0 22 12" aria-hidden="true">
          <path d="M1 4.5h20M1 7.5h20" stroke="var(--edge-flow)" strokeWidth="1.5" />
        </svg>
        {t('inside one thread')}
      </span>
      <span>
        <svg width="22" height="12" viewBox="0 0 22 12" aria-hidden="true">
          <path d="M1 6h20" stroke="var(--edge-flow)" strokeWidth="3" />
        </svg>
        {t('between threads')}
      </span>
    </p>
  )
}

function LadderKey() {
  return (
    <p className="rn-key rn-float" role="note">
      <span>
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d="M2 10.5h8L6 3z" fill="var(--ladder-current)" />
        </svg>
        {t('working on')}
      </span>
      <span>
        <svg width="10" height="12" viewBox="0 0 10 12" aria-hidden="true">
          <rect x="2" y="4" width="6" height="6" fill="var(--ladder-checkpoint)" />
        </svg>
        {t('last checkpoint')}
      </span>
      <span>
        <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
          <rect x="1" y="5" width="12" height="3.4" rx=".6" fill="var(--ladder-committed)" />
        </svg>
        {t('would go back to')}
      </span>
    </p>
  )
}
