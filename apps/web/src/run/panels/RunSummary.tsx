/** The run as a whole: what stands out, its figures, parameters, sinks and incidents. */
import { useEffect, useState } from 'react'
import type { OperatorFigures, RunIsolation, RunRecord } from '@belay/run'
import { manifests } from '@belay/operators/manifests'
import { get } from '../../api/client.ts'
import { Icon } from '../../theme/Icon.tsx'
import { bytes, clock, duration, percent, whole, windowName, decimal } from '../../theme/numbers.ts'
import { ColouredStateIcon, stateWord } from '../../theme/states.tsx'
import { isWell } from '../canvas/nodeWords.ts'
import { titleOf, triggerWords } from '../incidentWords.ts'
import { useIncidents, useRunFigures, useRunState, useRunStore, useStructure } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { roleOf } from '../operatorFacts.ts'
import { TableRowsView } from './TableRowsView.tsx'
import { t } from '../../language/t.ts'

const INCIDENTS_SHOWN = 5
const ROWS_SHOWN = 10

export function RunSummary() {
  const { tables, nameOf, openTab } = useMonitor()
  return (
    <section className="rn-inspector" aria-label={t('This run')}>
      <header>
        <div className="rn-grow">
          <h2>{t('This run')}</h2>
          <p className="rn-small rn-t3">{t('Choose an operator to see it, and to kill it.')}</p>
        </div>
      </header>
      <NeedsALook />
      <RunFacts />
      <IncidentList />
      {tables.map((operator) => (
        <section key={operator.id} className="rn-rows">
          <h3>
            {t('Rows of {id}', { id: nameOf(operator.id) })}
            <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => openTab(`table:${operator.id}`)}>
              <Icon name="rows" size={12} />
              {t('All columns')}
            </button>
          </h3>
          <TableRowsView operator={operator.id} most={ROWS_SHOWN} />
        </section>
      ))}
      <Parameters />
      <Sinks />
    </section>
  )
}

/** Operators in a state that is not silence, with their reason. */
function NeedsALook() {
  const { select, nameOf } = useMonitor()
  const figures = useRunFigures()
  if (figures === null) return null
  const loud = Object.entries(figures.operators).filter(([, operator]) => !isWell(operator.state))
  if (loud.length === 0) return null
  return (
    <ul className="rn-look">
      {loud.slice(0, 6).map(([id, operator]) => (
        <li key={id}>
          <button type="button" onClick={() => select(id)}>
            <ColouredStateIcon state={operator.state} size={14} />
            <span className="rn-grow">
              <b>{nameOf(id)}</b>
              <span className="rn-small rn-t2">{lookWords(operator)}</span>
            </span>
            <Icon name="right" />
          </button>
        </li>
      ))}
    </ul>
  )
}

function lookWords(operator: OperatorFigures): string {
  return operator.cause === undefined || operator.cause === ''
    ? stateWord(operator.state)
    : `${stateWord(operator.state)}, ${operator.cause}`
}

function RunFacts() {
  const { document } = useMonitor()
  const figures = useRunFigures()
  const structure = useStructure()
  const state = useRunState()
  if (figures === null || structure === null) return null
  const uncommitted = Math.max(0, figures.targetWindow - figures.committedWindow)
  return (
    <section>
      <dl className="rn-facts">
        <dt>{t('state')}</dt>
        <dd>{state === null ? '' : stateWord(state)}</dd>
        <dt>{t('started')}</dt>
        <dd>{clock(structure.startedAtMs)}</dd>
        <dt>{t('committed ▬')}</dt>
        <dd>{windowName(figures.committedWindow)}</dd>
        <dt>{t('sources at')}</dt>
        <dd>
          {t('{targetWindow}, {seconds} s ahead', {
            targetWindow: windowName(figures.targetWindow),
            seconds: decimal((uncommitted * document.settings.windowMs) / 1000),
          })}
        </dd>
        <dt>{t('lineage, attempt')}</dt>
        <dd>
          {figures.lineage}, {figures.attempt}
        </dd>
        <dt>{t('shared memory')}</dt>
        <dd>
          {t('{shared} of {memory}, {share}', {
            shared: bytes(figures.sharedBytes),
            memory: bytes(figures.memoryBytes),
            share: percent(figures.sharedBytes / Math.max(1, figures.memoryBytes)),
          })}
        </dd>
        <dt>{t('process')}</dt>
        <dd>{t('{resident} resident', { resident: bytes(figures.residentBytes) })}</dd>
        <dt>{t('containers')}</dt>
        <dd>{t('{containers} threads', { containers: whole(structure.containers.length) })}</dd>
        <IsolationFact attempt={figures.attempt} />
      </dl>
    </section>
  )
}

