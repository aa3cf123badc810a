import { arrayType, elementOf, isArray, type LogicalType } from '@belay/columns'
import { cast } from '../scalar/cast.ts'
import { compareNullable } from '../scalar/compare.ts'
import type { Datum } from '../scalar/datum.ts'
import { RowFailure } from '../scalar/failure.ts'
import { split } from '../scalar/text.ts'
import { differs, entries, list, noSql, number, signature, sql, text, type CallTypes, type FunctionEntry } from './entry.ts'

const define = entries('array')

/** The item type of the first argument. */
function element({ args }: CallTypes): LogicalType {
  const [type] = args
  return isArray(type) ? elementOf(type) : type
}

/** Items equal in grouping: NULL to NULL, NaN to NaN. */
function indexOf(items: readonly Datum[], item: Datum, type: LogicalType): number {
  return items.findIndex((each) => compareNullable(type, each, item) === 0)
}

function distinct(items: readonly Datum[]): Datum[] {
  const keys = new Set<string>()
  return items.filter((item) => {
    // −0 is 0 and every NaN is one.
    const key = typeof item === 'number' ? `n${item + 0}` : `${typeof item}${String(item)}`
    const isNew = !keys.has(key)
    keys.add(key)
    return isNew
  })
}

function ends(items: readonly Datum[], types: CallTypes, sign: 1 | -1): Datum {
  const type = element(types)
  let best: Datum = null
  for (const item of items) if (item !== null && (best === null || compareNullable(type, item, best) * sign > 0)) best = item
  return best
}

/** Positions count from 1, from the end if negative; 0-based `[from, to)`. */
function slice(items: readonly Datum[], start: number, end: number): readonly Datum[] {
  const from = start < 0 ? items.length + start : Math.max(start, 1) - 1
  const to = end < 0 ? items.length + end + 1 : end
  return from < 0 || from >= to ? [] : items.slice(from, to)
}

/** Most items that a function may make of numbers alone. */
const MAX_ITEMS = 10_000

function checkItems(count: number): void {
  if (count > MAX_ITEMS) throw new RowFailure('ARRAY_TOO_LONG', `The array would have more than ${MAX_ITEMS} items. Use closer bounds.`)
}

const one = [signature('array<T>', 'array<T>')]
const two = [signature('array<T> array<T>', 'array<T>')]
const withItem = [signature('array<T> T', 'array<T>')]

