/** One operator: name, form, ports, help. */
import { useState } from 'react'
import { manifests } from '@belay/operators/manifests'
import type { OperatorManifest, OperatorNode } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { changeOperator } from '../document/edits.ts'
import { removeReconnecting } from '../document/placing.ts'
import { duplicateSelection } from '../document/selectionActions.ts'
import { ColumnList } from '../forms/SchemaField.tsx'
import { ConfigForm } from '../forms/ConfigForm.tsx'
import { FieldProblems } from '../forms/FieldShell.tsx'
import { NumberField, plainIds } from '../forms/PlainFields.tsx'
import { groupName } from '../../groups/boxes.ts'
import { focusNode } from '../canvas/focusNode.ts'
import { selectGroup } from '../canvas/groupActions.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { DsIcon, Glyph } from '../parts/icons.tsx'
import { HelpText } from './HelpText.tsx'
import { PortsTab } from './PortsTab.tsx'
import { RowsTab } from './RowsTab.tsx'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

type Tab = 'config' | 'ports' | 'rows' | 'help'

const TABS: readonly { readonly tab: Tab; readonly title: string }[] = [
  { tab: 'config', title: t('Config') },
  { tab: 'ports', title: t('Ports') },
  { tab: 'rows', title: t('Rows') },
  { tab: 'help', title: t('Help') },
]

export default function OperatorInspector({ operator }: { readonly operator: OperatorNode }) {
  const manifest = manifestFor(operator.type)
  const [tab, setTab] = useState<Tab>('config')
  const reveal = useDesigner((state) => state.reveal)
  const [seen, setSeen] = useState(0)
  const { edit, selectOperators } = useDesigner.getState()
  if (reveal !== null && reveal.operator === operator.id && reveal.serial !== seen) {
    setSeen(reveal.serial)
    setTab('config')
  }
  const remove = (): void => {
    edit(removeReconnecting(drawn(), manifests, [operator.id]))
    selectOperators([])
  }
  return (
    <div
      className="ds-inspector-body"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        focusNode(operator.id)
      }}
    >
      <header className="ds-ph">
        <Glyph path={manifest?.icon} big />
        <div className="rn-grow">
          <h2 className="rn-hidden">{nameOf(operator)}</h2>
          <NameField operator={operator} />
          <p className="ds-micro">
            {t('{title} · id {id}', { title: manifest?.title ?? t('unknown type {type}', { type: operator.type }), id: operator.id })}
            <InGroup operator={operator.id} />
          </p>
        </div>
        <button
          type="button"
          className="ds-tiny ds-big"
          aria-label={t('Duplicate')}
          title={t('Duplicate (Ctrl-D)')}
          onClick={() => duplicateSelection()}
        >
          <DsIcon name="copy" />
        </button>
        <button type="button" className="ds-tiny ds-big" aria-label={t('Delete')} title={t('Delete (Del)')} onClick={remove}>
          <DsIcon name="trash" />
        </button>
      </header>
      {manifest === undefined ? (
        <UnknownType operator={operator} />
      ) : (
        <>
          <div className="rn-tabs" role="tablist" aria-label={t('Parts of the operator')}>
            {TABS.map(({ tab: name, title }) => (
              <button
                key={name}
                type="button"
                role="tab"
                id={`ds-tab-${name}`}
                aria-selected={tab === name}
                aria-controls="ds-tab-panel"
                onClick={() => setTab(name)}
              >
                {title}
              </button>
            ))}
          </div>
          <div className="ds-scroll" role="tabpanel" id="ds-tab-panel" aria-labelledby={`ds-tab-${tab}`} tabIndex={-1}>
            {tab === 'config' ? (
              <>
                <PlacelessProblems operator={operator} paths={manifest.form.map((field) => field.path)} />
                <ConfigForm operator={operator} manifest={manifest} />
                <Output operator={operator} />
                <RunSettings operator={operator} manifest={manifest} />
              </>
            ) : tab === 'ports' ? (
              <PortsTab operator={operator} manifest={manifest} />
            ) : tab === 'rows' ? (
              <RowsTab operator={operator} manifest={manifest} />
            ) : (
              <HelpText manifest={manifest} />
            )}
          </div>
        </>
      )}
    </div>
  )
}

/** Leads to the group that it is in. */
function InGroup({ operator }: { readonly operator: string }) {
  const group = useDesigner((state) => {
    const { tree } = drawingOf(state.history.present)
    return tree.groups.get(tree.groupOf.get(operator) ?? '')?.group
  })
  if (group === undefined) return null
  return (
    <>
      {' · in '}
      <button type="button" className="ds-link" onClick={() => selectGroup(group.id)}>
        {groupName(group)}
      </button>
    </>
  )
}

function NameField({ operator }: { readonly operator: OperatorNode }) {
  const { edit, endGesture } = useDesigner.getState()
  return (
    <input
      className="ds-name"
      aria-label={t('Name of the operator')}
      value={operator.name}
      placeholder={operator.id}
      maxLength={200}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => edit(changeOperator(drawn(), operator.id, { name: event.target.value }), `name:${operator.id}`)}
      onBlur={endGesture}
    />
  )
}

/** Problems of the operator that no field of the form shows. */
function PlacelessProblems({ operator, paths }: { readonly operator: OperatorNode; readonly paths: readonly string[] }) {
  const problems = useDesigner((state) => state.checked.problems)
  const own = problems.filter(
    ({ place }) =>
      place.operator === operator.id &&
      !paths.some((path) => place.configPath === path || place.configPath?.startsWith(`${path}/`) === true),
  )
  return own.length === 0 ? null : (
    <div className="ds-sec">
      <FieldProblems problems={own} />
    </div>
  )
}

