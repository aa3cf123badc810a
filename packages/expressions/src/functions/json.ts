import { parseInt64 } from '@belay/columns'
import { isJson, jsonAt, jsonOf, jsonPath, jsonScalar, type JsonNode } from '../scalar/json.ts'
import { RowFailure } from '../scalar/failure.ts'
import { valueOf, type Datum } from '../scalar/datum.ts'
import { differs, entries, noSql, signature, sql, text, type CallTypes, type FunctionEntry, type Signature } from './entry.ts'

const define = entries('json')
const constants = { 1: jsonPath }
const NO_JSON_TYPE = 'Flink SQL has no JSON function for it.'

/** A path into json, or into a text that must be JSON. */
function atPath(returns: Signature['returns']): Signature[] {
  return [signature('json string', returns), signature('string string', returns)]
}

const found = (args: readonly Datum[]): JsonNode | undefined => jsonAt(jsonOf(text(args[0])), jsonPath(text(args[1])))

function kindOf(node: JsonNode): string {
  return node.kind === 'bool' ? 'boolean' : node.kind
}

/** A value as JSON text; json as it is, int64 beyond ±2^53 as a number with all its digits. */
function jsonText(value: Datum, types: CallTypes, index: number): string {
  const type = types.args[index]
  if (value === null) return 'null'
  if (type === 'json' || typeof value === 'bigint') return String(value)
  const plain = valueOf(value, type)
  if (typeof plain === 'number' && !Number.isFinite(plain)) return JSON.stringify(String(plain))
  return type.startsWith('decimal') ? String(plain) : JSON.stringify(plain)
}