export const ARRAY: readonly FunctionEntry[] = [
  define(
    'ARRAY',
    [signature('T…', ([type]) => (isArray(type) ? type : arrayType(type)))],
    'An array of the values; also written ARRAY[…].',
    'ARRAY[1, 2, NULL]',
    [1, 2, null],
    (args) => args,
    {
      lenient: true,
      flink: sql((args) => `ARRAY[${args.join(', ')}]`),
    },
  ),
  define(
    'ARRAY_GET',
    [signature('array<T> int64', 'T')],
    'The n-th item, from 1; NULL if there is none; also written array[n].',
    "ARRAY['a', 'b'][2]",
    'b',
    ([a, b]) => list(a)[number(b) - 1] ?? null,
    {
      nullable: true,
      aliases: ['ELEMENT_AT'],
      flink: sql(([a, b]) => `${a}[CAST(${b} AS INT)]`),
    },
  ),
  define(
    'CARDINALITY',
    [signature('array<T>', 'int64')],
    'Number of items.',
    'CARDINALITY(ARRAY[1, 2, NULL])',
    3,
    ([a]) => list(a).length,
    { aliases: ['ARRAY_LENGTH'] },
  ),
  define(
    'ARRAY_CONTAINS',
    [signature('array<T> T', 'bool')],
    'TRUE if an item equals the value; NULL is found among NULLs.',
    'ARRAY_CONTAINS(ARRAY[1, 2], 2)',
    true,
    ([a, b], types) => a !== null && indexOf(list(a), b, element(types)) >= 0,
    {
      lenient: true,
      flink: differs('NULL there if the array is NULL.', ([a, b]) => `ARRAY_CONTAINS(${a}, ${b})`),
    },
  ),
  define(
    'ARRAY_POSITION',
    [signature('array<T> T', 'int64')],
    'Position of the first item that equals the value, from 1; 0 if there is none.',
    "ARRAY_POSITION(ARRAY['a', 'b'], 'b')",
    2,
    ([a, b], types) => indexOf(list(a), b, element(types)) + 1,
  ),
  define('ARRAY_APPEND', withItem, 'The array with one more item at its end.', 'ARRAY_APPEND(ARRAY[1], 2)', [1, 2], ([a, b]) => [
    ...list(a),
    b,
  ]),
  define('ARRAY_PREPEND', withItem, 'The array with one more item at its start.', 'ARRAY_PREPEND(ARRAY[1], 2)', [2, 1], ([a, b]) => [
    b,
    ...list(a),
  ]),
  define(
    'ARRAY_REMOVE',
    withItem,
    'The array without the items that equal the value.',
    'ARRAY_REMOVE(ARRAY[1, 2, 1], 1)',
    [2],
    ([a, b], types) => list(a).filter((item) => compareNullable(element(types), item, b) !== 0),
  ),
  define(
    'ARRAY_CONCAT',
    [signature('array<T>…', 'array<T>')],
    'Arrays one after the other.',
    'ARRAY_CONCAT(ARRAY[1], ARRAY[2, 3])',
    [1, 2, 3],
    (args) => args.flatMap((each) => [...list(each)]),
  ),
  define('ARRAY_DISTINCT', one, 'The array without repeated items.', 'ARRAY_DISTINCT(ARRAY[1, 2, 1])', [1, 2], ([a]) => distinct(list(a))),
  define('ARRAY_UNION', two, 'The items of either array, each once.', 'ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])', [1, 2, 3], ([a, b]) =>
    distinct([...list(a), ...list(b)]),
  ),
  define(
    'ARRAY_INTERSECT',
    two,
    'The items of the first array that the second has too, each once.',
    'ARRAY_INTERSECT(ARRAY[1, 2], ARRAY[2, 3])',
    [2],
    ([a, b], types) => distinct(list(a).filter((item) => indexOf(list(b), item, element(types)) >= 0)),
  ),
  define(
    'ARRAY_EXCEPT',
    two,
    'The items of the first array that the second has not, each once.',
    'ARRAY_EXCEPT(ARRAY[1, 2], ARRAY[2, 3])',
    [1],
    ([a, b], types) => distinct(list(a).filter((item) => indexOf(list(b), item, element(types)) < 0)),
  ),
  define('ARRAY_REVERSE', one, 'The items in reverse order.', 'ARRAY_REVERSE(ARRAY[1, 2])', [2, 1], ([a]) => [...list(a)].reverse()),
  define('ARRAY_SORT', one, 'The items in ascending order, NULLs first.', 'ARRAY_SORT(ARRAY[2, NULL, 1])', [null, 1, 2], ([a], types) =>
    [...list(a)].sort((x, y) => compareNullable(element(types), x, y)),
  ),
  define(
    'ARRAY_SLICE',
    [signature('array<T> int64', 'array<T>'), signature('array<T> int64 int64', 'array<T>')],
    'The items from a position to another (both counted, from 1, from the end if negative).',
    'ARRAY_SLICE(ARRAY[1, 2, 3], 2, 3)',
    [2, 3],
    ([a, b, c]) => slice(list(a), number(b), c === undefined ? list(a).length : number(c)),
  ),
  define(
    'ARRAY_MIN',
    [signature('array<O>', 'O')],
    'The smallest item that is not NULL; NULL if there is none.',
    'ARRAY_MIN(ARRAY[2, 1])',
    1,
    ([a], types) => ends(list(a), types, -1),
    { nullable: true },
  ),
  define(
    'ARRAY_MAX',
    [signature('array<O>', 'O')],
    'The largest item that is not NULL; NULL if there is none.',
    'ARRAY_MAX(ARRAY[2, 1])',
    2,
    ([a], types) => ends(list(a), types, 1),
    { nullable: true },
  ),
  define(
    'ARRAY_JOIN',
    [signature('array<T> string', 'string')],
    'The items as text, joined with a separator; NULLs are left out.',
    "ARRAY_JOIN(ARRAY[1, NULL, 2], '-')",
    '1-2',
    ([a, b], types) => {
      const type = element(types)
      return list(a)
        .filter((item) => item !== null)
        .map((item) => cast(item, type, 'string'))
        .join(text(b))
    },
  ),
  define(
    'SPLIT',
    [signature('string string', 'array<string>')],
    'The parts of a text split at a separator.',
    "SPLIT('a,b', ',')",
    ['a', 'b'],
    ([a, b]) => split(text(a), text(b)),
  ),
  define(
    'SEQUENCE',
    [signature('int64 int64', 'array<int64>')],
    'Whole numbers from one to another, both counted.',
    'SEQUENCE(1, 4)',
    [1, 2, 3, 4],
    ([a, b]) => {
      checkItems(number(b) - number(a))
      return Array.from({ length: Math.max(0, number(b) - number(a) + 1) }, (_, i) => number(a) + i)
    },
    { flink: noSql('Flink SQL makes no sequences.') },
  ),
]
