/** Rows that an operator could not process, grouped, with what can be done about them and what cannot. */
import { lazy, Suspense, useEffect, useState } from 'react'
import type { OperatorNode } from '@belay/pipeline'
import {
  ROW_ERROR_ROWS,
  type CheckpointSummary,
  type OnRowError,
  type RowErrorGroup,
  type RowErrorRow,
  type RowErrorRule,
  type RowErrors,
} from '@belay/run'
import { useRefusal } from '../../access/session.ts'
import { ApiError, get } from '../../api/client.ts'
import { said, t } from '../../language/t.ts'
import '../../theme/errors.css'
import { Icon } from '../../theme/Icon.tsx'
import { clockWithTenths, plural, whole, windowName } from '../../theme/numbers.ts'
import { useCommittedWindow, useOperatorFigures, useRunState, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useKeptCheckpoints } from '../panels/CheckpointsPanel.tsx'
import type { WriteRowsDialogProps } from './WriteRowsDialog.tsx'

const WriteRowsDialog = lazy(() => import('./WriteRowsDialog.tsx'))

const EVERY_MS = 1000

export default function ErrorsPanel({ operator }: { readonly operator: OperatorNode }) {
  const { runId } = useRunStore()
  const { document, nameOf } = useMonitor()
  const { errors, problem } = useRowErrors(runId, operator.id)
  const refusal = useRefusal('see-data')
  const connected = document.streams.some(({ from, to }) => from.operator === operator.id && from.port === 'errors' && to.length > 0)
  const groups = errors?.groups ?? []
  const rules = errors?.rules ?? []
  return (
    <div className="er-panel" data-testid="row-errors">
      <Policy operator={operator} connected={connected} />
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      {errors === null ? (
        problem === null ? (
          <p className="rn-empty">{t('Reading.')}</p>
        ) : null
      ) : groups.length === 0 ? (
        <p className="rn-empty">{t('{name} could process every row so far.', { name: nameOf(operator.id) })}</p>
      ) : (
        <>
          {refusal === null ? null : <p className="rn-small rn-t2">{`${t('Rows are data.')} ${refusal}`}</p>}
          {groups.map((group) => (
            <Group key={group.id} group={group} rules={rules} runId={runId} seesRows={refusal === null} />
          ))}
          {refusal === null ? (
            <div className="er-actions">
              <a className="rn-btn" href={rowsPath(runId, { operator: operator.id })} download>
                <Icon name="download" size={12} />
                {t('All kept rows as JSON lines')}
              </a>
              <WriteRows of={{ operator: operator.id }} name={operator.id} />
            </div>
          ) : null}
        </>
      )}
    </div>
  )
}

function rowsPath(runId: string, query: Readonly<Record<string, string>>): string {
  return `/api/runs/${runId}/row-errors/rows?${new URLSearchParams(query).toString()}`
}

function useRowErrors(runId: string, operator: string): { readonly errors: RowErrors | null; readonly problem: string | null } {
  const [errors, setErrors] = useState<RowErrors | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let over = false
    let timer: number | undefined
    const read = async (): Promise<void> => {
      try {
        if (!document.hidden) {
          const read = await get<RowErrors>(`/runs/${runId}/row-errors?${new URLSearchParams({ operator }).toString()}`)
          if (over) return
          setErrors(read)
          setProblem(null)
        }
      } catch (error) {
        if (!over) setProblem(error instanceof ApiError ? error.message : String(error))
      }
      if (!over) timer = window.setTimeout(() => void read(), EVERY_MS)
    }
    void read()
    return () => {
      over = true
      window.clearTimeout(timer)
    }
  }, [runId, operator])
  return { errors, problem }
}

