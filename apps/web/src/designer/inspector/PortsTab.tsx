/** Ports of an operator and what they are connected to; connecting without drawing (WCAG 2.5.7). */
import { useMemo } from 'react'
import { manifests } from '@belay/operators/manifests'
import { connectionRules, ERRORS_PORT, type OperatorManifest, type OperatorNode, type PortReference } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { connect, disconnect } from '../document/edits.ts'
import { namesOfOutputs } from '../palette/adding.ts'
import { DsIcon } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

export function PortsTab({ operator, manifest }: { readonly operator: OperatorNode; readonly manifest: OperatorManifest }) {
  const outputs = useDesigner((state) => state.checked.ports.get(operator.id) ?? [])
  return (
    <>
      {manifest.inputs.length === 0 ? null : (
        <section className="ds-sec" aria-label={t('Inputs')}>
          <h3>{t('Inputs')}</h3>
          {manifest.inputs.map((port) => (
            <Port
              key={port.name}
              side="in"
              port={{ operator: operator.id, port: port.name }}
              title={port.title}
              note={t('takes {kinds}', { kinds: port.accepts.map((kind) => t(kind)).join(', ') })}
            />
          ))}
        </section>
      )}
      <section className="ds-sec" aria-label={t('Outputs')}>
        <h3>{t('Outputs')}</h3>
        {outputs.map((port) => (
          <Port key={port.name} side="out" port={{ operator: operator.id, port: port.name }} title={port.title} note="" />
        ))}
        <Port side="out" port={{ operator: operator.id, port: ERRORS_PORT }} title={t('Errors')} note={t('rows it cannot process')} />
      </section>
    </>
  )
}

interface PortProps {
  readonly side: 'in' | 'out'
  readonly port: PortReference
  readonly title: string
  readonly note: string
}

function Port({ side, port, title, note }: PortProps) {
  const document = useDesigner((state) => state.history.present)
  const { propagation, operators } = useDesigner((state) => state.checked)
  const { edit } = useDesigner.getState()
  const edge = (side === 'in' ? propagation.inputs : propagation.outputs).get(`${port.operator}.${port.port}`)
  const same = (other: PortReference): boolean => other.operator === port.operator && other.port === port.port
  const connected = document.streams.flatMap((stream) =>
    stream.to
      .filter((to) => (side === 'in' ? same(to) : same(stream.from)))
      .map((to) => ({ stream: stream.id, to, other: side === 'in' ? stream.from : to })),
  )
  const choices = useMemo(() => {
    const rule = connectionRules(document, manifests, propagation)
    return document.operators.flatMap((operator) => {
      if (operator.id === port.operator) return []
      const ports = side === 'out' ? (manifestFor(operator.type)?.inputs.map((input) => input.name) ?? []) : namesOfOutputs(operator.id)
      return ports.map((name) => {
        const other = { operator: operator.id, port: name }
        const answer = side === 'out' ? rule(port, other) : rule(other, port)
        return { other, answer, label: `${nameOf(operator)} · ${name}` }
      })
    })
  }, [document, propagation, port, side])
  return (
    <div className="ds-port-row">
      <div className="ds-label">
        <span className={`ds-kind ds-kind-${edge?.changes.kind ?? 'open'}`}>
          <DsIcon name={edge?.changes.kind ?? 'append'} size={12} />
        </span>
        <span>{title}</span>
        <span className="ds-from">
          {edge === undefined ? note : t('{kind}, {schema} columns', { kind: t(edge.changes.kind), schema: edge.schema.length })}
        </span>
      </div>
      {connected.map(({ stream, to, other }) => (
        <div className="ds-connected" key={`${stream} ${to.operator} ${to.port}`}>
          <code className="rn-grow rn-ell">
            {side === 'in' ? 'from ' : 'to '}
            {nameOf(operators.get(other.operator), other.operator)} · {other.port}
          </code>
          <button
            type="button"
            className="ds-tiny"
            aria-label={t('Disconnect from {operator}', { operator: nameOf(operators.get(other.operator), other.operator) })}
            onClick={() => edit(disconnect(drawn(), stream, to))}
          >
            <DsIcon name="x" size={12} />
          </button>
        </div>
      ))}
      {side === 'in' && connected.length > 0 ? null : (
        <select
          className="ds-input ds-select"
          aria-label={t('Connect {title}', { title })}
          value=""
          onChange={(event) => {
            const choice = choices[Number(event.target.value)]
            edit(side === 'out' ? connect(drawn(), port, choice.other) : connect(drawn(), choice.other, port))
          }}
        >
          <option value="">{side === 'in' ? t('connect from…') : t('connect to…')}</option>
          {choices.map(({ label, answer }, i) => (
            <option key={label} value={i} disabled={!answer.ok}>
              {answer.ok ? label : `${label}: ${answer.reason}`}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}
