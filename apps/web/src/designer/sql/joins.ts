/** The SQL of joins. */
import type { Schema } from '@belay/columns'
import type { EdgeType } from '@belay/pipeline'
import { entriesAt, list, NOT_CONNECTED, numberAt, only, textAt, view } from './config.ts'
import { columnLines, type SqlStep, type Statement } from './step.ts'
import { interval, quoted, text } from './words.ts'

export function lookupJoin(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  if (from === null || input === undefined) return NOT_CONNECTED
  const file = quoted(`${step.operator.id}_file`)
  const declared = entriesAt(step, 'fileColumns') as unknown as Schema
  const on = entriesAt(step, 'on').map((pair) => `r.${quoted(String(pair['input']))} = f.${quoted(String(pair['file']))}`)
  const added = entriesAt(step, 'add').map((entry) => `f.${quoted(String(entry['column']))} AS ${quoted(String(entry['name']))}`)
  const format = step.config['format'] === 'json-lines' ? 'json' : 'csv'
  const table = `CREATE TABLE ${file} (\n${columnLines(declared).join(',\n')}\n) WITH (\n  'connector' = 'filesystem',\n  'path' = ${text(textAt(step, 'file'))},\n  'format' = '${format}'\n);`
  const join = step.config['onMiss'] === 'drop' ? 'JOIN' : 'LEFT JOIN'
  return {
    kind: 'sql',
    text: `${table}\n${view(step, 'out', `SELECT ${['r.*', ...added].join(', ')}\nFROM ${from} AS r\n${join} ${file} AS f ON ${on.join(' AND ')}`)}`,
    notes: [],
  }
}

const JOINS: Readonly<Record<string, string>> = { inner: 'JOIN', left: 'LEFT JOIN', right: 'RIGHT JOIN', full: 'FULL JOIN' }

interface Sides {
  /** Where the rows of each side come from. */
  readonly left: string
  readonly right: string
  readonly rows: EdgeType
  readonly others: EdgeType
  readonly output: EdgeType
  /** Equal keys. */
  readonly on: string
}

/** null = something is not connected yet. */
function sides(step: SqlStep): Sides | null {
  const left = step.from('left')
  const right = step.from('right')
  const rows = step.input('left')
  const others = step.input('right')
  const output = step.output('out')
  if (left === null || right === null || rows === undefined || others === undefined || output === undefined) return null
  const on = entriesAt(step, 'on')
    .map((pair) => `l.${quoted(String(pair['left']))} = r.${quoted(String(pair['right']))}`)
    .join(' AND ')
  return { left, right, rows, others, output, on }
}

export function regularJoin(step: SqlStep): Statement {
  const found = sides(step)
  if (found === null) return NOT_CONNECTED
  const { left, right, rows, others, output, on } = found
  const type = textAt(step, 'type')
  if (type === 'semi' || type === 'anti')
    return only(
      step,
      'out',
      `SELECT * FROM ${left} AS l WHERE ${type === 'anti' ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${right} AS r WHERE ${on})`,
    )
  const columns = joinedColumns(rows.schema, others.schema, output.schema)
  return only(step, 'out', `SELECT\n  ${columns}\nFROM ${left} AS l\n${JOINS[type] ?? 'JOIN'} ${right} AS r ON ${on}`)
}

/** A regular join there that bounds the distance of both times forgets as this one does. */
export function intervalJoin(step: SqlStep): Statement {
  const found = sides(step)
  if (found === null || found.rows.eventTime === null || found.others.eventTime === null) return NOT_CONNECTED
  const { left, right, rows, others, output, on } = found
  const time = `l.${quoted(found.rows.eventTime)}`
  const after = (ms: number): string => (ms === 0 ? time : `${time} ${ms < 0 ? '-' : '+'} ${interval(Math.abs(ms))}`)
  const within = `r.${quoted(found.others.eventTime)} BETWEEN ${after(numberAt(step, 'fromMs') ?? 0)} AND ${after(numberAt(step, 'toMs') ?? 0)}`
  const columns = joinedColumns(rows.schema, others.schema, output.schema)
  const join = JOINS[textAt(step, 'type')] ?? 'JOIN'
  return only(step, 'out', `SELECT\n  ${columns}\nFROM ${left} AS l\n${join} ${right} AS r ON ${on}\n  AND ${within}`)
}