/** Of a run that has failed it can be set as well: resumed, it goes on with it. */
function Policy({ operator, connected }: { readonly operator: OperatorNode; readonly connected: boolean }) {
  const { command, off, ended } = useMonitor()
  const failed = useRunState() === 'failed'
  const refusal = useRefusal('command-runs')
  const [set, setSet] = useState<OnRowError | null>(null)
  const live = useOperatorFigures(operator.id)?.onRowError
  const action = (ended ? set : null) ?? live ?? operator.onRowError ?? 'fail'
  const shut = ended && failed ? refusal : off
  if (connected)
    return (
      <p className="rn-small rn-t2">{t('Bad rows go to its output errors, with all there is to know of them: nothing else is needed.')}</p>
    )
  const choose = async (next: OnRowError): Promise<void> => {
    if (await command(`/operators/${encodeURIComponent(operator.id)}/on-row-error`, { action: next })) setSet(next)
  }
  return (
    <label className="rn-field">
      <span>{t('A row that it cannot process')}</span>
      <select
        value={action}
        disabled={shut !== null}
        title={shut ?? t('For this run, at once; it stays when the operator or the process dies')}
        onChange={(event) => void choose(event.currentTarget.value as OnRowError)}
      >
        <option value="fail">{t('fails the operator')}</option>
        <option value="skip">{t('is left out and counted')}</option>
      </select>
      {ended && failed && set !== null ? <span className="rn-small rn-t2">{t('Resume the run: it goes on with it.')}</span> : null}
    </label>
  )
}

const DONE = {
  skip: t('left out'),
  'error-output': t('sent to errors'),
  fail: t('failed on'),
} as const

interface GroupProps {
  readonly group: RowErrorGroup
  readonly rules: RowErrors['rules']
  readonly runId: string
  readonly seesRows: boolean
}

function Group({ group, rules, runId, seesRows }: GroupProps) {
  const [open, setOpen] = useState<'rows' | 'retry' | null>(null)
  const { code, message, action, count, first, last, rows, id } = group
  const newest = rows.at(0)
  return (
    <article className="er-group" aria-label={`${code}, ${whole(count)}`}>
      <header>
        <b>{plural(count, action === 'fail' ? 'time' : 'row')}</b> <span className="er-code">{code}</span>{' '}
        <span className="rn-t3">{t(DONE[action])}</span>
      </header>
      <p>{said(message)}</p>
      <p className="rn-micro rn-t3">
        {first.window === last.window ? windowName(last.window) : `${windowName(first.window)} – ${windowName(last.window)}`}
        {', '}
        {t('last {time}', { time: clockWithTenths(last.atMs) })}
      </p>
      {seesRows && newest !== undefined ? <pre className="er-row">{newest.row}</pre> : null}
      <LeaveOut group={group} newest={newest} rules={rules} />
      <div className="er-actions">
        {seesRows && rows.length > 1 ? (
          <button
            type="button"
            className="rn-btn rn-sm"
            aria-expanded={open === 'rows'}
            onClick={() => setOpen(open === 'rows' ? null : 'rows')}
          >
            {t('{kept} of {count} rows', { kept: whole(rows.length), count: whole(count) })}
          </button>
        ) : null}
        <button
          type="button"
          className="rn-btn rn-sm"
          aria-expanded={open === 'retry'}
          onClick={() => setOpen(open === 'retry' ? null : 'retry')}
        >
          {t('Retry…')}
        </button>
        {seesRows ? (
          <a
            className="rn-btn rn-sm"
            href={rowsPath(runId, { group: id })}
            download
            title={t('The newest {count} rows of a group are kept', { count: ROW_ERROR_ROWS })}
          >
            <Icon name="download" size={12} />
            {t('Dead letters')}
          </a>
        ) : null}
        {seesRows ? <WriteRows of={{ group: id }} name={`${group.operator}-${code.toLowerCase().replaceAll('_', '-')}`} small /> : null}
      </div>
      {open === 'rows'
        ? rows.slice(1).map(({ row, window: streaming }, i) => (
            <pre key={i} className="er-row" title={windowName(streaming)}>
              {row}
            </pre>
          ))
        : null}
      {open === 'retry' ? <Retry group={group} /> : null}
    </article>
  )
}

