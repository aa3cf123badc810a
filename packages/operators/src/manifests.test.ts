import type { EdgeType } from '@belay/pipeline'
import { Check } from 'typebox/value'
import { expect, test } from 'vitest'
import { manifests } from './manifests.ts'

const edge: EdgeType = {
  schema: [{ name: 'delay', type: 'int64', nullable: false }],
  eventTime: null,
  changes: { kind: 'append', key: null },
}

test('every manifest stands under its own type', () => {
  for (const [type, manifest] of Object.entries(manifests)) expect(manifest.type).toBe(type)
})

test('H35 every manifest is whole: what it is, its help, its icon, its guarantee, whether Flink has it', () => {
  for (const manifest of Object.values(manifests)) {
    const { type, title, summary, help, icon, keywords, guarantee, flink, flinkOptions = {} } = manifest
    const said = expect.soft
    said(title, type).not.toBe('')
    said(summary, type).toMatch(/^[A-Z].*[^.]$/s)
    said(help, type).toMatch(/\.$/)
    said(icon, type).toMatch(/^M[-\d\sA-Za-z.,]+$/)
    said(keywords.length, type).toBeGreaterThan(2)
    said(guarantee.sentence, type).toMatch(/\.$/)
    for (const support of [flink, ...Object.values(flinkOptions)]) {
      if (support.support === 'no') said(support.reason, type).toMatch(/\.$/)
      if (support.support === 'differs') said(support.note, type).toMatch(/\.$/)
    }
    if (manifest.partitioning.kind === 'none') said(manifest.partitioning.reason, type).toMatch(/\.$/)
    said(Check(manifest.configSchema, manifest.defaultConfig), type).toBe(true)
    said(typeof manifest.summarise(manifest.defaultConfig), type).toBe('string')
    const options = Object.keys((manifest.configSchema as unknown as { properties: object }).properties)
    const inForm = new Set(manifest.form.map(({ path }) => path.split('/')[1]))
    said(
      [...inForm].filter((name) => name === undefined || !options.includes(name)),
      type,
    ).toEqual([])
    for (const path of Object.keys(flinkOptions)) said(options, type).toContain(path.split(/[/=]/)[1])
  }
})

test('filter passes its input type on and places a wrong condition', () => {
  const typed = (condition: string) => manifests['filter']?.typing({ config: { condition }, inputs: { in: edge } })
  expect(typed('delay >= 15')).toEqual({ outputs: { true: edge, false: edge }, problems: [] })
  expect(typed('delay')?.problems[0]).toMatchObject({ code: 'CONDITION_NOT_BOOL', configPath: '/condition' })
  expect(typed('delya >= 15')?.problems[0]).toMatchObject({ configPath: '/condition', range: { from: 0, to: 5 } })
})

test('union is nullable where one input is, and refuses other columns', () => {
  const nullable: EdgeType = { ...edge, schema: [{ name: 'delay', type: 'int64', nullable: true }] }
  const other: EdgeType = { ...edge, schema: [{ name: 'origin', type: 'string', nullable: false }] }
  const typed = (second: EdgeType) => manifests['union']?.typing({ config: {}, inputs: { in1: edge, in3: second } })
  expect(typed(nullable)?.outputs['out']?.schema[0]?.nullable).toBe(true)
  expect(typed(other)?.problems[0]).toMatchObject({ code: 'UNION_COLUMNS_DIFFER', port: 'in3' })
})

test('table view places a key column that does not exist', () => {
  const typed = manifests['table-view']?.typing({ config: { rows: 10, key: ['delay', 'gate'] }, inputs: { in: edge } })
  expect(typed?.problems).toMatchObject([{ code: 'COLUMN_UNKNOWN', configPath: '/key/1' }])
})
