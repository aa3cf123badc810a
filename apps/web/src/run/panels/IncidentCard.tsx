/** One incident: what died, when each phase began, states over time, foretold beside happened, how others went. */
import { useState } from 'react'
import { Icon } from '../../theme/Icon.tsx'
import { clockWithMillis, duration, plural, windowName } from '../../theme/numbers.ts'
import { ColouredStateIcon, StateIcon } from '../../theme/states.tsx'
import { planOf, type Incident } from '../live/incidents.ts'
import { useIncidents, useNow, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useWatchAgain } from '../useWatchAgain.ts'
import { skippedWords } from '../eventWords.ts'
import { stepsOf, titleOf, triggerWords } from '../incidentWords.ts'
import { StatesOverTime } from './StatesOverTime.tsx'
import { said, t } from '../../language/t.ts'

export function IncidentCard({ incident, onClose }: { readonly incident: Incident; readonly onClose: () => void }) {
  const { nameOf } = useMonitor()
  const over = incident.outcome.kind === 'recovered' || incident.outcome.kind === 'superseded' || incident.outcome.kind === 'ended'
  return (
    <section className="rn-inspector" aria-label={titleOf(incident)} data-testid="incident" data-outcome={incident.outcome.kind}>
      <header>
        <div className="rn-grow">
          <h2>
            {titleOf(incident)} <OutcomePill incident={incident} />
          </h2>
          <p className="rn-small rn-t3">
            {triggerWords(incident, nameOf)}, {clockWithMillis(incident.startedAtMs)}
          </p>
        </div>
        <Neighbours incident={incident} />
        <button type="button" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Close the incident')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <Steps incident={incident} />
      <StatesOverTime incident={incident} />
      <Foretold incident={incident} />
      {over ? <Tools incident={incident} /> : null}
      <Cause incident={incident} />
      <Trend incident={incident} />
    </section>
  )
}

function OutcomePill({ incident }: { readonly incident: Incident }) {
  switch (incident.outcome.kind) {
    case 'open':
      return <RunningPill incident={incident} />
    case 'held':
      return (
        <span className="rn-state rn-pill" data-state="held">
          <StateIcon state="held" />
          <span>
            {incident.outcome.untilMs === null
              ? t('held')
              : t('held {time}', { time: duration(incident.outcome.untilMs - incident.outcome.atMs) })}
          </span>
        </span>
      )
    case 'recovered':
      return (
        <span className="rn-state rn-pill" data-state="running" data-testid="back-after">
          <StateIcon state="running" />
          <span>{t('back after {caughtUp}', { caughtUp: duration(incident.outcome.durations.caughtUpMs) })}</span>
        </span>
      )
    case 'superseded':
      return (
        <span className="rn-state rn-pill" data-state="pending">
          <StateIcon state="replaying" />
          <span>{t('overtaken')}</span>
        </span>
      )
    case 'ended':
      return (
        <span className="rn-state rn-pill" data-state="finished">
          <StateIcon state="stopped" />
          <span>{t('run ended')}</span>
        </span>
      )
  }
}

function RunningPill({ incident }: { readonly incident: Incident }) {
  const now = useNow(100)
  return (
    <span className="rn-state rn-pill" data-state="replaying">
      <StateIcon state="replaying" />
      <span>{duration(Math.max(0, now - incident.startedAtMs))}</span>
    </span>
  )
}

/** Steps from incident to incident, oldest to newest. */
function Neighbours({ incident }: { readonly incident: Incident }) {
  const { showIncident } = useMonitor()
  const incidents = useIncidents()
  const at = incidents.findIndex((candidate) => candidate.key === incident.key)
  const before = incidents[at - 1]
  const after = incidents[at + 1]
  if (incidents.length < 2) return null
  return (
    <span className="rn-btn-group">
      <button
        type="button"
        className="rn-btn rn-sm rn-icon-only"
        aria-label={t('The incident before')}
        disabled={before === undefined}
        onClick={() => before !== undefined && showIncident(before)}
      >
        <Icon name="left" size={12} />
      </button>
      <button
        type="button"
        className="rn-btn rn-sm rn-icon-only"
        aria-label={t('The incident after')}
        disabled={after === undefined}
        onClick={() => after !== undefined && showIncident(after)}
      >
        <Icon name="right" size={12} />
      </button>
    </span>
  )
}

