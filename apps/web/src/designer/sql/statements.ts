/** The SQL of each kind of operator. Configs come from documents: what is of another shape is written as far as it goes. */
import type { Schema } from '@belay/columns'
import { checkExpression, toFlinkSql } from '@belay/expressions'
import type { EdgeType } from '@belay/pipeline'
import { columnLines, type SqlStep, type Statement } from './step.ts'
import { interval, quoted, text } from './words.ts'

type Write = (step: SqlStep) => Statement

export const STATEMENTS: Readonly<Record<string, Write | undefined>> = {
  'csv-source': fileTable('csv'),
  'json-lines-source': fileTable('json'),
  'parquet-source': fileTable('parquet'),
  generator,
  filter,
  select,
  split,
  union,
  dedup,
  'lookup-join': lookupJoin,
  'regular-join': regularJoin,
  'temporal-join': temporalJoin,
  'window-aggregate': windowAggregate,
  pattern,
  aggregate,
  'top-n': topN,
  rank,
  normalize,
  'file-sink': fileSink,
  'null-sink': nullSink,
}

const NOT_CONNECTED: Statement = { kind: 'none', reason: 'It is not connected yet.' }

/** Collects what expressions cannot say or say otherwise. */
class Expressions {
  readonly notes: string[] = []
  readonly reasons: string[] = []
  readonly #schema: Schema

  constructor(schema: Schema) {
    this.#schema = schema
  }

