/** What adding an operator does from wherever it is asked for: one undo step, connected where it fits, selected. */
import { manifests } from '@belay/operators/manifests'
import { ERRORS_PORT, type PortReference } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { addOperator } from '../document/edits.ts'
import type { Place } from '../layout/place.ts'
import { addAfter, insertInto, placeAfter, placeApart, type StreamEnd } from '../document/placing.ts'
import { useChosenPort } from '../canvas/chosenPort.ts'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { noteUse } from './recent.ts'
import { t } from '../../language/t.ts'

/** The port the next operator would follow: the selected operator's first output that nobody reads, or its first. */
export function nextPort(operatorId: string): PortReference | null {
  const document = drawn()
  const outputs = useDesigner.getState().checked.ports.get(operatorId) ?? []
  const read = new Set(document.streams.filter((stream) => stream.from.operator === operatorId).map((stream) => stream.from.port))
  const port = outputs.find((output) => !read.has(output.name)) ?? outputs[0]
  return port === undefined ? null : { operator: operatorId, port: port.name }
}

/** Outputs that a stream can begin at, the built-in errors last. */
export function namesOfOutputs(operatorId: string): readonly string[] {
  return [...(useDesigner.getState().checked.ports.get(operatorId) ?? []).map((port) => port.name), ERRORS_PORT]
}

/** From the palette: after the chosen port, else after the one selected operator where it fits, else by itself. */
export function addFromPalette(type: string): string {
  const { selection } = useDesigner.getState()
  const { port: chosen, choose } = useChosenPort.getState()
  if (chosen !== null) {
    choose(null)
    return addBehind(type, chosen)
  }
  const [id, ...others] = selectedIds(selection)
  const from = id === undefined || others.length > 0 ? null : nextPort(id)
  const takesRows = (manifestFor(type)?.inputs.length ?? 0) > 0
  return from !== null && takesRows
    ? addBehind(type, from)
    : addAt(type, from === null || id === undefined ? null : placeAfter(drawn(), id))
}

export function addBehind(type: string, from: PortReference, position?: Place): string {
  const { document, id } = addAfter(drawn(), manifests, type, from, position)
  return done(document, id, type)
}

/** At a place of the canvas; null = where there is room. */
export function addAt(type: string, position: Place | null, config?: Readonly<Record<string, unknown>>): string {
  const { document, id } = addOperator(drawn(), manifests, type, position ?? placeApart(drawn()), config)
  return done(document, id, type)
}

/** Into a stream; says why when it does not fit. */
export function addInto(type: string, end: StreamEnd, position?: Place): string | null {
  const inserted = insertInto(drawn(), manifests, end, type, position)
  if (inserted === null) {
    const { outputs = [], inputs = [], title = type } = manifestFor(type) ?? {}
    useDesigner.getState().say({
      tone: 'refused',
      text:
        inputs.length === 0
          ? t('{title} gives rows but takes none, so it cannot stand inside a stream.', { title })
          : outputs.length === 0
            ? t('{title} passes nothing on, so it cannot stand inside a stream.', { title })
            : t('{title} does not take what this stream carries.', { title }),
    })
    return null
  }
  return done(inserted.document, inserted.id, type)
}

function done(document: ReturnType<typeof drawn>, id: string, type: string): string {
  const { edit, selectOperators } = useDesigner.getState()
  edit(document)
  selectOperators([id])
  noteUse(type)
  return id
}
