/** An operator as drawn: name, the setting that matters, what it gives (ui.md §3, design face). */
import { memo, useEffect, useRef, type CSSProperties } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { Handle, Position, useStore, useUpdateNodeInternals, type Node, type NodeProps } from '@xyflow/react'
import { ERRORS_PORT, type OutputPort, type StreamKind } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { useDesigner, type DesignerState } from '../designerStore.ts'
import { same } from '../document/difference.ts'
import { NODE_HEIGHT, NODE_WIDTH } from '../layout/place.ts'
import { DsIcon, Glyph } from '../parts/icons.tsx'
import { useConnecting } from './connecting.ts'
import { useFocusPath } from './focusPath.ts'
import { portTop } from './ports.ts'
import { useQuickAdd } from './quickAdd.ts'
import { language } from '../../language/language.ts'
import { t } from '../../language/t.ts'

export type DesignNodeType = Node<{ readonly id: string } & Record<string, unknown>, 'design'>

export const LOD_ZOOM = 0.4
const ERRORS_LEFT = 190

export const DesignNode = memo(function DesignNode({ data: { id }, selected }: NodeProps<DesignNodeType>) {
  const operator = useDesigner((state) => state.checked.operators.get(id))
  const marks = useDesigner(useShallow((state: DesignerState) => state.checked.marks.get(id)))
  const far = useStore((state) => state.transform[2] < LOD_ZOOM)
  const answer = useConnecting(id)
  const offPath = useFocusPath((state) => state.shown !== null && !state.shown.has(id))
  if (operator === undefined) return null
  const manifest = manifestFor(operator.type)
  const severity = manifest === undefined || (marks?.errors ?? 0) > 0 ? 'ds-bad' : (marks?.warnings ?? 0) > 0 ? 'ds-warned' : ''
  const name = nameOf(operator)
  const className = [
    'rn-node',
    'ds-node',
    selected ? 'rn-selected' : '',
    severity,
    offPath ? 'ds-off-path' : '',
    answer === null ? '' : answer.ok ? 'ds-fits' : 'ds-unfit',
  ]
    .filter(Boolean)
    .join(' ')
  return (
    <div className={className} data-testid={`node-${id}`} data-far={far ? '' : undefined}>
      {far ? <StillPorts id={id} type={operator.type} /> : <Inputs id={id} type={operator.type} name={name} />}
      {far ? (
        <div className="ds-far">
          <svg className="rn-ico" width="44" height="44" viewBox="0 0 16 16" aria-hidden="true">
            <path d={manifest?.icon ?? 'M3 3h10v10H3z'} />
          </svg>
        </div>
      ) : (
        <>
          <div className="rn-head">
            <Glyph path={manifest?.icon} />
            <span className="rn-name" title={name}>
              {name}
            </span>
            {(operator.partitions ?? 1) > 1 ? <span className="rn-parts">×{operator.partitions}</span> : null}
          </div>
          <Summary id={id} refusal={answer === null || answer.ok ? null : answer.reason} />
          <Foot id={id} type={operator.type} />
        </>
      )}
      {marks === undefined || marks.errors + marks.warnings === 0 ? null : (
        <span className={marks.errors > 0 ? 'ds-badge ds-badge-error' : 'ds-badge'} title={marks.first}>
          <span aria-hidden="true">!</span> {marks.errors > 0 ? marks.errors : marks.warnings}
        </span>
      )}
      {far ? null : <Outputs id={id} name={name} named={manifest?.outputsOf !== undefined} selected={selected} />}
    </div>
  )
})

function Summary({ id, refusal }: { readonly id: string; readonly refusal: string | null }) {
  const summary = useDesigner((state) => state.checked.summaries.get(id) ?? '')
  if (refusal !== null)
    return (
      <div className="ds-summary ds-refusal" title={refusal}>
        {refusal}
      </div>
    )
  return (
    <div className="ds-summary" title={summary}>
      {summary}
    </div>
  )
}

