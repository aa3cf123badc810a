/** The strip with the one sentence, and the next step as a button. */
import { useMemo } from 'react'
import { Link } from 'wouter'
import { manifests } from '@belay/operators/manifests'
import { resolveParameters, type PipelineDocument } from '@belay/pipeline'
import { Icon } from '../theme/Icon.tsx'
import { ColouredStateIcon } from '../theme/states.tsx'
import { useBottleneck, useIncidents, useMoment, useNow, useRunReason, useRunState, useRunStore, useStructure } from './live/runHooks.ts'
import { asOf } from './live/incidents.ts'
import { useMonitor } from './monitorState.tsx'
import { operatorName, roleOf } from './operatorFacts.ts'
import { situationOf, type Situation, type SituationAction } from './situation.ts'
import { useWatchAgain } from './useWatchAgain.ts'
import { t } from '../language/t.ts'
import { tx } from '../language/tx.ts'

/** Where the sinks of this run wrote: "archive wrote to home:flights/top10.jsonl." */
function outputsOf(document: PipelineDocument, parameters: Readonly<Record<string, string | number | boolean>>): string {
  const resolved = resolveParameters(document, parameters)
  if (!resolved.ok) return ''
  return resolved.document.operators
    .filter((operator) => roleOf(operator.type) === 'sink')
    .map((operator) =>
      t('{operator} wrote to {place}.', {
        operator: operatorName(operator),
        place: manifests[operator.type]?.summarise(operator.config) ?? '',
      }),
    )
    .join(' ')
}

export function useSituation(): Situation | null {
  const store = useRunStore()
  const { document, nameOf } = useMonitor()
  const structure = useStructure()
  const state = useRunState()
  const reason = useRunReason()
  const incidents = useIncidents()
  const bottleneck = useBottleneck()
  const moment = useMoment()
  const nowMs = useNow(1000)
  const last = moment.kind === 'live' ? incidents.at(-1) : incidents.findLast((candidate) => candidate.startedAtMs <= moment.atMs)
  const incident = last === undefined ? null : moment.kind === 'live' ? last : asOf(last, moment.atMs)
  const outputs = useMemo(() => (structure === null ? '' : outputsOf(document, structure.parameters)), [document, structure])
  if (state === null) return null
  return situationOf({
    state,
    reason,
    incident,
    bottleneck,
    moment,
    stored: store.stored !== null,
    nowMs,
    uptimeMs: store.figures?.uptimeMs ?? 0,
    operators: document.operators.map((operator) => operator.id),
    held: document.operators.flatMap(({ id }) => (store.operator(id)?.state === 'held' ? [id] : [])),
    nameOf,
    outputs,
  })
}

export function Sentence() {
  const { problem, clearProblem } = useMonitor()
  const situation = useSituation()
  if (problem !== null)
    return (
      <div className="rn-sentence rn-bad" role="alert">
        <Icon name="warning" />
        <span className="rn-grow">{problem}</span>
        <button type="button" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Dismiss')} onClick={clearProblem}>
          <Icon name="close" />
        </button>
      </div>
    )
  if (situation === null) return <div className="rn-sentence" />
  return (
    <div className="rn-sentence" data-testid="sentence">
      <SituationIcon situation={situation} />
      <p title={`${situation.lead} ${situation.detail}`}>
        <b>{situation.lead}</b> <span>{situation.detail}</span>
      </p>
      {situation.actions.map((action) => (
        <SituationButton key={action.kind} action={action} />
      ))}
    </div>
  )
}

export function SituationIcon({ situation }: { readonly situation: Situation }) {
  if (situation.icon === null) return null
  return situation.icon === 'warning' ? (
    <span className="rn-warn-ico">
      <Icon name="warning" />
    </span>
  ) : (
    <ColouredStateIcon state={situation.icon} size={14} />
  )
}

export function SituationButton({ action, onDetails }: { readonly action: SituationAction; readonly onDetails?: () => void }) {
  const store = useRunStore()
  const { document, nameOf, side, select, showIncident, restoreOperator, openRestore, command } = useMonitor()
  const incident = useIncidents().at(-1)
  const watch = useWatchAgain(incident ?? null)
  switch (action.kind) {
    case 'show-operator':
      return (
        <button type="button" className="rn-btn" onClick={() => select(action.operator)}>
          {t('Show')}
        </button>
      )
    case 'show-incident':
      return incident === undefined || (side.kind === 'incident' && side.key === incident.key) ? null : (
        <button
          type="button"
          className="rn-btn"
          onClick={() => {
            showIncident(incident)
            onDetails?.()
          }}
        >
          {t('Details')}
        </button>
      )
    case 'watch-again':
      return watch === null ? null : (
        <button type="button" className="rn-btn rn-quiet" onClick={watch} title={t('The recovery once more, in five seconds')}>
          <Icon name="play" />
          {t('Watch slowly')}
        </button>
      )
    case 'restore-operator':
      return (
        <button type="button" className="rn-btn rn-primary" onClick={() => restoreOperator(action.operator)}>
          <Icon name="restore" />
          {t('Restore {operator}', { operator: nameOf(action.operator) })}
        </button>
      )
    case 'restore-run':
      return (
        <button type="button" className="rn-btn rn-primary" onClick={() => openRestore(null)}>
          {t('Restore…')}
        </button>
      )
    case 'design':
      return (
        <Link href={`/pipelines/${document.id}`} className="rn-btn">
          {t('Open in the designer')}
        </Link>
      )
    case 'resume':
      return (
        <button type="button" className="rn-btn rn-primary" onClick={() => void command('/resume')}>
          <Icon name="play" />
          {t('Resume')}
        </button>
      )
    case 'live':
      return (
        <button type="button" className="rn-btn rn-primary" onClick={() => store.goLive()}>
          {tx('Back to live {kbd}', { kbd: <kbd>.</kbd> })}
        </button>
      )
  }
}
