import { daysOfCivil, monthLength } from '@belay/columns'
import { RowFailure } from '../scalar/failure.ts'
import { within } from '../scalar/exact.ts'
import { formatTime, parseTime, timePattern } from '../scalar/timePattern.ts'
import { addMonths, DAY_MS, daysOf, parseTimestamp, timestampText } from '../scalar/timestamp.ts'
import { addTime, partOfTime, timeDifference, timePart, timeUnit, truncateTime, type TimePart } from '../scalar/timeUnit.ts'
import { fromLocal, toLocal, zoneOf } from '../scalar/zone.ts'
import type { Datum } from '../scalar/datum.ts'
import { differs, entries, noSql, number, signature, sql, sqlName, text, type FunctionEntry } from './entry.ts'

const define = entries('time')
const EXAMPLE = "TIMESTAMP '2001-02-03 04:05:06'"

/** A time that a computation gave; it may lie beyond what timestamps hold. */
function time(ms: number): Datum {
  if (!Number.isFinite(ms)) throw new RowFailure('TIME_OVERFLOW', 'The time is beyond the range of timestamps. Check the operands.')
  return within(BigInt(ms), 'timestamp')
}

function part(
  name: string,
  part: TimePart,
  doc: string,
  example: number,
  flink = sqlName(name),
  aliases: readonly string[] = [],
): FunctionEntry {
  return define(
    name,
    [signature('timestamp', 'int64'), signature('timestamp string', 'int64')],
    `${doc} In UTC, or in the zone given.`,
    `${name}(${EXAMPLE})`,
    example,
    ([a, zone]) => partOfTime(part, zone === undefined ? number(a) : toLocal(number(a), zoneOf(text(zone)))),
    {
      aliases,
      constants: { 1: zoneOf },
      flink: sql(([a, zone]) =>
        zone === undefined
          ? flink.kind === 'sql'
            ? flink.print([a])
            : a
          : `${name}(CAST(CONVERT_TZ(CAST(${a} AS STRING), 'UTC', ${zone}) AS TIMESTAMP(3)))`,
      ),
    },
  )
}

/** The unit of a constant, as a word of SQL. */
const unitWord = (quoted: string): string => quoted.replaceAll("'", '').toUpperCase()
const plainFormat = "'yyyy-MM-dd HH:mm:ss'"

