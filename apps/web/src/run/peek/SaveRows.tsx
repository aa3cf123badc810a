/** Rows that one looks at become a test of the pipeline: what came into an operator, with what should come left open. */
import { useState } from 'react'
import type { PipelineDocument, StreamNode } from '@belay/pipeline'
import { manifests } from '@belay/operators/manifests'
import { Link } from 'wouter'
import { useRefusal } from '../../access/session.ts'
import { ApiError, call } from '../../api/client.ts'
import { t } from '../../language/t.ts'
import { useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { testOfRows, type PeekColumn } from './testOfRows.ts'
import type { ShownRow } from './usePeek.ts'

interface Stored {
  readonly document: PipelineDocument
  readonly version: number
}

type Outcome =
  | { readonly kind: 'saved'; readonly name: string; readonly rows: number; readonly left: number }
  | { readonly kind: 'failed'; readonly why: string }

export function SaveRows({
  stream,
  columns,
  rows,
}: {
  readonly stream: StreamNode
  readonly columns: readonly PeekColumn[]
  readonly rows: readonly ShownRow[]
}) {
  const store = useRunStore()
  const { document, nameOf } = useMonitor()
  const refusal = useRefusal('write-pipelines')
  const [to, setTo] = useState(0)
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [saving, setSaving] = useState(false)
  const end = stream.to[to] ?? stream.to[0]
  if (end === undefined) return null
  const save = async (): Promise<void> => {
    setSaving(true)
    try {
      const path = `/pipelines/${encodeURIComponent(document.id)}`
      const { value } = await call<Stored>('GET', path)
      const reader = value.document.operators.find(({ id }) => id === end.operator)
      if (reader === undefined) {
        setOutcome({ kind: 'failed', why: t('{name} is not in the pipeline any more.', { name: nameOf(end.operator) }) })
        return
      }
      const port = (manifests[reader.type]?.inputs.length ?? 1) === 1 ? end.operator : `${end.operator}.${end.port}`
      const { test, left } = testOfRows({
        name: t('Rows of {stream} in run {run}', { stream: nameOf(stream.from.operator), run: store.runId.slice(-4) }),
        taken: (value.document.tests ?? []).map(({ name }) => name),
        port,
        columns,
        rows,
      })
      if (test === null) {
        setOutcome({
          kind: 'failed',
          why: t(
            'None of these rows can be written down whole: long texts are cut off here, and rows that take others back are no input of a test.',
          ),
        })
        return
      }
      const next = { ...value.document, tests: [...(value.document.tests ?? []), test] }
      await call('PUT', path, { document: next }, { 'if-match': `"${value.version}"` })
      setOutcome({ kind: 'saved', name: test.name, rows: rows.length - left, left })
    } catch (error) {
      setOutcome({ kind: 'failed', why: error instanceof ApiError ? error.message : String(error) })
    } finally {
      setSaving(false)
    }
  }
  const off = refusal ?? (rows.length === 0 ? t('No row has passed yet') : null)
  return (
    <div className="rn-toolbar">
      {stream.to.length < 2 ? null : (
        <label className="rn-span-choice">
          <span className="rn-hidden">{t('Test of')}</span>
          <select value={to} onChange={(event) => setTo(Number(event.currentTarget.value))}>
            {stream.to.map(({ operator, port }, i) => (
              <option key={`${operator} ${port}`} value={i}>
                {nameOf(operator)}
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="button" className="rn-btn rn-sm" disabled={off !== null || saving} title={off ?? undefined} onClick={() => void save()}>
        {t('Save as test of {name}', { name: nameOf(end.operator) })}
      </button>
      {outcome === null ? null : outcome.kind === 'failed' ? (
        <span className="rn-small" role="alert">
          {outcome.why}
        </span>
      ) : (
        <span className="rn-small rn-t2" role="status">
          {t('{count} rows saved as the test “{name}”.', { count: outcome.rows, name: outcome.name })}{' '}
          {outcome.left === 0 ? '' : `${t('{count} could not be written down whole.', { count: outcome.left })} `}
          <Link href={`/pipelines/${document.id}`}>{t('Say in the designer what should come')}</Link>
        </span>
      )}
    </div>
  )
}