function Output({ operator }: { readonly operator: OperatorNode }) {
  const ports = useDesigner((state) => state.checked.ports.get(operator.id) ?? [])
  const outputs = useDesigner((state) => state.checked.propagation.outputs)
  return ports.map(({ name: port, title }) => {
    const edge = outputs.get(`${operator.id}.${port}`)
    const { changes } = edge ?? {}
    const key = changes?.key ?? null
    return (
      <section className="ds-sec" key={port} aria-label={t('Output {port}', { port })}>
        <h3>
          {t('Output')} {ports.length > 1 ? <code title={title}>{port}</code> : null}{' '}
          <span className="rn-t3">
            {edge === undefined
              ? t('not known yet')
              : `${t(edge.changes.kind)}${key === null ? '' : t(', key {key}', { key: key.join(', ') })}${edge.eventTime === null ? '' : t(', time {eventTime}', { eventTime: edge.eventTime })}`}
          </span>
        </h3>
        {edge === undefined ? null : <ColumnList columns={edge.schema} />}
      </section>
    )
  })
}

/** What holds for every operator: what happens to bad rows, whether it runs apart, and in how many instances. */
function RunSettings({ operator, manifest }: { readonly operator: OperatorNode; readonly manifest: OperatorManifest }) {
  const { edit } = useDesigner.getState()
  const change = (next: Partial<OperatorNode>): void => edit(changeOperator(drawn(), operator.id, next))
  return (
    <section className="ds-sec ds-grid2" aria-label={t('When it runs')}>
      <div className="ds-field">
        <div className="ds-label">
          <label htmlFor={`ds-errors-${operator.id}`}>{t('Rows it cannot process')}</label>
        </div>
        <select
          id={`ds-errors-${operator.id}`}
          className="ds-input ds-select"
          value={operator.onRowError ?? 'fail'}
          onChange={(event) => change({ onRowError: event.target.value === 'skip' ? 'skip' : 'fail' })}
        >
          <option value="fail">{t('fail the run')}</option>
          <option value="skip">{t('skip and count')}</option>
        </select>
      </div>
      <Partitions operator={operator} partitioning={manifest.partitioning} onChange={change} />
      <div className="ds-field" data-wide="">
        <div className="ds-label">
          <label htmlFor={`ds-isolate-${operator.id}`}>{t('Container')}</label>
        </div>
        <select
          id={`ds-isolate-${operator.id}`}
          className="ds-input ds-select"
          value={operator.isolate === true ? 'own' : operator.fuse === true ? 'before' : 'planned'}
          onChange={(event) => change({ isolate: event.target.value === 'own', fuse: event.target.value === 'before' })}
        >
          <option value="planned">{t('as planned')}</option>
          <option value="own">{t('one of its own')}</option>
          {manifest.guarantee.role === 'source' ? null : <option value="before">{t('that of the operator before')}</option>}
        </select>
      </div>
      {manifest.guarantee.role === 'source' ? null : (
        <div className="ds-field" data-wide="">
          <div className="ds-label">
            <label htmlFor={`ds-failure-${operator.id}`}>{t('After a failure')}</label>
          </div>
          <select
            id={`ds-failure-${operator.id}`}
            className="ds-input ds-select"
            value={operator.onFailure ?? 'replay'}
            onChange={(event) => change({ onFailure: event.target.value === 'skip' ? 'skip' : 'replay' })}
          >
            <option value="replay">{t('go back and replay')}</option>
            <option value="skip">{t('skip what it missed (at most once)')}</option>
          </select>
        </div>
      )}
    </section>
  )
}

function Partitions({
  operator,
  partitioning,
  onChange,
}: {
  readonly operator: OperatorNode
  readonly partitioning: OperatorManifest['partitioning']
  readonly onChange: (next: Partial<OperatorNode>) => void
}) {
  const parameter = operator.partitionsParameter
  const partitions = operator.partitions ?? 1
  // One that cannot be shared out says why as soon as somebody asks for it.
  if (partitioning.kind === 'none' && partitions === 1 && parameter === undefined) return null
  const id = `ds-partitions-${operator.id}`
  return (
    <div className="ds-field">
      <div className="ds-label">
        <label htmlFor={id}>{t('Partitions')}</label>
        <span className="ds-from">
          {parameter === undefined ? t(partitions === 1 ? 'default' : 'changed') : t('parameter {name}', { name: parameter })}
        </span>
      </div>
      {parameter === undefined ? (
        <NumberField ids={plainIds(id)} value={partitions} min={1} max={128} onChange={(next = 1) => onChange({ partitions: next })} />
      ) : (
        <code id={id}>{`\${${parameter}}`}</code>
      )}
    </div>
  )
}

function UnknownType({ operator }: { readonly operator: OperatorNode }) {
  return (
    <div className="ds-scroll">
      <p className="ds-none">
        {tx(
          'This version of Belay does not know operators of type {code}. It is kept as it is and shown, but the pipeline cannot run with it. Update Belay, or remove the operator.',
          { code: <code>{operator.type}</code> },
        )}
      </p>
      <pre className="ds-json">{JSON.stringify(operator.config, null, 2)}</pre>
    </div>
  )
}
