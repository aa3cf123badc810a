/** Pipelines as they are drawn, for tests of what the designer does with them. */
import { manifests } from '@belay/operators/manifests'
import { USUAL_SETTINGS, type PipelineDocument } from '@belay/pipeline'
import { addOperator, connect } from '../../src/designer/document/edits.ts'

export const EMPTY: PipelineDocument = {
  format: 1,
  id: 'p',
  name: 'p',
  parameters: {},
  settings: USUAL_SETTINGS,
  operators: [],
  streams: [],
  layout: {},
}

/** One operator of each type, not connected; its id is its type. */
export function drawn(types: readonly string[]): PipelineDocument {
  return types.reduce((document, type) => addOperator(document, manifests, type, { x: 0, y: 0 }).document, EMPTY)
}

/** A row of a generator and filters, each reading the one before. */
export function chain(length: number): PipelineDocument {
  let document = EMPTY
  let before: string | null = null
  for (let i = 0; i < length; i += 1) {
    const added = addOperator(document, manifests, i === 0 ? 'generator' : 'filter', { x: i * 280, y: 0 })
    document =
      before === null
        ? added.document
        : connect(added.document, { operator: before, port: i === 1 ? 'out' : 'true' }, { operator: added.id, port: 'in' })
    before = added.id
  }
  return document
}
