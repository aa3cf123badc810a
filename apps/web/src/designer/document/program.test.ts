/** A program and the designer's gestures make the same document. */
import { manifests } from '@belay/operators/manifests'
import { planHash, type PipelineDocument } from '@belay/pipeline'
import { count, pipeline } from '@belay/program'
import { expect, test } from 'vitest'
import { addOperator, changeOperator, connect, setConfig } from './edits.ts'

test('the document of a program is the one that is drawn', () => {
  let drawn: PipelineDocument = {
    format: 1,
    id: 'both',
    name: 'both',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: [],
    streams: [],
    layout: {},
  }
  for (const type of ['generator', 'filter', 'window-aggregate', 'table-view', 'file-sink'])
    ({ document: drawn } = addOperator(drawn, manifests, type, { x: 0, y: 0 }))
  drawn = setConfig(drawn, 'filter', '/condition', 'value > 50')
  drawn = setConfig(drawn, 'window-aggregate', '/keys', ['key'])
  drawn = changeOperator(drawn, 'window-aggregate', { partitions: 2 })
  drawn = connect(drawn, { operator: 'generator', port: 'out' }, { operator: 'filter', port: 'in' })
  drawn = connect(drawn, { operator: 'filter', port: 'true' }, { operator: 'window-aggregate', port: 'in' })
  drawn = connect(drawn, { operator: 'window-aggregate', port: 'out' }, { operator: 'table-view', port: 'in' })
  drawn = connect(drawn, { operator: 'window-aggregate', port: 'out' }, { operator: 'file-sink', port: 'in' })

  const written = pipeline('both')
    .source('generator', 'generator')
    .filter('filter', 'value > 50')
    .windowAggregate('window-aggregate', { sizeMs: 60_000, keys: ['key'], aggregates: { rows: count() }, partitions: 2 })
    .table('table-view')
    .file('file-sink', { folder: 'home:output', fileName: 'rows' })
    .toDocument()
  const { layout: _drawn, ...ownDrawn } = drawn
  const { layout: _written, ...ownWritten } = written
  expect(ownWritten).toEqual(ownDrawn)
  expect(planHash(written)).toBe(planHash(drawn))
})