export const TIME: readonly FunctionEntry[] = [
  part('YEAR', 'year', 'The year.', 2001),
  part('QUARTER', 'quarter', 'The quarter, 1 to 4.', 1),
  part('MONTH', 'month', 'The month, 1 to 12.', 2),
  part('WEEK', 'week', 'The week of the year by ISO, 1 to 53.', 5),
  part('DAY', 'day', 'The day of the month.', 3, sqlName('DAYOFMONTH'), ['DAYOFMONTH']),
  part('DAYOFWEEK', 'dow', 'The day of the week, 1 = Sunday to 7 = Saturday.', 7),
  part('DAYOFYEAR', 'doy', 'The day of the year, 1 to 366.', 34),
  part('HOUR', 'hour', 'The hour, 0 to 23.', 4),
  part('MINUTE', 'minute', 'The minute, 0 to 59.', 5),
  part('SECOND', 'second', 'The second, 0 to 59.', 6),
  part(
    'MILLISECOND',
    'millisecond',
    'The millisecond, 0 to 999.',
    0,
    sql(([a]) => `EXTRACT(MILLISECOND FROM ${a})`),
  ),
  define(
    'EXTRACT',
    [signature('string timestamp', 'int64')],
    'A part of a time: year, quarter, month, week, day, dow, isodow, doy, hour, minute, second, millisecond or epoch (UTC).',
    `EXTRACT(HOUR FROM ${EXAMPLE})`,
    4,
    ([a, b]) => partOfTime(timePart(text(a)), number(b)),
    {
      aliases: ['DATE_PART'],
      constants: { 0: timePart },
      flink: sql(([a, b]) => `EXTRACT(${unitWord(a)} FROM ${b})`),
    },
  ),
  define(
    'DATE_TRUNC',
    [signature('string timestamp', 'timestamp'), signature('string timestamp string', 'timestamp')],
    'Start of the second, minute, hour, day, week, month, quarter or year, in UTC or the zone given.',
    `FORMAT_TIMESTAMP(DATE_TRUNC('hour', ${EXAMPLE}))`,
    '2001-02-03 04:00:00',
    ([a, b, zone]) => {
      const unit = timeUnit(text(a))
      if (zone === undefined) return truncateTime(unit, number(b))
      const rules = zoneOf(text(zone))
      return fromLocal(truncateTime(unit, toLocal(number(b), rules)), rules)
    },
    { constants: { 0: timeUnit, 2: zoneOf }, flink: sql(([a, b]) => `FLOOR(${b} TO ${unitWord(a)})`) },
  ),
  define(
    'DATE_CEIL',
    [signature('string timestamp', 'timestamp')],
    'Start of the next unit, or the time itself if a unit starts there (UTC).',
    `CEIL(${EXAMPLE} TO DAY) = TIMESTAMP '2001-02-04'`,
    true,
    ([a, b]) => {
      const unit = timeUnit(text(a))
      const start = truncateTime(unit, number(b))
      return start === b ? start : time(addTime(unit, 1, start))
    },
    { constants: { 0: timeUnit }, flink: sql(([a, b]) => `CEIL(${b} TO ${unitWord(a)})`) },
  ),
  define(
    'TIMESTAMPADD',
    [signature('string int64 timestamp', 'timestamp')],
    'A time n units later; months and years by calendar, to the last day of the month where it is shorter.',
    "FORMAT_TIMESTAMP(TIMESTAMPADD(MONTH, 1, TIMESTAMP '2001-01-31'))",
    '2001-02-28 00:00:00',
    ([a, b, c]) => time(addTime(timeUnit(text(a)), number(b), number(c))),
    {
      aliases: ['DATE_ADD'],
      constants: { 0: timeUnit },
      flink: sql(([a, b, c]) => `TIMESTAMPADD(${unitWord(a)}, CAST(${b} AS INT), ${c})`),
    },
  ),
  define(
    'TIMESTAMPDIFF',
    [signature('string timestamp timestamp', 'int64')],
    'Whole units from the first time to the second, truncated towards zero.',
    "TIMESTAMPDIFF(DAY, TIMESTAMP '2001-01-31', TIMESTAMP '2001-03-01')",
    29,
    ([a, b, c]) => timeDifference(timeUnit(text(a)), number(b), number(c)),
    { aliases: ['DATE_DIFF'], constants: { 0: timeUnit }, flink: sql(([a, b, c]) => `TIMESTAMPDIFF(${unitWord(a)}, ${b}, ${c})`) },
  ),
  define(
    'DATEDIFF',
    [signature('date date', 'int64')],
    'Days from the second date to the first.',
    "DATEDIFF(DATE '2001-03-01', DATE '2001-02-28')",
    1,
    ([a, b]) => number(a) - number(b),
    {
      flink: sql(([a, b]) => `TIMESTAMPDIFF(DAY, ${b}, ${a})`),
    },
  ),
  define(
    'ADD_MONTHS',
    [signature('date int64', 'date'), signature('timestamp int64', 'timestamp')],
    'A date or time n months later, on the last day of the month where it is shorter.',
    "CAST(ADD_MONTHS(DATE '2001-01-31', 1) AS STRING)",
    '2001-02-28',
    ([a, b], { returns }) =>
      returns === 'date' ? within(BigInt(addMonths(number(a), number(b))), 'date') : time(addTime('month', number(b), number(a))),
    {
      flink: sql(([a, b]) => `(${a} + CAST(${b} AS INT) * INTERVAL '1' MONTH)`),
    },
  ),
  define(
    'LAST_DAY',
    [signature('date', 'date')],
    'The last day of a date’s month.',
    "CAST(LAST_DAY(DATE '2001-02-03') AS STRING)",
    '2001-02-28',
    ([a]) => addMonths(number(a) - dayOfMonth(number(a)) + 1, 1) - 1,
    {
      flink: sql(([a]) => `CAST(CEIL(CAST(${a} AS TIMESTAMP(3)) + INTERVAL '1' SECOND TO MONTH) - INTERVAL '1' DAY AS DATE)`),
    },
  ),
  define(
    'MAKE_DATE',
    [signature('int64 int64 int64', 'date')],
    'The date of a year, month and day; NULL if there is none.',
    'CAST(MAKE_DATE(2001, 2, 3) AS STRING)',
    '2001-02-03',
    ([y, m, d]) => {
      const [year, month, day] = [number(y), number(m), number(d)]
      const exists = Math.abs(year) < 100_000 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month)
      return exists ? daysOfCivil(year, month, day) : null
    },
    {
      nullable: true,
      flink: sql(([y, m, d]) => `TO_DATE(CONCAT_WS('-', CAST(${y} AS STRING), CAST(${m} AS STRING), CAST(${d} AS STRING)), 'y-M-d')`),
    },
  ),
  define(
    'TO_TIMESTAMP',
    [signature('string', 'timestamp'), signature('string string', 'timestamp')],
    'Reads `2001-01-31 13:45:00` or a text by a pattern; NULL if it is no such time. In UTC, unless the pattern has an offset (`XXX` +02:00, `Z` +0200).',
    "HOUR(TO_TIMESTAMP('3.2.2001 04:05', 'd.M.yyyy HH:mm'))",
    4,
    ([a, pattern]) => (pattern === undefined ? parseTimestamp(text(a)) : parseTime(text(a), timePattern(text(pattern)))) ?? null,
    { nullable: true, constants: { 1: timePattern } },
  ),
  define(
    'TO_DATE',
    [signature('string', 'date'), signature('string string', 'date')],
    'Reads `2001-01-31` or a text by a pattern; NULL if it is no date.',
    "CAST(TO_DATE('03/02/2001', 'dd/MM/yyyy') AS STRING)",
    '2001-02-03',
    ([a, pattern = 'yyyy-MM-dd']) => {
      const ms = parseTime(text(a), timePattern(text(pattern)))
      return ms === undefined ? null : daysOf(ms)
    },
    { nullable: true, constants: { 1: timePattern } },
  ),
  define(
    'DATE_FORMAT',
    [signature('timestamp', 'string'), signature('timestamp string', 'string'), signature('timestamp string string', 'string')],
    'A time as text, by a pattern of yyyy MM dd HH mm ss SSS XXX and others, in UTC or the zone given.',
    `DATE_FORMAT(${EXAMPLE}, 'dd.MM. HH:mm', 'Europe/Berlin')`,
    '03.02. 05:05',
    ([a, pattern, zone]) => {
      if (pattern === undefined) return timestampText(number(a))
      const local = zone === undefined ? number(a) : toLocal(number(a), zoneOf(text(zone)))
      return formatTime(local, timePattern(text(pattern)), local - number(a))
    },
    {
      aliases: ['FORMAT_TIMESTAMP'],
      constants: { 1: timePattern, 2: zoneOf },
      flink: sql(([a, pattern = plainFormat, zone]) =>
        zone === undefined ? `DATE_FORMAT(${a}, ${pattern})` : `DATE_FORMAT(CONVERT_TZ(CAST(${a} AS STRING), 'UTC', ${zone}), ${pattern})`,
      ),
    },
  ),
  define(
    'TO_LOCAL',
    [signature('timestamp string', 'timestamp')],
    'What clocks in a zone show at a time, as a timestamp; also written `… AT TIME ZONE zone`.',
    `HOUR(${EXAMPLE} AT TIME ZONE 'Asia/Tokyo')`,
    13,
    ([a, b]) => toLocal(number(a), zoneOf(text(b))),
    {
      constants: { 1: zoneOf },
      flink: differs('Seconds there.', ([a, b]) => `CAST(CONVERT_TZ(CAST(${a} AS STRING), 'UTC', ${b}) AS TIMESTAMP(3))`),
    },
  ),
  define(
    'FROM_LOCAL',
    [signature('timestamp string', 'timestamp')],
    'The time at which clocks in a zone show this; the first where they show it twice, later by the gap where they skip it.',
    "HOUR(FROM_LOCAL(TIMESTAMP '2001-07-01 12:00:00', 'Europe/Berlin'))",
    10,
    ([a, b]) => fromLocal(number(a), zoneOf(text(b))),
    {
      constants: { 1: zoneOf },
      flink: differs('Seconds there.', ([a, b]) => `CAST(CONVERT_TZ(CAST(${a} AS STRING), ${b}, 'UTC') AS TIMESTAMP(3))`),
    },
  ),
  define(
    'CONVERT_TZ',
    [signature('string string string', 'string')],
    'A text such as `2001-02-03 04:05:06` from one zone’s clocks to another’s; NULL if it is no time.',
    "CONVERT_TZ('2001-02-03 04:05:06', 'UTC', 'America/New_York')",
    '2001-02-02 23:05:06',
    ([a, b, c]) => {
      const from = zoneOf(text(b))
      const to = zoneOf(text(c))
      const local = parseTimestamp(text(a))
      return local === undefined ? null : formatTime(toLocal(fromLocal(local, from), to), timePattern('yyyy-MM-dd HH:mm:ss'))
    },
    { nullable: true, constants: { 1: zoneOf, 2: zoneOf } },
  ),
  define(
    'EPOCH_MS',
    [signature('timestamp', 'int64')],
    'Milliseconds since 1970-01-01 UTC.',
    `EPOCH_MS(${EXAMPLE})`,
    981_173_106_000,
    ([a]) => a,
    {
      flink: sql(([a]) => `(UNIX_TIMESTAMP(CAST(${a} AS STRING)) * 1000 + EXTRACT(MILLISECOND FROM ${a}))`),
    },
  ),
  define(
    'UNIX_TIMESTAMP',
    [signature('timestamp', 'int64')],
    'Whole seconds since 1970-01-01 UTC.',
    `UNIX_TIMESTAMP(${EXAMPLE})`,
    981_173_106,
    ([a]) => Math.floor(number(a) / 1000),
    {
      flink: sql(([a]) => `UNIX_TIMESTAMP(CAST(${a} AS STRING))`),
    },
  ),
  define(
    'FROM_UNIXTIME',
    [signature('int64', 'timestamp')],
    'The time so many seconds after 1970-01-01 UTC.',
    'HOUR(FROM_UNIXTIME(981173106))',
    4,
    ([a]) => within(BigInt(a as number) * 1000n, 'timestamp'),
    {
      flink: sql(([a]) => `TO_TIMESTAMP_LTZ(${a}, 0)`),
    },
  ),
  define(
    'TO_TIMESTAMP_LTZ',
    [signature('int64', 'timestamp'), signature('int64 int64', 'timestamp')],
    'The time so many seconds (precision 0) or milliseconds (precision 3, the default) after 1970-01-01 UTC.',
    'HOUR(TO_TIMESTAMP_LTZ(981173106, 0))',
    4,
    ([a, precision = 3]) => {
      if (precision !== 0 && precision !== 3) throw new RowFailure('BAD_ARGUMENT', 'The precision must be 0 (seconds) or 3 (milliseconds).')
      return within(BigInt(a as number) * (precision === 0 ? 1000n : 1n), 'timestamp')
    },
    { flink: sql(([a, precision = '3']) => `TO_TIMESTAMP_LTZ(${a}, ${precision})`) },
  ),
  define(
    'TIME_OF_DAY',
    [signature('timestamp', 'interval')],
    'The span since midnight (UTC).',
    `CAST(TIME_OF_DAY(${EXAMPLE}) AS STRING)`,
    '0 04:05:06',
    ([a]) => number(a) - daysOf(number(a)) * DAY_MS,
    {
      flink: noSql('Flink SQL has no span between a time and its midnight.'),
    },
  ),
]

function dayOfMonth(days: number): number {
  return partOfTime('day', days * DAY_MS)
}
