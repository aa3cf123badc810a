import { manifests } from '@belay/operators/manifests'
import { parseDocument, propagate, type PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import exchangeRatesJson from '../../../../../examples/exchange-rates.json?raw'
import fanOutJson from '../../../../../examples/fan-out.json?raw'
import smallThenLargeJson from '../../../../../examples/small-then-large.json?raw'
import wordCountJson from '../../../../../examples/word-count.json?raw'
import flightsJson from '../../../../../examples/flights.json?raw'
import { withDefaultValues } from '../check.ts'
import { setConfig } from '../document/edits.ts'
import { pipelineSql } from './pipelineSql.ts'
import { interval } from './words.ts'

function document(json: string): PipelineDocument {
  const parsed = parseDocument(JSON.parse(json))
  if (!parsed.ok) throw new Error(parsed.problems[0].message)
  return withDefaultValues(parsed.document)
}

function sqlOf(pipeline: PipelineDocument): ReturnType<typeof pipelineSql> {
  return pipelineSql(pipeline, manifests, propagate(pipeline, manifests))
}

describe('pipelineSql', () => {
  it('writes Flights as tables, views and an insert', () => {
    const { text, marks } = sqlOf(document(flightsJson))
    expect(text).toContain('WATERMARK FOR `date` AS `date`')
    expect(text).toContain("'path' = 'demo:flights-3m.parquet'")
    expect(text).toContain('LEFT JOIN `enrich_file` AS f ON r.`origin` = f.`iata`')
    expect(text).toContain('CREATE TEMPORARY VIEW `late_true` AS\nSELECT * FROM `enrich` WHERE (`delay` >= 15);')
    expect(text).toContain(
      "FROM TABLE(TUMBLE(TABLE `late_true`, DESCRIPTOR(`date`), INTERVAL '1' HOUR))\nGROUP BY `state`, `window_start`, `window_end`",
    )
    expect(text).toMatch(
      /ROW_NUMBER\(\) OVER \(PARTITION BY `window_end` ORDER BY `mean_delay` DESC, `worst_delay` DESC, `state` ASC\) AS `rank`/,
    )
    expect(text).toContain('INSERT INTO `archive` SELECT * FROM `top10`;')
    expect(marks.filter(({ kind }) => kind === 'no').map(({ operator }) => operator)).toEqual(['board'])
  })

  it('writes every aggregate function', () => {
    const functions = ['stddev', 'stddev-pop', 'var-samp', 'var-pop', 'approx-count-distinct', 'percentile', 'array-agg']
    const aggregates = functions.map((name, i) => ({ name: `r${i}`, function: name, column: 'delay' }))
    const { text } = sqlOf(setConfig(document(flightsJson), 'hourly', '/aggregates', aggregates))
    expect(functions.map((_, i) => new RegExp(`^  (.*) AS \`r${i}\``, 'm').exec(text)?.[1])).toEqual([
      'STDDEV_SAMP(`delay`)',
      'STDDEV_POP(`delay`)',
      'VAR_SAMP(`delay`)',
      'VAR_POP(`delay`)',
      'APPROX_COUNT_DISTINCT(`delay`)',
      'PERCENTILE(`delay`, 0.5)',
      'ARRAY_AGG(`delay`)',
    ])
    const often = [{ name: 'often', function: 'top-k', column: 'delay' }]
    expect(sqlOf(setConfig(document(flightsJson), 'hourly', '/aggregates', often)).text).toContain('Flink has no aggregate')
  })

  it('says what has no SQL, once, and keeps the rest', () => {
    const { text, marks } = sqlOf(setConfig(document(flightsJson), 'late', '/condition', 'nonsense >'))
    expect(text).toContain('-- no SQL:')
    expect(marks.some(({ operator, kind }) => operator === 'late' && kind === 'no')).toBe(true)
    expect(text).toContain('CREATE TABLE `flights`')
  })

  it('writes a temporal join with a view of the versions', () => {
    const { text } = sqlOf(document(exchangeRatesJson))
    expect(text).toContain('ROW_NUMBER() OVER (PARTITION BY `currency` ORDER BY `time` DESC)')
    expect(text).toContain('LEFT JOIN `at-that-time_versions` FOR SYSTEM_TIME AS OF l.`time` AS r ON l.`currency` = r.`currency`')
    expect(text).toContain('r.`currency` AS `right_currency`')
  })

  it('writes a pattern as MATCH_RECOGNIZE, unless it looks at the row before', () => {
    const pipeline = document(smallThenLargeJson)
    const { text } = sqlOf(pipeline)
    expect(text).toContain('PARTITION BY `card`\n  ORDER BY `time`')
    expect(text).toContain("PATTERN (SMALL OTHER*? LARGE) WITHIN INTERVAL '10' SECOND\n  DEFINE\n    `SMALL` AS")
    const lookingBack = setConfig(pipeline, 'suspects', '/conditions/0/condition', 'amount < prev_amount')
    expect(sqlOf(lookingBack).text).toContain('MATCH_RECOGNIZE of Flink cannot look at the row before.')
  })

  /** The temporal join of the example as another one. */
  function joinedBy(type: string, config: Readonly<Record<string, unknown>>): string {
    const pipeline = document(exchangeRatesJson)
    const on = [{ left: 'currency', right: 'currency' }]
    const operators = pipeline.operators.map((operator) =>
      operator.id === 'at-that-time' ? { ...operator, type, config: { on, ...config } } : operator,
    )
    return sqlOf({ ...pipeline, operators }).text
  }

  it('writes an interval join as a regular one with a bound on the times', () => {
    const sql = joinedBy('interval-join', { type: 'left', fromMs: -60_000, toMs: 0 })
    expect(sql).toContain(
      "LEFT JOIN `rates` AS r ON l.`currency` = r.`currency`\n  AND r.`time` BETWEEN l.`time` - INTERVAL '1' MINUTE AND l.`time`;",
    )
    expect(joinedBy('interval-join', { type: 'inner', fromMs: 0, toMs: 1500 })).toContain(
      "BETWEEN l.`time` AND l.`time` + INTERVAL '1.500' SECOND(3);",
    )
  })

  it('writes a window join over the same windows of both sides', () => {
    const full = joinedBy('window-join', { type: 'full', sizeMs: 60_000 })
    expect(full).toContain(
      "SELECT * FROM TABLE(TUMBLE(TABLE `rates`, DESCRIPTOR(`time`), INTERVAL '1' MINUTE))\n) AS r ON l.`currency` = r.`currency`",
    )
    expect(full).toContain('AND l.`window_start` = r.`window_start` AND l.`window_end` = r.`window_end`;')
    expect(full).toContain('COALESCE(l.`window_end`, r.`window_end`) AS `window_end`')
    const anti = joinedBy('window-join', { type: 'anti', sizeMs: 60_000 })
    expect(anti).toContain('AS l WHERE NOT EXISTS (SELECT 1 FROM (')
    expect(anti).not.toContain('right_currency')
  })

  it('writes the items of an array as UNNEST', () => {
    const words = document(wordCountJson)
    expect(sqlOf(words).text).toMatch(/CROSS JOIN UNNEST\(r\.`\w+`\)( WITH ORDINALITY)? AS i \(/)
  })

  it('joins several sinks in one statement set', () => {
    const { text } = sqlOf(document(fanOutJson))
    const inserts = text.match(/INSERT INTO/g) ?? []
    expect(text.includes('EXECUTE STATEMENT SET')).toBe(inserts.length > 1)
  })
})

it.each([
  [3_600_000, "INTERVAL '1' HOUR"],
  [5_400_000, "INTERVAL '90' MINUTE"],
  [86_400_000, "INTERVAL '1' DAY"],
  [250, "INTERVAL '0.250' SECOND(3)"],
])('%i ms is %s', (ms, sql) => expect(interval(ms)).toBe(sql))
