/** The SQL of each kind of operator. */
import { isArray, type Schema } from '@belay/columns'
import { checkExpression, toFlinkSql } from '@belay/expressions'
import { entriesAt, list, namesAt, NOT_CONNECTED, numberAt, only, textAt, view } from './config.ts'
import { intervalJoin, lookupJoin, regularJoin, temporalJoin, windowJoin } from './joins.ts'
import { columnLines, type SqlStep, type Statement } from './step.ts'
import { interval, quoted, text } from './words.ts'
import { said, t } from '../../language/t.ts'

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
  flatten,
  dedup,
  'lookup-join': lookupJoin,
  'interval-join': intervalJoin,
  'regular-join': regularJoin,
  'temporal-join': temporalJoin,
  'window-aggregate': windowAggregate,
  'window-join': windowJoin,
  pattern,
  aggregate,
  'top-n': topN,
  rank,
  normalize,
  'file-sink': fileSink,
  'null-sink': nullSink,
  console,
}

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
      this.reasons.push(said(checked.problems[0].message))
      return 'NULL'
    }
    const sql = toFlinkSql(checked.expression)
    if (!sql.ok) {
      this.reasons.push(...sql.reasons.map(saidOf))
      return 'NULL'
    }
    this.notes.push(...sql.notes.map(saidOf))
    return sql.sql
  }

  statement(sql: string): Statement {
    return this.reasons.length > 0
      ? { kind: 'none', reason: [...new Set(this.reasons)].join(' ') }
      : { kind: 'sql', text: sql, notes: [...new Set(this.notes)] }
  }
}

/** `CRC32: Flink SQL has no CRC.`: the function's name is not translated. */
function saidOf(remark: string): string {
  const [, name, words] = /^([A-Z_\d]+: )(.*)$/su.exec(remark) ?? [null, '', remark]
  return name + said(words)
}

function fileTable(format: 'csv' | 'json' | 'parquet'): Write {
  return (step) => {
    const edge = step.output('out')
    if (edge === undefined) return { kind: 'none', reason: t('Its columns are not known yet.') }
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
  if (edge === undefined) return { kind: 'none', reason: t('Its columns are not known yet.') }
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
    notes: [t('It makes other rows of the same columns.')],
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

function flatten(step: SqlStep): Statement {
  const from = step.from('in')
  const column = step.input('in')?.schema.find(({ name }) => name === textAt(step, 'column'))
  const output = step.output('out')
  if (from === null || column === undefined || output === undefined) return NOT_CONNECTED
  if (!isArray(column.type)) return { kind: 'none', reason: t('Flink has no function that gives the items of a json list as rows.') }
  const position = textAt(step, 'position')
  const item = [textAt(step, 'as'), ...(position === '' ? [] : [position])]
  const unnest = `UNNEST(r.${quoted(column.name)})${position === '' ? '' : ' WITH ORDINALITY'} AS i (${list(item)})`
  const join = step.config['keepEmpty'] === true ? `LEFT JOIN ${unnest} ON TRUE` : `CROSS JOIN ${unnest}`
  const columns = output.schema.map(({ name }) => `${item.includes(name) ? 'i' : 'r'}.${quoted(name)}`)
  return only(step, 'out', `SELECT ${columns.join(', ')}\nFROM ${from} AS r\n${join}`)
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
  stddev: 'STDDEV_SAMP(x)',
  'stddev-pop': 'STDDEV_POP(x)',
  'var-samp': 'VAR_SAMP(x)',
  'var-pop': 'VAR_POP(x)',
  'approx-count-distinct': 'APPROX_COUNT_DISTINCT(x)',
  percentile: 'PERCENTILE(x, p)',
  'array-agg': 'ARRAY_AGG(x)',
}

function aggregates(step: SqlStep, expressions: Expressions): readonly string[] {
  return entriesAt(step, 'aggregates').map((entry) => {
    const column = typeof entry['column'] === 'string' ? quoted(entry['column']) : '*'
    if (entry['function'] === 'top-k') expressions.reasons.push(t('Flink has no aggregate for the most frequent values.'))
    if (entry['function'] === 'approx-count-distinct') expressions.notes.push(t('APPROX_COUNT_DISTINCT is for batch mode only there.'))
    if (entry['function'] === 'array-agg') expressions.notes.push(t('ARRAY_AGG there has the order in which rows come.'))
    const call = (FUNCTIONS[String(entry['function'])] ?? `${String(entry['function']).toUpperCase()}(x)`)
      .replace('x', () => column)
      .replace('p)', `${typeof entry['percentile'] === 'number' ? entry['percentile'] : 0.5})`)
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

function pattern(step: SqlStep): Statement {
  const from = step.from('in')
  const input = step.input('in')
  const output = step.output('out')
  if (from === null || input === undefined || output === undefined || input.eventTime === null) return NOT_CONNECTED
  const conditions = entriesAt(step, 'conditions')
  if (conditions.some((entry) => String(entry['condition']).includes('prev_')))
    return { kind: 'none', reason: t('MATCH_RECOGNIZE of Flink cannot look at the row before.') }
  const expressions = new Expressions(input.schema)
  const keys = namesAt(step, 'keys')
  const time = quoted(input.eventTime)
  const measures = [
    `FIRST(${time}) AS \`match_start\``,
    `MATCH_ROWTIME() AS \`match_end\``,
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
        notes: [t('A primary key on {keys} does this there.', { keys: list(namesAt(step, 'keys')) })],
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

function console(step: SqlStep): Statement {
  return sinkTable(step, [`'connector' = 'print'`], null, ['It prints every row there.'])
}