export const JSON_FUNCTIONS: readonly FunctionEntry[] = [
  define(
    'JSON_VALUE',
    atPath('string'),
    'The scalar at a path as text; NULL if it is absent, null, an object or an array.',
    `JSON_VALUE('{"a":{"b":[7]}}', '$.a.b[0]')`,
    '7',
    (args) => jsonScalar(found(args)),
    {
      nullable: true,
      constants,
    },
  ),
  define(
    'JSON_QUERY',
    atPath('json'),
    'The object or array at a path; NULL if there is none.',
    `JSON_QUERY('{"a":{"b":[7]}}', '$.a')`,
    '{"b":[7]}',
    (args) => {
      const node = found(args)
      return node?.kind === 'object' || node?.kind === 'array' ? node.text : null
    },
    { nullable: true, constants },
  ),
  define(
    'JSON_EXISTS',
    atPath('bool'),
    'TRUE if there is anything at a path, also null.',
    `JSON_EXISTS('{"a":null}', '$.a')`,
    true,
    (args) => found(args) !== undefined,
    { constants },
  ),
  define(
    'JSON_INT',
    atPath('int64'),
    'The whole number at a path; NULL if there is none.',
    `JSON_INT('{"a":7}', '$.a')`,
    7,
    (args) => {
      const node = found(args)
      return node?.kind === 'number' ? (parseInt64(node.text) ?? null) : null
    },
    {
      nullable: true,
      constants,
      flink: differs('Reads digits in a text as well.', ([a, b]) => `TRY_CAST(JSON_VALUE(${a}, ${b}) AS BIGINT)`),
    },
  ),
  define(
    'JSON_NUMBER',
    atPath('float64'),
    'The number at a path; NULL if there is none.',
    `JSON_NUMBER('{"a":1.5}', '$.a')`,
    1.5,
    (args) => {
      const node = found(args)
      return node?.kind === 'number' ? Number(node.text) : null
    },
    {
      nullable: true,
      constants,
      flink: differs('Reads numbers in a text as well.', ([a, b]) => `TRY_CAST(JSON_VALUE(${a}, ${b}) AS DOUBLE)`),
    },
  ),
  define(
    'JSON_BOOL',
    atPath('bool'),
    'TRUE or FALSE at a path; NULL if there is neither.',
    `JSON_BOOL('{"a":true}', '$.a')`,
    true,
    (args) => {
      const node = found(args)
      return node?.kind === 'bool' ? node.text === 'true' : null
    },
    {
      nullable: true,
      constants,
      flink: differs('Reads TRUE in a text as well.', ([a, b]) => `TRY_CAST(JSON_VALUE(${a}, ${b}) AS BOOLEAN)`),
    },
  ),
  define(
    'JSON_TYPE',
    atPath('string'),
    'object, array, string, number, boolean or null at a path; NULL if there is nothing.',
    `JSON_TYPE('{"a":[]}', '$.a')`,
    'array',
    (args) => {
      const node = found(args)
      return node === undefined ? null : kindOf(node)
    },
    { nullable: true, constants, flink: noSql(NO_JSON_TYPE) },
  ),
  define(
    'JSON_LENGTH',
    atPath('int64'),
    'Number of items or members at a path, 1 of a scalar; NULL if there is nothing.',
    `JSON_LENGTH('[1,2,3]', '$')`,
    3,
    (args) => {
      const node = found(args)
      if (node === undefined) return null
      return node.kind === 'array' ? node.items.length : node.kind === 'object' ? node.members.size : 1
    },
    { nullable: true, constants, flink: noSql(NO_JSON_TYPE) },
  ),
  define(
    'JSON_KEYS',
    atPath('array<string>'),
    'Names of the members of the object at a path; NULL if it is none.',
    `JSON_KEYS('{"a":1,"b":2}', '$')`,
    ['a', 'b'],
    (args) => {
      const node = found(args)
      return node?.kind === 'object' ? [...node.members.keys()] : null
    },
    { nullable: true, constants, flink: noSql(NO_JSON_TYPE) },
  ),
  define(
    'JSON_ITEMS',
    atPath('array<json>'),
    'The items of the array at a path, each as json; NULL if it is none.',
    `JSON_ITEMS('{"a":[1,{"b":2}]}', '$.a')`,
    ['1', '{"b":2}'],
    (args) => {
      const node = found(args)
      return node?.kind === 'array' ? node.items.map((item) => item.text) : null
    },
    { nullable: true, constants, flink: differs('Texts there.', ([a, b]) => `JSON_QUERY(${a}, ${b} RETURNING ARRAY<STRING>)`) },
  ),
  define(
    'JSON_STRINGS',
    atPath('array<string>'),
    'The scalars of the array at a path as texts, NULL for other items; NULL if it is no array.',
    `JSON_STRINGS('["a",1,{}]', '$')`,
    ['a', '1', null],
    (args) => {
      const node = found(args)
      return node?.kind === 'array' ? node.items.map(jsonScalar) : null
    },
    { nullable: true, constants, flink: sql(([a, b]) => `JSON_QUERY(${a}, ${b} RETURNING ARRAY<STRING>)`) },
  ),
  define(
    'IS_JSON',
    [signature('string', 'bool'), signature('json', 'bool')],
    'TRUE if the text is JSON; also written `… IS JSON`.',
    `'{"a":1}' IS JSON`,
    true,
    ([a]) => isJson(text(a)),
    {
      flink: sql(([a]) => `(${a} IS JSON)`),
    },
  ),
  define(
    'JSON_OBJECT',
    [signature('', 'json'), signature('string any…', 'json')],
    'An object of names and values in turn; NULL becomes null.',
    `JSON_OBJECT('a', 1, 'b', 'x')`,
    '{"a":1,"b":"x"}',
    (args, types) => {
      if (args.length % 2 !== 0) throw new RowFailure('BAD_ARGUMENT', 'JSON_OBJECT takes names and values in turn.')
      const members: string[] = []
      for (let i = 0; i < args.length; i += 2) {
        const name = args[i]
        if (typeof name !== 'string') throw new RowFailure('BAD_ARGUMENT', 'A name in JSON_OBJECT is NULL or no text.')
        members.push(`${JSON.stringify(name)}:${jsonText(args[i + 1], types, i + 1)}`)
      }
      return `{${members.join(',')}}`
    },
    {
      lenient: true,
      flink: sql(
        (args) =>
          `JSON_OBJECT(${args
            .map((arg, i) => (i % 2 === 0 ? `KEY ${arg} VALUE` : arg))
            .join(' ')
            .replaceAll(/ (?=KEY )/g, ', ')})`,
      ),
    },
  ),
  define(
    'JSON_ARRAY',
    [signature('', 'json'), signature('any…', 'json')],
    'An array of the values; NULL becomes null.',
    `JSON_ARRAY(1, 'x', NULL)`,
    '[1,"x",null]',
    (args, types) => `[${args.map((arg, i) => jsonText(arg, types, i)).join(',')}]`,
    {
      lenient: true,
      flink: sql((args) => `JSON_ARRAY(${args.join(', ')} NULL ON NULL)`),
    },
  ),
  define('JSON_QUOTE', [signature('string', 'string')], 'The text as a JSON string, with quotes.', `JSON_QUOTE('a"b')`, '"a\\"b"', ([a]) =>
    JSON.stringify(text(a)),
  ),
  define(
    'JSON_UNQUOTE',
    [signature('string', 'string')],
    'The text that a JSON string stands for; anything else as it is.',
    `JSON_UNQUOTE('"a\\u0041"')`,
    'aA',
    ([a]) => {
      const value = text(a)
      if (!value.startsWith('"') || !isJson(value)) return value
      return jsonScalar(jsonOf(value)) ?? value
    },
  ),
  define(
    'JSON_PRETTY',
    [signature('json', 'string'), signature('string', 'string')],
    'The same JSON in several lines, for people.',
    `JSON_PRETTY('{"a":1}')`,
    '{\n  "a": 1\n}',
    ([a]) => pretty(jsonOf(text(a)), ''),
    {
      flink: noSql(NO_JSON_TYPE),
    },
  ),
]

/** Numbers stay as they are written, which JSON.stringify would not keep. */
function pretty(node: JsonNode, indent: string): string {
  const inner = `${indent}  `
  if (node.kind === 'array' && node.items.length > 0)
    return `[\n${node.items.map((item) => inner + pretty(item, inner)).join(',\n')}\n${indent}]`
  if (node.kind === 'object' && node.members.size > 0) {
    const members = [...node.members].map(([name, value]) => `${inner}${JSON.stringify(name)}: ${pretty(value, inner)}`)
    return `{\n${members.join(',\n')}\n${indent}}`
  }
  return node.kind === 'array' ? '[]' : node.kind === 'object' ? '{}' : node.text
}
