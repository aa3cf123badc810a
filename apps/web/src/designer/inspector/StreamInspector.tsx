/** What a stream carries: kind, key, event time, columns; insert into it, remove it. */
import type { Schema } from '@belay/columns'
import { manifests } from '@belay/operators/manifests'
import type { PortReference, StreamKind } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { useQuickAdd } from '../canvas/quickAdd.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { disconnect } from '../document/edits.ts'
import { FieldProblems } from '../forms/FieldShell.tsx'
import { share } from '../ghost/GhostCard.tsx'
import { useGhost } from '../ghost/ghostStore.ts'
import { RowsTable } from '../ghost/RowsTable.tsx'
import { DsIcon } from '../parts/icons.tsx'
import { eventTimeOrigin } from './eventTimeOrigin.ts'
import { t } from '../../language/t.ts'

const MEANING: Readonly<Record<StreamKind['kind'], string>> = {
  append: t('Only new rows. Nothing that was sent is taken back.'),
  changes: t('Rows may be taken back: a full image of the old row comes before the new one.'),
  upsert: t('A row replaces the one of the same key; the old image is not sent.'),
}

export default function StreamInspector({ stream: id, to }: { readonly stream: string; readonly to: PortReference }) {
  const stream = useDesigner((state) => state.history.present.streams.find((candidate) => candidate.id === id))
  const document = useDesigner((state) => state.history.present)
  const { propagation, operators, problems } = useDesigner((state) => state.checked)
  const { edit, select, selectOperators } = useDesigner.getState()
  const ghost = useGhost(stream?.from.operator ?? '', stream?.from.port ?? '')
  if (stream === undefined) return null
  const edge = propagation.outputs.get(`${stream.from.operator}.${stream.from.port}`)
  const from = nameOf(operators.get(stream.from.operator), stream.from.operator)
  const target = nameOf(operators.get(to.operator), to.operator)
  const own = problems.filter(({ place }) => place.stream === id || (place.operator === to.operator && place.port === to.port))
  const input = manifestFor(operators.get(to.operator)?.type ?? '')?.inputs.find((port) => port.name === to.port)
  const origin = edge === undefined || edge.eventTime === null ? null : eventTimeOrigin(document, manifests, propagation, stream.from)
  return (
    <div className="ds-inspector-body">
      <header className="ds-ph">
        <span className={`ds-glyph ds-glyph-big ds-kind-${edge?.changes.kind ?? 'open'}`}>
          <DsIcon name={edge?.changes.kind ?? 'append'} size={16} />
        </span>
        <div className="rn-grow">
          <h2>
            <button type="button" className="ds-link" onClick={() => selectOperators([stream.from.operator])}>
              {from}
            </button>{' '}
            →{' '}
            <button type="button" className="ds-link" onClick={() => selectOperators([to.operator])}>
              {target}
            </button>
          </h2>
          <p className="ds-micro">{t('Stream {id} · {output} to {input}', { id, output: stream.from.port, input: to.port })}</p>
        </div>
        <button
          type="button"
          className="ds-tiny ds-big"
          aria-label={t('Insert an operator')}
          title={t('Insert an operator')}
          onClick={() => useQuickAdd.getState().open({ kind: 'into', end: { stream, to } })}
        >
          <DsIcon name="plus" />
        </button>
        <button
          type="button"
          className="ds-tiny ds-big"
          aria-label={t('Remove the stream')}
          title={t('Remove the stream (Del)')}
          onClick={() => {
            edit(disconnect(drawn(), id, to))
            select({ kind: 'nothing' })
          }}
        >
          <DsIcon name="trash" />
        </button>
      </header>
      <div className="ds-scroll">
        {own.length === 0 ? null : (
          <div className="ds-sec">
            <FieldProblems problems={own} />
          </div>
        )}
        <section className="ds-sec" aria-label={t('What it carries')}>
          <dl className="ds-facts">
            <dt>{t('Kind')}</dt>
            <dd>{t(edge?.changes.kind ?? 'not known yet')}</dd>
            <dt>{t('Key')}</dt>
            <dd>{edge?.changes.key?.join(', ') ?? t('none')}</dd>
            <dt>{t('Event time')}</dt>
            <dd>{edge?.eventTime ?? t('none')}</dd>
            {origin === null ? null : (
              <>
                <dt>{t('comes from')}</dt>
                <dd>{origin}</dd>
              </>
            )}
            {input === undefined ? null : (
              <>
                <dt>{t('{target} takes', { target })}</dt>
                <dd>{input.accepts.map((one) => t(one)).join(t(' or '))}</dd>
              </>
            )}
          </dl>
          <p className="ds-help">
            {edge === undefined ? t('The operator before it does not know its columns yet.') : MEANING[edge.changes.kind]}
          </p>
        </section>
        {ghost?.kind === 'rows' && ghost.rows.length > 0 ? (
          <section className="ds-sec" aria-label={t('Example rows')}>
            <h3>
              {t('Example rows')} <span className="rn-t3">{share(ghost.rows.length, ghost.of)}</span>
            </h3>
            <div className="rn-scroll" role="group" aria-label={t('Example rows')} tabIndex={0}>
              <RowsTable caption={t('Example rows')} schema={ghost.schema} rows={ghost.rows.slice(0, 8)} />
            </div>
          </section>
        ) : null}
        {edge === undefined ? null : (
          <section className="ds-sec" aria-label={t('Columns')}>
            <h3>
              {t('Columns')} <span className="rn-t3">{edge.schema.length}</span>
            </h3>
            <table className="rn-table rn-dense">
              <tbody>
                <SchemaRows columns={edge.schema} eventTime={edge.eventTime} keys={edge.changes.key ?? []} />
              </tbody>
            </table>
          </section>
        )}
      </div>
    </div>
  )
}

function SchemaRows({
  columns,
  eventTime,
  keys,
}: {
  readonly columns: Schema
  readonly eventTime: string | null
  readonly keys: readonly string[]
}) {
  return columns.map((column) => (
    <tr key={column.name}>
      <td>
        <code>{column.name}</code>
      </td>
      <td className="rn-t2">{column.type}</td>
      <td className="rn-t3">
        {[
          column.nullable ? t('may be NULL') : '',
          column.name === eventTime ? t('event time') : '',
          keys.includes(column.name) ? t('key') : '',
        ]
          .filter(Boolean)
          .join(', ')}
      </td>
    </tr>
  ))
}