  write(expression: string): string {
    const checked = checkExpression(expression, this.#schema)
    if (!checked.ok) {
      this.reasons.push(checked.problems[0].message)
      return 'NULL'
    }
    const sql = toFlinkSql(checked.expression)
    if (!sql.ok) {
      this.reasons.push(...sql.reasons)
      return 'NULL'
    }
    this.notes.push(...sql.notes)
    return sql.sql
  }

  statement(sql: string): Statement {
    return this.reasons.length > 0
      ? { kind: 'none', reason: [...new Set(this.reasons)].join(' ') }
      : { kind: 'sql', text: sql, notes: [...new Set(this.notes)] }
  }
}

function view(step: SqlStep, port: string, query: string): string {
  return `CREATE TEMPORARY VIEW ${step.view(port)} AS\n${query};`
}

function only(step: SqlStep, port: string, query: string): Statement {
  return { kind: 'sql', text: view(step, port, query), notes: [] }
}

function textAt(step: SqlStep, key: string): string {
  const value = step.config[key]
  return typeof value === 'string' ? value : ''
}

function numberAt(step: SqlStep, key: string): number | null {
  const value = step.config[key]
  return typeof value === 'number' ? value : null
}

function namesAt(step: SqlStep, key: string): readonly string[] {
  const value = step.config[key]
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : []
}

function entriesAt(step: SqlStep, key: string): readonly Readonly<Record<string, unknown>>[] {
  const value = step.config[key]
  return Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : []
}

function list(names: readonly string[]): string {
  return names.map(quoted).join(', ')
}

function fileTable(format: 'csv' | 'json' | 'parquet'): Write {
  return (step) => {
    const edge = step.output('out')
    if (edge === undefined) return { kind: 'none', reason: 'Its columns are not known yet.' }
    const late = numberAt(step, 'outOfOrderMs') ?? 0
    const watermark =
      edge.eventTime === null
        ? []
        : [`  WATERMARK FOR ${quoted(edge.eventTime)} AS ${quoted(edge.eventTime)}${late === 0 ? '' : ` - ${interval(late)}`}`]
    const options = [`'connector' = 'filesystem'`, `'path' = ${text(textAt(step, 'file'))}`, `'format' = '${format}'`]
    return {
      kind: 'sql',
      text: `CREATE TABLE ${step.view('out')} (\n${[...columnLines(edge.schema), ...watermark].join(',\n')}\n) WITH (\n  ${options.join(',\n  ')}\n);`,
      notes: [],
    }
  }
}

function generator(step: SqlStep): Statement {
  const edge = step.output('out')
  if (edge === undefined) return { kind: 'none', reason: 'Its columns are not known yet.' }
  const rows = numberAt(step, 'rows') ?? 0
  const rate = numberAt(step, 'rowsPerSecond') ?? 0
  const options = [
    `'connector' = 'datagen'`,
    ...(rows === 0 ? [] : [`'number-of-rows' = '${rows}'`]),
    ...(rate === 0 ? [] : [`'rows-per-second' = '${rate}'`]),
  ]
  return {
    kind: 'sql',
    text: `CREATE TABLE ${step.view('out')} (\n${columnLines(edge.schema).join(',\n')}\n) WITH (\n  ${options.join(',\n  ')}\n);`,
    notes: ['It makes other rows of the same columns.'],
  }
}

function filter(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  if (from === null || input === undefined) return NOT_CONNECTED
  const expressions = new Expressions(input.schema)
  const condition = expressions.write(textAt(step, 'condition'))
  const views = [
    ...(step.read.has('false') ? [] : [view(step, 'true', `SELECT * FROM ${from} WHERE ${condition}`)]),
    ...(step.read.has('false') && step.read.has('true') ? [view(step, 'true', `SELECT * FROM ${from} WHERE ${condition}`)] : []),
    ...(step.read.has('false') ? [view(step, 'false', `SELECT * FROM ${from} WHERE (${condition}) IS NOT TRUE`)] : []),
  ]
  return expressions.statement(views.join('\n'))
}

function select(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  const output = step.output('out')
  if (from === null || input === undefined || output === undefined) return NOT_CONNECTED
  const expressions = new Expressions(input.schema)
  const listed = new Map(entriesAt(step, 'columns').map((entry) => [String(entry['name']), String(entry['expression'])]))
  const columns = output.schema.map((field) => {
    const expression = listed.get(field.name)
    return expression === undefined ? quoted(field.name) : `${expressions.write(expression)} AS ${quoted(field.name)}`
  })
  return expressions.statement(view(step, 'out', `SELECT\n  ${columns.join(',\n  ')}\nFROM ${from}`))
}

function split(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  if (from === null || input === undefined) return NOT_CONNECTED
  const expressions = new Expressions(input.schema)
  const conditions = entriesAt(step, 'ways').map((way) => expressions.write(String(way['condition'])))
  const earlier = (way: number): string[] => conditions.slice(0, way).map((condition) => `(${condition}) IS NOT TRUE`)
  const views = [
    ...conditions.map((condition, way) =>
      view(step, `out${way + 1}`, `SELECT * FROM ${from} WHERE ${[condition, ...earlier(way)].join(' AND ')}`),
    ),
    view(step, 'rest', `SELECT * FROM ${from} WHERE ${earlier(conditions.length).join(' AND ') || 'TRUE'}`),
  ]
  return expressions.statement(views.join('\n'))
}

function union(step: SqlStep): Statement {
  const sources = ['in1', 'in2', 'in3', 'in4'].flatMap((port) => step.from(port) ?? [])
  return sources.length === 0 ? NOT_CONNECTED : only(step, 'out', sources.map((source) => `SELECT * FROM ${source}`).join('\nUNION ALL\n'))
}

/** The first rows of each group by ROW_NUMBER; the columns that come out are the output's. */
function numbered(step: SqlStep, partition: readonly string[], order: string, keep: string, number: string): Statement {
  const from = step.from('in')
  const output = step.output('out')
  if (from === null || output === undefined) return NOT_CONNECTED
  const over = `ROW_NUMBER() OVER (${partition.length === 0 ? '' : `PARTITION BY ${list(partition)} `}ORDER BY ${order})`
  return only(
    step,
    'out',
    `SELECT ${list(output.schema.map((field) => field.name))} FROM (\n  SELECT *, ${over} AS ${quoted(number)}\n  FROM ${from}\n) WHERE ${quoted(number)} ${keep}`,
  )
}

function dedup(step: SqlStep): Statement {
  const time = step.input('in')?.eventTime
  return numbered(
    step,
    namesAt(step, 'keys'),
    time === undefined || time === null ? 'PROCTIME() ASC' : `${quoted(time)} ASC`,
    '= 1',
    'row_number',
  )
}

function order(step: SqlStep): string {
  return entriesAt(step, 'orderBy')
    .map((entry) => `${quoted(String(entry['column']))} ${entry['direction'] === 'asc' ? 'ASC' : 'DESC'}`)
    .join(', ')
}

function topN(step: SqlStep): Statement {
  const windowMs = numberAt(step, 'windowMs')
  const time = step.input('in')?.eventTime
  const from = step.from('in')
  const output = step.output('out')
  if (from === null || output === undefined || time === undefined || time === null) return NOT_CONNECTED
  const rank = quoted(textAt(step, 'rank') || 'rank')
  const parts = list(namesAt(step, 'partition'))
  const within = windowMs === null ? quoted(time) : '`window_start`, `window_end`'
  const table = windowMs === null ? from : `TABLE(TUMBLE(TABLE ${from}, DESCRIPTOR(${quoted(time)}), ${interval(windowMs)}))`
  return only(
    step,
    'out',
    `SELECT ${list(output.schema.map((field) => field.name))} FROM (\n  SELECT *, ROW_NUMBER() OVER (PARTITION BY ${[within, parts].filter(Boolean).join(', ')} ORDER BY ${order(step)}) AS ${rank}\n  FROM ${table}\n) WHERE ${rank} <= ${numberAt(step, 'n') ?? 1}`,
  )
}

function rank(step: SqlStep): Statement {
  return numbered(step, namesAt(step, 'partition'), order(step), `<= ${numberAt(step, 'n') ?? 1}`, textAt(step, 'rank') || 'rank')
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  count: 'COUNT(x)',
  'count-distinct': 'COUNT(DISTINCT x)',
  sum: 'SUM(x)',
  avg: 'AVG(x)',
  min: 'MIN(x)',
  max: 'MAX(x)',
  first: 'FIRST_VALUE(x)',
  last: 'LAST_VALUE(x)',
  stddev: 'STDDEV_POP(x)',
}

function aggregates(step: SqlStep, expressions: Expressions): readonly string[] {
  return entriesAt(step, 'aggregates').map((entry) => {
    const column = typeof entry['column'] === 'string' ? quoted(entry['column']) : '*'
    const call = (FUNCTIONS[String(entry['function'])] ?? `${String(entry['function']).toUpperCase()}(x)`).replace('x', () => column)
    const filtered =
      typeof entry['filter'] === 'string' && entry['filter'] !== '' ? ` FILTER (WHERE ${expressions.write(entry['filter'])})` : ''
    return `${call}${filtered} AS ${quoted(String(entry['name']))}`
  })
}

function windowAggregate(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  if (from === null || input === undefined || input.eventTime === null) return NOT_CONNECTED
  const expressions = new Expressions(input.schema)
  const keys = namesAt(step, 'keys')
  const size = interval(numberAt(step, 'sizeMs') ?? 60_000)
  const slide = interval(numberAt(step, 'slideMs') ?? numberAt(step, 'sizeMs') ?? 60_000)
  const time = `DESCRIPTOR(${quoted(input.eventTime)})`
  const table = (): string => {
    switch (step.config['window']) {
      case 'hopping':
        return `TABLE(HOP(TABLE ${from}, ${time}, ${slide}, ${size}))`
      case 'cumulate':
        return `TABLE(CUMULATE(TABLE ${from}, ${time}, ${slide}, ${size}))`
      case 'session':
        return `TABLE(SESSION(TABLE ${from}${keys.length === 0 ? '' : ` PARTITION BY ${list(keys)}`}, ${time}, ${size}))`
      default:
        return `TABLE(TUMBLE(TABLE ${from}, ${time}, ${size}))`
    }
  }
  const group = [...keys, 'window_start', 'window_end']
  const columns = [...group.map(quoted), ...aggregates(step, expressions)]
  return expressions.statement(view(step, 'out', `SELECT\n  ${columns.join(',\n  ')}\nFROM ${table()}\nGROUP BY ${list(group)}`))
}

function aggregate(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  if (from === null || input === undefined) return NOT_CONNECTED
  const expressions = new Expressions(input.schema)
  const keys = namesAt(step, 'keys')
  const columns = [...keys.map(quoted), ...aggregates(step, expressions)]
  return expressions.statement(
    view(step, 'out', `SELECT\n  ${columns.join(',\n  ')}\nFROM ${from}${keys.length === 0 ? '' : `\nGROUP BY ${list(keys)}`}`),
  )
}

function lookupJoin(step: SqlStep): Statement {
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

function regularJoin(step: SqlStep): Statement {
  const left = step.from('left')
  const right = step.from('right')
  const output = step.output('out')
  const leftSchema = step.input('left')?.schema
  if (left === null || right === null || output === undefined || leftSchema === undefined) return NOT_CONNECTED
  const on = entriesAt(step, 'on')
    .map((pair) => `l.${quoted(String(pair['left']))} = r.${quoted(String(pair['right']))}`)
    .join(' AND ')
  const type = textAt(step, 'type')
  if (type === 'semi' || type === 'anti') {
    const exists = `${type === 'anti' ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${right} AS r WHERE ${on})`
    return only(step, 'out', `SELECT * FROM ${left} AS l WHERE ${exists}`)
  }
  const columns = joinedColumns(leftSchema, step.input('right')?.schema ?? [], output.schema)
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
function temporalJoin(step: SqlStep): Statement {
  const left = step.from('left')
  const right = step.from('right')
  const output = step.output('out')
  const rows = step.input('left')
  const versions = step.input('right')
  if (left === null || right === null || output === undefined || rows === undefined || versions === undefined) return NOT_CONNECTED
  const pairs = entriesAt(step, 'on')
  const table = quoted(`${step.operator.id}_versions`)
  const names = list(versions.schema.map((field) => field.name))
  const keys = list(pairs.map((pair) => String(pair['right'])))
  const time = (edge: EdgeType): string => quoted(edge.eventTime ?? '')
  const on = pairs.map((pair) => `l.${quoted(String(pair['left']))} = r.${quoted(String(pair['right']))}`).join(' AND ')
  const newest = `CREATE TEMPORARY VIEW ${table} AS\nSELECT ${names} FROM (\n  SELECT *, ROW_NUMBER() OVER (PARTITION BY ${keys} ORDER BY ${time(versions)} DESC) AS \`row_number\`\n  FROM ${right}\n) WHERE \`row_number\` = 1;`
  const query = `SELECT\n  ${joinedColumns(rows.schema, versions.schema, output.schema)}\nFROM ${left} AS l\n${JOINS[textAt(step, 'type')] ?? 'JOIN'} ${table} FOR SYSTEM_TIME AS OF l.${time(rows)} AS r ON ${on}`
  return { kind: 'sql', text: `${newest}\n${view(step, 'out', query)}`, notes: [] }
}

function pattern(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  const output = step.output('out')
  if (from === null || input === undefined || output === undefined || input.eventTime === null) return NOT_CONNECTED
  const conditions = entriesAt(step, 'conditions')
  if (conditions.some((entry) => String(entry['condition']).includes('prev_')))
    return { kind: 'none', reason: 'MATCH_RECOGNIZE of Flink cannot look at the row before.' }
  const expressions = new Expressions(input.schema)
  const keys = namesAt(step, 'keys')
  const time = quoted(input.eventTime)
  const measures = [
    `FIRST(${time}) AS \`match_start\``,
    `LAST(${time}) AS \`match_end\``,
    ...entriesAt(step, 'measures').map((entry) => `${String(entry['expression'])} AS ${quoted(String(entry['name']))}`),
  ]
  const define = conditions.map((entry) => `${quoted(String(entry['name']))} AS ${expressions.write(String(entry['condition']))}`)
  const clauses = [
    ...(keys.length === 0 ? [] : [`PARTITION BY ${list(keys)}`]),
    `ORDER BY ${time}`,
    `MEASURES\n    ${measures.join(',\n    ')}`,
    'ONE ROW PER MATCH',
    `AFTER MATCH SKIP ${step.config['after'] === 'next-row' ? 'TO NEXT ROW' : 'PAST LAST ROW'}`,
    `PATTERN (${textAt(step, 'pattern')}) WITHIN ${interval(numberAt(step, 'withinMs') ?? 60_000)}`,
    ...(define.length === 0 ? [] : [`DEFINE\n    ${define.join(',\n    ')}`]),
  ]
  const columns = list(output.schema.map((field) => field.name))
  return expressions.statement(view(step, 'out', `SELECT ${columns} FROM ${from} MATCH_RECOGNIZE (\n  ${clauses.join('\n  ')}\n)`))
}

function normalize(step: SqlStep): Statement {
  const from = step.from('in')
  return from === null
    ? NOT_CONNECTED
    : {
        kind: 'sql',
        text: view(step, 'out', `SELECT * FROM ${from}`),
        notes: [`A primary key on ${list(namesAt(step, 'keys'))} does this there.`],
      }
}

function sinkTable(step: SqlStep, options: readonly string[], key: readonly string[] | null, notes: readonly string[]): Statement {
  const from = step.from('in')
  const input = step.input('in')
  if (from === null || input === undefined) return NOT_CONNECTED
  const lines = [...columnLines(input.schema), ...(key === null || key.length === 0 ? [] : [`  PRIMARY KEY (${list(key)}) NOT ENFORCED`])]
  const table = quoted(step.operator.id)
  return {
    kind: 'insert',
    table: `CREATE TABLE ${table} (\n${lines.join(',\n')}\n) WITH (\n  ${options.join(',\n  ')}\n);`,
    select: `INSERT INTO ${table} SELECT * FROM ${from}`,
    notes,
  }
}

function fileSink(step: SqlStep): Statement {
  const path = textAt(step, 'file') || `${textAt(step, 'folder')}/${textAt(step, 'name')}`
  const format = step.config['format'] === 'csv' ? 'csv' : 'json'
  return sinkTable(step, [`'connector' = 'filesystem'`, `'path' = ${text(path)}`, `'format' = '${format}'`], null, [])
}

function nullSink(step: SqlStep): Statement {
  return sinkTable(step, [`'connector' = 'blackhole'`], null, [])
}