function WriteRows({ of, name, small = false }: Pick<WriteRowsDialogProps, 'of' | 'name'> & { readonly small?: boolean }) {
  const { runId } = useRunStore()
  const refusal = useRefusal('write-files')
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className={small ? 'rn-btn rn-sm' : 'rn-btn'}
        disabled={refusal !== null}
        title={refusal ?? t('As a file on the computer that runs Belay')}
        onClick={() => setOpen(true)}
      >
        {t('Write to a root…')}
      </button>
      {open ? (
        <Suspense>
          <WriteRowsDialog runId={runId} of={of} name={name} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  )
}

/** Of an operator that fails on bad rows: what is like these, or the one row, is left out from now on. */
function LeaveOut({ group, newest, rules }: Pick<GroupProps, 'group' | 'rules'> & { readonly newest: RowErrorRow | undefined }) {
  const { command, off, ended } = useMonitor()
  const failed = useRunState() === 'failed'
  const refusal = useRefusal('command-runs')
  const { operator, code, shape, action } = group
  const kind: RowErrorRule = { kind: 'error', code, shape }
  const row: RowErrorRule | null = newest === undefined ? null : { kind: 'row', row: newest.mark }
  const shut = ended && failed ? refusal : off
  const set = (rule: RowErrorRule, skip: boolean): void => {
    void command(`/operators/${encodeURIComponent(operator)}/row-error-rules`, { rule, skip })
  }
  const offered = [
    { rule: kind, leave: t('Leave out what is like this'), stop: t('No longer leave out what is like this') },
    ...(row === null ? [] : [{ rule: row, leave: t('Leave out this row'), stop: t('No longer leave out this row') }]),
  ]
  const shown = offered.map((one) => ({ ...one, inForce: isInForce(rules, operator, one.rule) }))
  if (action === 'error-output' || (action === 'skip' && !shown.some(({ inForce }) => inForce))) return null
  return (
    <div className="er-actions">
      {shown.map(({ rule, leave, stop, inForce }) => (
        <button
          key={rule.kind}
          type="button"
          className="rn-btn rn-sm"
          disabled={shut !== null}
          title={shut ?? t('For this run, at once; other bad rows still fail the operator')}
          onClick={() => set(rule, !inForce)}
        >
          {inForce ? stop : leave}
        </button>
      ))}
    </div>
  )
}

function isInForce(rules: RowErrors['rules'], operator: string, rule: RowErrorRule): boolean {
  const text = JSON.stringify(rule)
  return rules.some((one) => one.operator === operator && JSON.stringify(one.rule) === text)
}

/** What of a retry is possible, and why the rest is not. */
function Retry({ group: { operator, action, first, last } }: { readonly group: RowErrorGroup }) {
  const { nameOf, off, openRestore, openKill } = useMonitor()
  const committed = useCommittedWindow()
  const kept = useKeptCheckpoints()
  const name = nameOf(operator)
  if (action === 'fail')
    return (
      <p className="rn-small rn-t2">
        {t(
          '{name} is given the row again by itself, up to three times. Change its live settings meanwhile, or have bad rows left out above; when the run has failed, do that and resume it.',
          { name },
        )}
      </p>
    )
  if (first.window > committed)
    return (
      <div className="rn-small rn-t2">
        <p>
          {t('{window} is not committed yet: change the settings of {name} and kill it, and it gets these rows again.', {
            window: windowName(first.window),
            name,
          })}
        </p>
        <button type="button" className="rn-btn rn-sm" disabled={off !== null} title={off ?? undefined} onClick={() => openKill(operator)}>
          {t('Kill…')}
        </button>
      </div>
    )
  // If it cannot go back before all of them, then before the newest.
  const before = newestBefore(kept ?? [], first.window) ?? (kept ?? []).find((checkpoint) => checkpoint.window < last.window) ?? null
  return (
    <div className="rn-small rn-t2">
      <p>
        {t(
          '{window} is committed without these rows, and what comes behind {name} has counted on that. To give them again now would put them into a later window, which exactly-once does not allow.',
          { window: windowName(first.window), name },
        )}
      </p>
      <p>
        {before === null
          ? t(
              'No kept checkpoint lies before it, so the run cannot go back there. Download the rows, and post them to a source that takes rows.',
            )
          : t(
              'The run can go back to checkpoint {number} ({window}) and read everything since again, after a change of its live settings; or download the rows.',
              {
                number: before.manifest,
                window: windowName(before.window),
              },
            )}
      </p>
      {before === null ? null : (
        <button
          type="button"
          className="rn-btn rn-sm"
          disabled={off !== null}
          title={off ?? undefined}
          onClick={() => openRestore(before.manifest)}
        >
          {t('Restore…')}
        </button>
      )}
    </div>
  )
}

function newestBefore(kept: readonly CheckpointSummary[], window: number): CheckpointSummary | null {
  return kept.filter((checkpoint) => checkpoint.window < window).at(-1) ?? null
}