function Foot({ id, type }: { readonly id: string; readonly type: string }) {
  const manifest = manifestFor(type)
  const marks = useDesigner(useShallow((state: DesignerState) => state.checked.marks.get(id)))
  const output = useDesigner((state) => state.checked.ports.get(id)?.[0]?.name)
  const kind = useDesigner((state) => state.checked.propagation.outputs.get(`${id}.${output}`)?.changes.kind)
  const columns = useDesigner((state) => state.checked.propagation.outputs.get(`${id}.${output}`)?.schema.length)
  const input = manifest?.inputs[0]?.name
  const read = useDesigner((state) => state.checked.propagation.inputs.get(`${id}.${input}`)?.changes.kind)
  const level = useDesigner((state) => state.checked.levels.get(id))
  if (manifest === undefined)
    return (
      <div className="ds-foot">
        <span className="rn-ell">{t('kept, cannot run here')}</span>
      </div>
    )
  if (marks !== undefined && marks.errors > 0)
    return (
      <div className="ds-foot" title={marks.first}>
        <span className="rn-ell rn-grow">{marks.first}</span>
        {marks.fixes === 0 ? null : <span>{marks.fixes === 1 ? t('1 way to fix') : t('{fixes} ways to fix', { fixes: marks.fixes })}</span>}
      </div>
    )
  const { guarantee } = manifest
  if (guarantee.role === 'sink')
    return (
      <div className="ds-foot" title={guarantee.sentence}>
        <DsIcon name={guarantee.delivery === 'display' ? 'eye' : level === undefined || level === 'exactly-once' ? 'shield' : 'warning'} />
        <span>{guarantee.delivery === 'display' ? t('shown, not kept') : t(level ?? guarantee.delivery)}</span>
        <span className="rn-grow" />
        <span>{read === undefined ? '' : t(read)}</span>
      </div>
    )
  return (
    <div className="ds-foot">
      <span className={`ds-kind ds-kind-${kind ?? 'open'}`}>
        <DsIcon name={kind ?? 'append'} />
      </span>
      <span>{t(kind ?? 'columns not known yet')}</span>
      <span className="rn-grow" />
      <span>{columns === undefined ? '' : columnsText(columns)}</span>
    </div>
  )
}

const NO_PORTS: readonly OutputPort[] = []

/** The operator's outputs; the same list as long as names and titles are. */
function usePorts(id: string): readonly OutputPort[] {
  const ports = useDesigner((state) => state.checked.ports.get(id) ?? NO_PORTS)
  const kept = useRef(ports)
  if (!same(kept.current, ports)) kept.current = ports
  return kept.current
}

function columnsText(count: number): string {
  return count === 1 ? t('1 column') : t('{count} columns', { count })
}

export function portClass(kind: StreamKind['kind'] | undefined, out: boolean, bad: boolean): string {
  return ['rn-port', 'ds-port', out ? 'rn-port-out' : '', kind === undefined ? '' : `ds-port-${kind}`, bad ? 'ds-port-bad' : '']
    .filter(Boolean)
    .join(' ')
}

/** From afar ports only hold the ends of streams: without React Flow's handles, whose subscriptions cost more than they draw. */
function StillPorts({ id, type }: { readonly id: string; readonly type: string }) {
  const inputs = manifestFor(type)?.inputs ?? []
  const outputs = usePorts(id)
  return (
    <>
      {inputs.map(({ name }, i) => (
        <i
          key={`in ${name}`}
          className="ds-still target"
          data-handleid={name}
          data-handlepos={Position.Left}
          style={{ left: -5, top: portTop(i, inputs.length) - 5 }}
        />
      ))}
      {outputs.map(({ name }, i) => (
        <i
          key={`out ${name}`}
          className="ds-still source"
          data-handleid={name}
          data-handlepos={Position.Right}
          style={{ left: NODE_WIDTH - 5, top: portTop(i, outputs.length) - 5 }}
        />
      ))}
      <i
        className="ds-still source"
        data-handleid={ERRORS_PORT}
        data-handlepos={Position.Bottom}
        style={{ left: ERRORS_LEFT - 5, top: NODE_HEIGHT - 5 }}
      />
    </>
  )
}