function Steps({ incident }: { readonly incident: Incident }) {
  const { document, nameOf } = useMonitor()
  return (
    <ol className="rn-steps" data-testid="steps">
      {stepsOf(incident, document.operators.length, nameOf).map((step) => (
        <li key={step.key} data-phase={step.phase} data-step={step.key}>
          <span className="rn-step-icon">
            <ColouredStateIcon state={step.phase === 'next' ? 'pending' : step.state} />
          </span>
          <span>
            <b>{step.title}</b>
            {step.detail === null ? null : <span className="rn-t3">{step.detail}</span>}
          </span>
          <time>
            {step.atMs === null ? '' : step.phase === 'now' ? t('now') : `+${duration(Math.max(0, step.atMs - incident.startedAtMs))}`}
          </time>
        </li>
      ))}
    </ol>
  )
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id))
}

function Foretold({ incident }: { readonly incident: Incident }) {
  const store = useRunStore()
  const { nameOf } = useMonitor()
  const plan = planOf(incident)
  if (plan === null) return null
  const preview = store.previewOf(incident)
  const foretold = preview?.restart.map((entry) => entry.operator) ?? plan.foretold
  const as = foretold !== null && same(foretold, plan.restart)
  const durations = incident.outcome.kind === 'recovered' ? incident.outcome.durations : null
  return (
    <section>
      <h3>{t('Foretold and happened')}</h3>
      <table className="rn-table rn-dense">
        <thead>
          <tr>
            <th>
              <span className="rn-hidden">{t('What')}</span>
            </th>
            <th className="rn-n">{t('Foretold')}</th>
            <th className="rn-n">{t('Happened')}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>{t('Operators back')}</td>
            <td className="rn-n">{foretold === null ? '–' : foretold.length}</td>
            <td className={as ? 'rn-n rn-good' : 'rn-n'} data-testid="happened">
              {plan.restart.length}
              {as ? ' ✓' : ''}
            </td>
          </tr>
          <tr>
            <td>{t('Back to')}</td>
            <td className="rn-n">{preview === null ? '–' : windowName(preview.cut)}</td>
            <td className={preview?.cut === plan.cut ? 'rn-n rn-good' : 'rn-n'}>
              {windowName(plan.cut)}
              {preview === null ? '' : preview.cut === plan.cut ? ' ✓' : plan.cut > preview.cut ? t(', newer') : ''}
            </td>
          </tr>
          <tr>
            <td>{t('Back after')}</td>
            <td className="rn-n">{preview?.expectedMs == null ? '–' : `≈ ${duration(preview.expectedMs.median)}`}</td>
            <td className="rn-n">{durations === null ? '–' : duration(durations.caughtUpMs)}</td>
          </tr>
        </tbody>
      </table>
      {plan.skipped === null ? null : (
        <p className="rn-small" data-testid="skipped">
          {t('They skip what they missed: {windows} never reached them.', { windows: skippedWords(plan.skipped) })}
        </p>
      )}
      {foretold === null || as ? null : (
        <p className="rn-small rn-t2">
          {t('Foretold were {foretold}. {reason}', {
            foretold: foretold.map(nameOf).join(', '),
            reason: plan.reason ?? t('The buffers held less by then.'),
          })}
        </p>
      )}
      {preview === null || preview.sinks.length === 0 ? null : (
        <p className="rn-small rn-t3">{preview.sinks.map((sink) => said(sink.sentence)).join(' ')}</p>
      )}
      {durations === null ? null : (
        <dl className="rn-facts rn-durations">
          <dt>{t('dead ones gone')}</dt>
          <dd>{durations.undeployedMs === null ? '–' : duration(durations.undeployedMs)}</dd>
          <dt>{t('state restored')}</dt>
          <dd data-testid="restored-after">{durations.restoredMs === null ? '–' : duration(durations.restoredMs)}</dd>
          <dt>{t('first new row')}</dt>
          <dd>{durations.firstNewRowMs === null ? '–' : duration(durations.firstNewRowMs)}</dd>
          <dt>{t('caught up')}</dt>
          <dd data-testid="caught-up-after">{duration(durations.caughtUpMs)}</dd>
        </dl>
      )}
    </section>
  )
}

