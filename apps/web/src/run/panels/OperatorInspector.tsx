/** Everything about one operator, live, and what one can do to it. */
import { lazy, Suspense, useState } from 'react'
import type { OperatorFigures } from '@belay/run'
import type { OperatorNode } from '@belay/pipeline'
import { manifests } from '@belay/operators/manifests'
import { Glyph, Icon } from '../../theme/Icon.tsx'
import { bytes, count, duration, eventTime, percent, plural, rate, uptime, whole, windowName } from '../../theme/numbers.ts'
import { StatePill } from '../../theme/states.tsx'
import { ActivityBar, ActivityLegend } from '../canvas/ActivityBar.tsx'
import { LargeLadder } from '../canvas/Ladder.tsx'
import { titleOf } from '../incidentWords.ts'
import { useBottleneck, useCommittedWindow, useIncidents, useNow, useOperatorFigures } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { iconOf, operatorName } from '../operatorFacts.ts'
import { StreamList } from '../peek/StreamList.tsx'
import { EventList } from './EventList.tsx'
import { TabStrip } from './TabStrip.tsx'
import { TableRowsView } from './TableRowsView.tsx'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

const PartitionList = lazy(() => import('../physical/PartitionList.tsx'))
const ErrorsPanel = lazy(() => import('../errors/ErrorsPanel.tsx'))
const LiveSettings = lazy(() => import('./LiveSettings.tsx'))
const LogPanel = lazy(() => import('../logs/LogPanel.tsx'))
const ProfilePanel = lazy(() => import('../profile/ProfilePanel.tsx'))
const StateBrowser = lazy(() => import('../state/StateBrowser.tsx'))

type InspectorTab = 'overview' | 'settings' | 'state' | 'logs' | 'errors' | 'events' | 'thread' | 'rows'

export function OperatorInspector({ operator, onClose }: { readonly operator: OperatorNode; readonly onClose: () => void }) {
  const figures = useOperatorFigures(operator.id)
  const { part } = useMonitor()
  const [tab, setTab] = useState<InspectorTab>('overview')
  const name = operatorName(operator)
  const tabs: readonly (readonly [InspectorTab, string, number?])[] = [
    ['overview', t('Overview')],
    ['settings', t('Settings')],
    ['state', t('State')],
    ['logs', t('Logs')],
    ['errors', t('Errors'), figures?.rowErrors ?? 0],
    ['events', t('Events')],
    ['thread', t('Thread')],
    ...(operator.type === 'table-view' ? ([['rows', t('Rows')]] as const) : []),
  ]
  return (
    <section className="rn-inspector" aria-label={t('Operator {name}', { name })} data-testid="inspector">
      <header>
        <span className="rn-glyph rn-glyph-large">
          <Glyph path={iconOf(operator.type)} size={16} />
        </span>
        <div className="rn-grow">
          <h2>
            {name} {(operator.partitions ?? 1) > 1 ? <span className="rn-parts">×{operator.partitions}</span> : null}
            {figures === undefined ? null : <StatePill state={figures.state} kind="operator" />}
          </h2>
          <p className="rn-micro rn-t3">
            {manifests[operator.type]?.title ?? operator.type}
            {figures === undefined
              ? ''
              : t(', container {container}, attempt {attempt}', { container: figures.container, attempt: figures.attempt })}
          </p>
        </div>
        <button type="button" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Close the inspector')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <TabStrip label={t('About {name}', { name })} name="inspector" tabs={tabs} chosen={tab} onChoose={setTab} />
      <div role="tabpanel" id="inspector-panel" aria-labelledby={`inspector-tab-${tab}`}>
        {tab === 'overview' ? (
          figures === undefined ? (
            <p className="rn-empty">{t('No figures of {name} yet.', { name })}</p>
          ) : (
            <Overview operator={operator} figures={figures} />
          )
        ) : null}
        {tab === 'settings' ? (
          <>
            <Suspense>
              <LiveSettings operator={operator} />
            </Suspense>
            <Settings operator={operator} />
          </>
        ) : null}
        {tab === 'state' ? (
          <section>
            <Suspense fallback={<p className="rn-empty">{t('Reading the checkpoints…')}</p>}>
              <StateBrowser manifest={null} operator={operator.id} />
            </Suspense>
          </section>
        ) : null}
        {tab === 'logs' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading.')}</p>}>
            <LogPanel operator={operator.id} />
          </Suspense>
        ) : null}
        {tab === 'errors' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading.')}</p>}>
            <ErrorsPanel operator={operator} />
          </Suspense>
        ) : null}
        {tab === 'events' ? <EventList operator={operator.id} /> : null}
        {tab === 'thread' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading.')}</p>}>
            <ProfilePanel key={part ?? operator.id} target={part ?? operator.id} />
          </Suspense>
        ) : null}
        {tab === 'rows' ? <TableRowsView operator={operator.id} /> : null}
      </div>
    </section>
  )
}

