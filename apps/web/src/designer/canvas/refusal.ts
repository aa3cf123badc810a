/** A stream that may not be drawn: the reason, and what would make it fit. */
import { manifests } from '@belay/operators/manifests'
import { canConnect, type PortReference } from '@belay/pipeline'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { connect, disconnect } from '../document/edits.ts'
import { insertInto } from '../document/placing.ts'
import { said, t } from '../../language/t.ts'

export function refuse(from: PortReference, to: PortReference): void {
  const answer = canConnect(drawn(), manifests, from, to)
  if (answer.ok) return
  const wayOut = union(from, to)
  useDesigner.getState().say({ tone: 'refused', text: said(answer.reason), ...(wayOut === null ? {} : { action: wayOut }) })
}

/** An input that is taken already can be fed by both through a union. */
function union(from: PortReference, to: PortReference): { readonly label: string; readonly run: () => void } | null {
  const next = (): ReturnType<typeof drawn> | null => {
    const document = drawn()
    const stream = document.streams.find((candidate) => candidate.to.some((end) => end.operator === to.operator && end.port === to.port))
    if (stream === undefined) return null
    const inserted = insertInto(document, manifests, { stream, to }, 'union')
    if (inserted === null) return null
    const input = { operator: inserted.id, port: 'in2' }
    return canConnect(inserted.document, manifests, from, input).ok ? connect(inserted.document, from, input) : null
  }
  if (next() === null) return replacement(from, to)
  return {
    label: t('Bring both together'),
    run: () => {
      const document = next()
      if (document !== null) useDesigner.getState().edit(document)
    },
  }
}

function replacement(from: PortReference, to: PortReference): { readonly label: string; readonly run: () => void } | null {
  const next = (): ReturnType<typeof drawn> | null => {
    const document = drawn()
    const stream = document.streams.find((candidate) => candidate.to.some((end) => end.operator === to.operator && end.port === to.port))
    if (stream === undefined) return null
    const open = disconnect(document, stream.id, to)
    return canConnect(open, manifests, from, to).ok ? connect(open, from, to) : null
  }
  if (next() === null) return null
  return {
    label: t('Take {operator} instead', {
      operator: nameOf(
        drawn().operators.find((operator) => operator.id === from.operator),
        from.operator,
      ),
    }),
    run: () => {
      const document = next()
      if (document !== null) useDesigner.getState().edit(document)
    },
  }
}