const ISOLATION_WORDS = {
  none: t('by nothing'),
  process: t('by Node, to its own files'),
  namespace: t('in a namespace'),
} as const

/** A restarted process may have another level. */
function IsolationFact({ attempt }: { readonly attempt: number }) {
  const store = useRunStore()
  const [isolation, setIsolation] = useState<RunIsolation | null>(null)
  useEffect(() => {
    get<RunRecord>(`/runs/${store.runId}`).then(
      (record) => setIsolation(record.isolation ?? null),
      () => undefined,
    )
  }, [store, attempt])
  if (isolation === null) return null
  return (
    <>
      <dt>{t('isolated')}</dt>
      <dd>
        {ISOLATION_WORDS[isolation.level]}, {isolation.network ? t('with network') : t('no network')}
        {isolation.limits === undefined ? null : `, ${t('at most {size}', { size: bytes(isolation.limits.memoryBytes) })}`}
      </dd>
    </>
  )
}

function IncidentList() {
  const { nameOf, showIncident } = useMonitor()
  const incidents = useIncidents()
  if (incidents.length === 0) return null
  return (
    <section>
      <h3>
        {t('Incidents')} <span className="rn-t3">{t('newest first')}</span>
      </h3>
      <ul className="rn-plain">
        {incidents
          .slice(-INCIDENTS_SHOWN)
          .reverse()
          .map((incident) => (
            <li key={incident.key} className="rn-incident-row">
              <button type="button" className="rn-linklike" onClick={() => showIncident(incident)}>
                {titleOf(incident)}
              </button>
              <span className="rn-small rn-t3 rn-ell">{triggerWords(incident, nameOf)}</span>
              <span className="rn-small">
                {incident.outcome.kind === 'recovered' ? duration(incident.outcome.durations.caughtUpMs) : incident.outcome.kind}
              </span>
            </li>
          ))}
      </ul>
    </section>
  )
}

function Parameters() {
  const { document } = useMonitor()
  const structure = useStructure()
  const values = Object.entries(structure?.parameters ?? {})
  if (values.length === 0) return null
  return (
    <section>
      <h3>{t('Parameters')}</h3>
      <dl className="rn-facts">
        {values.map(([name, value]) => (
          <div key={name} className="rn-contents">
            <dt>{document.parameters[name]?.label ?? name}</dt>
            <dd className="rn-ell" title={String(value)}>
              {typeof value === 'number' ? whole(value) : String(value)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Sinks() {
  const { document, nameOf, select } = useMonitor()
  const sinks = document.operators.filter((operator) => ['sink', 'display'].includes(roleOf(operator.type)))
  if (sinks.length === 0) return null
  return (
    <section>
      <h3>{t('When machines fail')}</h3>
      <ul className="rn-plain">
        {sinks.map((sink) => (
          <li key={sink.id}>
            <button type="button" className="rn-linklike" onClick={() => select(sink.id)}>
              {nameOf(sink.id)}
            </button>
            <span className="rn-small rn-t3"> {manifests[sink.type]?.guarantee.sentence}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