function Inputs({ id, type, name }: { readonly id: string; readonly type: string; readonly name: string }) {
  const ports = manifestFor(type)?.inputs ?? []
  const kinds = useDesigner(
    useShallow((state: DesignerState) => ports.map((port) => state.checked.propagation.inputs.get(`${id}.${port.name}`)?.changes.kind)),
  )
  const refused = useDesigner(
    useShallow((state: DesignerState) => ports.map((port) => state.checked.refusedInputs.has(`${id}.${port.name}`))),
  )
  return ports.map((port, i) => (
    <Handle
      key={port.name}
      id={port.name}
      type="target"
      position={Position.Left}
      className={portClass(kinds[i], false, refused[i])}
      style={{ top: portTop(i, ports.length) }}
      title={t('{title}: takes {accepts}', { title: port.title, accepts: port.accepts.map((one) => t(one)).join(t(' or ')) })}
      role="img"
      aria-label={t('{name}, input {title}', { name, title: port.title })}
    />
  ))
}

interface OutputsProps {
  readonly id: string
  readonly name: string
  /** The config names the outputs, so those names are shown. */
  readonly named: boolean
  readonly selected: boolean
}

function Outputs({ id, name, named, selected }: OutputsProps) {
  const ports = usePorts(id)
  const update = useUpdateNodeInternals()
  // A config may say which outputs there are; streams have to find the new ones.
  const measured = useRef(ports)
  useEffect(() => {
    if (measured.current === ports) return
    measured.current = ports
    update(id)
  }, [ports, id, update])
  const kinds = useDesigner(
    useShallow((state: DesignerState) => ports.map((port) => state.checked.propagation.outputs.get(`${id}.${port.name}`)?.changes.kind)),
  )
  const read = useDesigner(useShallow((state: DesignerState) => ports.map((port) => state.checked.readOutputs.has(`${id}.${port.name}`))))
  const errorsRead = useDesigner((state) => state.checked.readOutputs.has(`${id}.${ERRORS_PORT}`))
  const open = useQuickAdd((state) => state.open)
  return (
    <>
      {ports.map((port, i) => {
        const top = portTop(i, ports.length)
        const style = { '--top': `${top}px` } as CSSProperties
        return (
          <div className="rn-contents" key={port.name}>
            <Handle
              id={port.name}
              type="source"
              position={Position.Right}
              className={portClass(kinds[i], true, false)}
              style={{ top }}
              title={port.title}
              role="img"
              aria-label={t('{name}, output {title}', { name, title: port.title })}
            />
            {ports.length > 1 ? (
              <span className="ds-port-name" style={style} aria-hidden="true">
                {named ? port.title : port.name}
              </span>
            ) : null}
            {read[i] ? null : (
              <button
                type="button"
                className={ports.length > 1 ? 'ds-quick ds-quick-named nodrag nopan' : 'ds-quick nodrag nopan'}
                style={style}
                tabIndex={selected ? 0 : -1}
                title={t('Add an operator after {title} (Tab)', { title: language === 'de' ? port.title : port.title.toLowerCase() })}
                aria-label={t('Add an operator after {title} of {name}', { title: port.title, name })}
                onClick={(event) => {
                  event.stopPropagation()
                  open({ kind: 'after', from: { operator: id, port: port.name }, at: null })
                }}
              >
                <DsIcon name="plus" size={12} />
              </button>
            )}
          </div>
        )
      })}
      <Handle
        id={ERRORS_PORT}
        type="source"
        position={Position.Bottom}
        className={errorsRead ? 'rn-port ds-port ds-port-errors ds-used' : 'rn-port ds-port ds-port-errors'}
        style={{ left: ERRORS_LEFT }}
        title={t('Rows the operator cannot process')}
        role="img"
        aria-label={t('{name}, output Errors', { name })}
      />
    </>
  )
}
