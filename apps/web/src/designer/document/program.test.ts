/** A program and the designer's gestures make the same document. */
import { planHash } from '@belay/pipeline'
import { count, pipeline } from '@belay/program'
import { expect, test } from 'vitest'
import { drawn } from '../../../test/support/drawnPipelines.ts'
import { changeOperator, connect, setConfig } from './edits.ts'

test('the document of a program is the one that is drawn', () => {
  const types = ['generator', 'filter', 'window-aggregate', 'table-view', 'file-sink']
  let made = { ...drawn(types), id: 'both', name: 'both' }
  made = setConfig(made, 'filter', '/condition', 'value > 50')
  made = setConfig(made, 'window-aggregate', '/keys', ['key'])
  made = changeOperator(made, 'window-aggregate', { partitions: 2 })
  made = connect(made, { operator: 'generator', port: 'out' }, { operator: 'filter', port: 'in' })
  made = connect(made, { operator: 'filter', port: 'true' }, { operator: 'window-aggregate', port: 'in' })
  made = connect(made, { operator: 'window-aggregate', port: 'out' }, { operator: 'table-view', port: 'in' })
  made = connect(made, { operator: 'window-aggregate', port: 'out' }, { operator: 'file-sink', port: 'in' })

  const written = pipeline('both')
    .source('generator', 'generator')
    .filter('filter', 'value > 50')
    .windowAggregate('window-aggregate', { sizeMs: 60_000, keys: ['key'], aggregates: { rows: count() }, partitions: 2 })
    .table('table-view')
    .file('file-sink', { folder: 'home:output', fileName: 'rows' })
    .toDocument()
  const { layout: _drawn, ...ownDrawn } = made
  const { layout: _written, ...ownWritten } = written
  expect(ownWritten).toEqual(ownDrawn)
  expect(planHash(written)).toBe(planHash(made))
})