function Overview({ operator, figures }: { readonly operator: OperatorNode; readonly figures: OperatorFigures }) {
  const { document, checkpointWindows, off, openKill, restoreOperator, nameOf } = useMonitor()
  const committed = useCommittedWindow()
  const { windowMs } = document.settings
  const name = operatorName(operator)
  const marks = {
    current: figures.window,
    checkpoint: figures.checkpointWindow,
    committed,
    reached: figures.reachedWindow ?? null,
    checkpointWindows,
  }
  return (
    <>
      <div className="rn-actions">
        {figures.state === 'held' ? (
          <button
            type="button"
            className="rn-btn rn-primary"
            disabled={off !== null}
            title={off ?? undefined}
            onClick={() => restoreOperator(operator.id)}
          >
            <Icon name="restore" />
            {tx('Restore {name} {kbd}', { name, kbd: <kbd>R</kbd> })}
          </button>
        ) : (
          <button
            type="button"
            className="rn-btn rn-danger-quiet"
            disabled={off !== null}
            title={off ?? t('See first what would restart')}
            onClick={() => openKill(operator.id)}
          >
            <Icon name="kill" />
            {tx('Kill… {kbd}', { kbd: <kbd>K</kbd> })}
          </button>
        )}
        <LastBack operator={operator.id} />
      </div>
      <dl className="rn-kpis">
        <div>
          <dt>{t('In')}</dt>
          <dd>{rate(figures.rowsInPerSecond)}</dd>
        </div>
        <div>
          <dt>{t('Out')}</dt>
          <dd>{rate(figures.rowsOutPerSecond)}</dd>
        </div>
        <div>
          <dt>{t('State')}</dt>
          <dd>{bytes(figures.stateSizeBytes)}</dd>
        </div>
        <div>
          <dt>{t('Row errors')}</dt>
          <dd>{count(figures.rowErrors)}</dd>
        </div>
      </dl>
      <WhySoSlow operator={operator.id} />
      <section>
        <h3>
          {t('Activity')} <span className="rn-t3">{t('last second')}</span>
        </h3>
        <ActivityBar activity={figures.activity} large />
        <ActivityLegend
          activity={figures.activity}
          blockedOn={figures.blockedOn === undefined ? null : nameOf(figures.blockedOn.split('#')[0] ?? figures.blockedOn)}
        />
      </section>
      <section>
        <h3>
          {t('Windows')} <span className="rn-t3">{t('{windowMs} ms each', { windowMs })}</span>
        </h3>
        <LargeLadder marks={marks} windowMs={windowMs} />
        <dl className="rn-facts">
          <dt>{t('works on ▲')}</dt>
          <dd>{windowName(figures.window)}</dd>
          <dt>{t('last checkpoint ■')}</dt>
          <dd>{windowName(figures.checkpointWindow)}</dd>
          <dt>{t('would go back to ▬')}</dt>
          <dd>{windowName(committed)}</dd>
          <dt>{t('watermark')}</dt>
          <dd>{figures.watermark === null ? t('none yet') : eventTime(figures.watermark)}</dd>
        </dl>
      </section>
      {figures.partitions === undefined ? null : (
        <Suspense fallback={null}>
          <PartitionList partitions={figures.partitions} />
        </Suspense>
      )}
      <StreamList operator={operator.id} />
      <section>
        <h3>
          {t('Work done')} <span className="rn-t3">{t('replays included')}</span>
        </h3>
        <dl className="rn-facts">
          <dt>{t('rows in')}</dt>
          <dd>{whole(figures.rowsIn)}</dd>
          <dt>{t('rows out')}</dt>
          <dd>{whole(figures.rowsOut)}</dd>
          {figures.skippedWindows === undefined ? null : (
            <>
              <dt>{t('skipped after failures')}</dt>
              <dd>{plural(figures.skippedWindows, 'window')}</dd>
            </>
          )}
          {figures.stagedBytes === undefined ? null : (
            <>
              <dt>{t('staged, not committed')}</dt>
              <dd>{bytes(figures.stagedBytes)}</dd>
            </>
          )}
          {figures.progress === undefined ? null : (
            <>
              <dt>{t('read')}</dt>
              <dd>{percent(figures.progress)}</dd>
            </>
          )}
          {Object.entries(figures.extra ?? {}).map(([key, value]) => (
            <div key={key} className="rn-contents">
              <dt>{key}</dt>
              <dd>{whole(value)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h3>{t('When machines fail')}</h3>
        <p className="rn-small rn-t2">{manifests[operator.type]?.guarantee.sentence ?? t('Nothing is known of this operator type.')}</p>
      </section>
    </>
  )
}

/** "back after 0.31 s": stays as long as the page is open (engine-spec H32). */
function LastBack({ operator }: { readonly operator: string }) {
  const { showIncident } = useMonitor()
  const last = useIncidents().findLast(
    (incident) => incident.number !== null && incident.operators.includes(operator) && incident.outcome.kind === 'recovered',
  )
  if (last === undefined || last.outcome.kind !== 'recovered') return null
  return (
    <button type="button" className="rn-btn rn-quiet" onClick={() => showIncident(last)} title={titleOf(last)}>
      {t('back after {caughtUp}', { caughtUp: duration(last.outcome.durations.caughtUpMs) })}
    </button>
  )
}

function WhySoSlow({ operator }: { readonly operator: string }) {
  const { nameOf } = useMonitor()
  const bottleneck = useBottleneck()
  const now = useNow(1000)
  if (bottleneck?.operator !== operator) return null
  return (
    <section>
      <h3>
        {t('Why so slow')} <span className="rn-t3">{t('for {time}', { time: uptime(Math.max(1000, now - bottleneck.sinceMs)) })}</span>
      </h3>
      <p className="rn-small rn-t2">
        {t(
          bottleneck.waiting.length === 1
            ? '{operator} is at work {busy} of the time, and {waiting} stands still until it has read what is before it{buffer}.'
            : '{operator} is at work {busy} of the time, and {waiting} stand still until it has read what is before it{buffer}.',
          {
            operator: nameOf(operator),
            busy: percent(bottleneck.busy),
            waiting: bottleneck.waiting.map(nameOf).join(', '),
            buffer:
              bottleneck.fill === null
                ? ''
                : t(bottleneck.growing ? ' (buffer {fill} full and growing)' : ' (buffer {fill} full)', { fill: percent(bottleneck.fill) }),
          },
        )}
      </p>
    </section>
  )
}

/** The settings that this run was started with; they change in the designer. */
function Settings({ operator }: { readonly operator: OperatorNode }) {
  const manifest = manifests[operator.type]
  const labels = new Map((manifest?.form ?? []).map((field) => [field.path.slice(1), field.label]))
  const entries = Object.entries(operator.config)
  return (
    <section>
      {manifest === undefined ? null : <p className="rn-small rn-t2 rn-below">{manifest.summary}</p>}
      {entries.length === 0 ? (
        <p className="rn-small rn-t3">{t('It has no settings.')}</p>
      ) : (
        <dl className="rn-settings">
          {entries.map(([key, value]) => (
            <div key={key}>
              <dt>{labels.get(key) ?? key}</dt>
              <dd>
                {typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
                  ? String(value)
                  : JSON.stringify(value, null, 1)}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