const BOUNDS = ['window_start', 'window_end'] as const

export function windowJoin(step: SqlStep): Statement {
  const found = sides(step)
  if (found === null || found.rows.eventTime === null || found.others.eventTime === null) return NOT_CONNECTED
  const { rows, others, output } = found
  const size = interval(numberAt(step, 'sizeMs') ?? 60_000)
  const windows = (from: string, time: string): string =>
    `(\n  SELECT * FROM TABLE(TUMBLE(TABLE ${from}, DESCRIPTOR(${quoted(time)}), ${size}))\n)`
  const left = windows(found.left, found.rows.eventTime)
  const right = windows(found.right, found.others.eventTime)
  const on = [found.on, ...BOUNDS.map((bound) => `l.${quoted(bound)} = r.${quoted(bound)}`)].join(' AND ')
  const type = textAt(step, 'type')
  if (type === 'semi' || type === 'anti') {
    const columns = [...rows.schema.map(({ name }) => name), ...BOUNDS].map((name) => `l.${quoted(name)}`).join(', ')
    const exists = `${type === 'anti' ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${right} AS r WHERE ${on})`
    return only(step, 'out', `SELECT ${columns}\nFROM ${left} AS l WHERE ${exists}`)
  }
  const bounds = BOUNDS.map((bound) => {
    const name = quoted(bound)
    return type === 'inner' || type === 'left' ? `l.${name}` : type === 'right' ? `r.${name}` : `COALESCE(l.${name}, r.${name}) AS ${name}`
  })
  const columns = [joinedColumns(rows.schema, others.schema, output.schema), ...bounds].join(',\n  ')
  return only(step, 'out', `SELECT\n  ${columns}\nFROM ${left} AS l\n${JOINS[type] ?? 'JOIN'} ${right} AS r ON ${on}`)
}

/** Both sides' columns under the names that the output gives them. */
function joinedColumns(left: Schema, right: Schema, output: Schema): string {
  return [
    ...left.map((field) => `l.${quoted(field.name)}`),
    ...right.map((field, i) => {
      const name = output[left.length + i]?.name ?? field.name
      return name === field.name ? `r.${quoted(name)}` : `r.${quoted(field.name)} AS ${quoted(name)}`
    }),
  ].join(',\n  ')
}

/** Flink has to be told that the right side holds versions: the newest row of each key, as a view. */
export function temporalJoin(step: SqlStep): Statement {
  const found = sides(step)
  if (found === null) return NOT_CONNECTED
  const { left, right, rows, others, output, on } = found
  const table = quoted(`${step.operator.id}_versions`)
  const names = list(others.schema.map((field) => field.name))
  const keys = list(entriesAt(step, 'on').map((pair) => String(pair['right'])))
  const time = (edge: EdgeType): string => quoted(edge.eventTime ?? '')
  const newest = `CREATE TEMPORARY VIEW ${table} AS\nSELECT ${names} FROM (\n  SELECT *, ROW_NUMBER() OVER (PARTITION BY ${keys} ORDER BY ${time(others)} DESC) AS \`row_number\`\n  FROM ${right}\n) WHERE \`row_number\` = 1;`
  const query = `SELECT\n  ${joinedColumns(rows.schema, others.schema, output.schema)}\nFROM ${left} AS l\n${JOINS[textAt(step, 'type')] ?? 'JOIN'} ${table} FOR SYSTEM_TIME AS OF l.${time(rows)} AS r ON ${on}`
  return { kind: 'sql', text: `${newest}\n${view(step, 'out', query)}`, notes: [] }
}
