/** Random rows of a schema with every type, tame (ASCII, small numbers, few NULLs) or wild. */
import type { Schema, Value } from '@belay/columns'
import type { Random } from './random.ts'

export const SCHEMA: Schema = [
  { name: 'i', type: 'int64', nullable: false },
  { name: 'j', type: 'int64', nullable: true },
  { name: 'k', type: 'int64', nullable: true },
  { name: 'x', type: 'float64', nullable: true },
  { name: 'y', type: 'float64', nullable: false },
  { name: 's', type: 'string', nullable: false },
  { name: 't', type: 'string', nullable: true },
  { name: 'b', type: 'bool', nullable: true },
  { name: 'at', type: 'timestamp', nullable: true },
  { name: 'day', type: 'date', nullable: true },
  { name: 'span', type: 'interval', nullable: true },
  { name: 'money', type: 'decimal(18,3)', nullable: true },
  { name: 'rate', type: 'decimal(6,2)', nullable: false },
  { name: 'doc', type: 'json', nullable: true },
  { name: 'list', type: 'array<int64>', nullable: true },
  { name: 'words', type: 'array<string>', nullable: true },
]

const TAME = Array.from('abcxyzaB1-_% ./=&,:')
const WILD = [...TAME, 'é', 'ß', 'İ', '日', '😀', "'", '"', '\\', '\n', '\u0000']

export function randomText(random: Random, wild: boolean): string {
  if (random.chance(0.25)) {
    return random.of([
      '',
      '7',
      '-12',
      '1.50',
      'true',
      '2001-02-03',
      '2001-02-03 04:05:06',
      '1 02:03:04',
      'a,b,c',
      'k=1&channel_id=22',
      'https://u@a.org:80/p/q?k=1&n=2#r',
      '{"a":1}',
      '[1,"b"]',
      'YWI=',
      '%41+b',
      '9007199254740993',
    ])
  }
  let text = ''
  for (let length = random.int(0, 9); length > 0; length -= 1) text += random.of(wild ? WILD : TAME)
  return text
}

function int64(random: Random, wild: boolean): Value {
  if (!wild || random.chance(0.6)) return random.int(-4, 9)
  return random.of<Value>([
    2 ** 53,
    -(2 ** 53),
    2 ** 53 - 1,
    '9007199254740993',
    '-9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775806',
    2 ** 31,
    4003,
    random.int(-1e9, 1e9) * 1_000_003,
  ])
}

function float64(random: Random, wild: boolean): Value {
  if (!wild || random.chance(0.5)) return random.int(-40, 90) / 8
  return random.of([-0, NaN, Infinity, -Infinity, 1e20, 9_007_199_254_740_994, -9.3e18, 2.5, -2.5, 1e-9, 0.1, random.next() * 1e6])
}

function decimal(random: Random, wild: boolean, scale: number, precision: number): Value {
  const most = wild && random.chance(0.4) ? precision - scale : 3
  let whole = ''
  for (let digits = random.int(1, most); digits > 0; digits -= 1) whole += random.int(0, 9)
  let fraction = ''
  for (let digits = scale; digits > 0; digits -= 1) fraction += random.int(0, 9)
  return `${random.chance(0.3) ? '-' : ''}${whole}.${fraction}`
}

function time(random: Random, wild: boolean): number {
  if (wild && random.chance(0.2))
    return random.of([0, -1, -62_135_596_800_001, 8_640_000_000_000_000, 2 ** 53, -(2 ** 53), 253_402_300_799_999])
  return 981_173_106_000 + random.int(-2_000_000, 2_000_000) * 1000 + random.of([0, 0, 7, 250])
}

function json(random: Random, depth: number): string {
  const scalars = ['null', 'true', '7', '-1.50', '1e3', '9007199254740993', '"x"', '"a\\u00e9\\n"', '"日"', '[]', '{}']
  if (depth === 0 || random.chance(0.3)) return random.of(scalars)
  const space = random.of(['', '', ' ', '\n'])
  const size = random.int(0, 3)
  const items = Array.from({ length: size }, () => json(random, depth - 1))
  if (random.chance(0.4)) return `[${space}${items.join(`,${space}`)}${space}]`
  return `{${space}${items.map((item) => `${random.of(['"a"', '"b"', '"c d"', '"\\u0061"', '"é"'])}${space}:${item}`).join(',')}${space}}`
}

export function randomRow(random: Random, wild: boolean): Value[] {
  const orNull = (share: number, make: () => Value): Value => (random.chance(share) ? null : make())
  const nulls = wild ? 0.25 : 0.05
  return [
    int64(random, false),
    orNull(nulls, () => int64(random, false)),
    orNull(nulls, () => int64(random, wild)),
    orNull(nulls, () => float64(random, wild)),
    float64(random, false),
    randomText(random, wild),
    orNull(nulls, () => randomText(random, wild)),
    orNull(nulls, () => random.chance(0.5)),
    orNull(nulls, () => time(random, wild)),
    orNull(nulls, () => random.of(['2001-02-03', '2000-02-29', '1999-12-31', '1969-12-31', '0001-01-01', '9999-12-31'])),
    orNull(nulls, () => random.int(-100, 100) * random.of([1, 1000, 3_600_000, 86_400_000])),
    orNull(nulls, () => decimal(random, wild, 3, 18)),
    decimal(random, wild, 2, 6),
    orNull(nulls, () => json(random, 3)),
    orNull(nulls, () => Array.from({ length: random.int(0, 4) }, () => orNull(0.2, () => int64(random, wild)))),
    orNull(nulls, () => Array.from({ length: random.int(0, 4) }, () => orNull(0.2, () => randomText(random, wild)))),
  ]
}