function Tools({ incident }: { readonly incident: Incident }) {
  const store = useRunStore()
  const watch = useWatchAgain(incident)
  const [copied, setCopied] = useState(false)
  const copyLink = (): void => {
    const query = incident.number === null ? '' : `?incident=${incident.number}`
    void navigator.clipboard.writeText(`${window.location.origin}/runs/${store.runId}${query}`).then(() => setCopied(true))
  }
  const save = (): void => {
    const until = incident.outcome.kind === 'open' ? Infinity : incident.outcome.atMs + 1
    const events = store.events.filter((event) => event.atMs >= (incident.askedAtMs ?? incident.startedAtMs) - 1 && event.atMs <= until)
    const text = JSON.stringify({ runId: store.runId, incident, preview: store.previewOf(incident), events }, null, 2)
    const link = window.document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    link.download = `${store.runId}-${titleOf(incident).toLowerCase().replaceAll(' ', '-')}.json`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <div className="rn-actions">
      {watch === null ? null : (
        <button type="button" className="rn-btn" onClick={watch} title={t('The recovery once more, in five seconds')}>
          <Icon name="play" />
          {t('Watch slowly')}
        </button>
      )}
      {incident.number === null ? null : (
        <button type="button" className="rn-btn rn-quiet" onClick={copyLink}>
          <Icon name="link" />
          {copied ? t('Link copied') : t('Copy link')}
        </button>
      )}
      <button type="button" className="rn-btn rn-quiet" onClick={save}>
        <Icon name="download" />
        {t('Export')}
      </button>
    </div>
  )
}

function Cause({ incident }: { readonly incident: Incident }) {
  if (incident.trigger.kind !== 'crash') return null
  return (
    <section>
      <h3>{t('Cause')}</h3>
      <p className="rn-small">
        <code>{incident.code}</code> {incident.message}
      </p>
      {incident.stack === null ? null : (
        <details>
          <summary className="rn-small">{t('Stack')}</summary>
          <pre className="rn-stack" tabIndex={0} aria-label={t('Stack of the failure')}>
            {incident.stack}
          </pre>
        </details>
      )}
    </section>
  )
}

const TREND = 24

/** How long recoveries of this run took: is this one out of line? */
function Trend({ incident }: { readonly incident: Incident }) {
  const { showIncident } = useMonitor()
  const incidents = useIncidents()
  const done = incidents.flatMap((candidate) =>
    candidate.outcome.kind === 'recovered' ? [{ incident: candidate, ms: candidate.outcome.durations.caughtUpMs }] : [],
  )
  if (done.length < 2) return null
  const sorted = done.map((entry) => entry.ms).sort((a, b) => a - b)
  const worst = sorted.at(-1) ?? 1
  return (
    <section>
      <h3>
        {t('Recoveries of this run')}{' '}
        <span className="rn-t3">
          {t('{recoveries}, median {median}, worst {worst}', {
            recoveries: plural(done.length, 'recovery', 'recoveries'),
            median: duration(sorted[Math.floor(sorted.length / 2)] ?? 0),
            worst: duration(worst),
          })}
        </span>
      </h3>
      <div className="rn-trend">
        {done.slice(-TREND).map((entry) => (
          <button
            key={entry.incident.key}
            type="button"
            aria-label={`${titleOf(entry.incident)}, ${duration(entry.ms)}`}
            title={`${titleOf(entry.incident)}, ${duration(entry.ms)}`}
            aria-current={entry.incident.key === incident.key}
            onClick={() => showIncident(entry.incident)}
          >
            <i style={{ height: `${Math.max(8, (entry.ms / worst) * 100)}%` }} />
          </button>
        ))}
      </div>
    </section>
  )
}
