import { RowFailure } from '../scalar/failure.ts'
import {
  characterCount,
  checkLength,
  editDistance,
  fromBase64,
  initcap,
  pad,
  positionOf,
  split,
  substring,
  toBase64,
  trim,
  urlDecode,
  urlEncode,
  urlPart,
  urlPartName,
} from '../scalar/text.ts'
import { differs, entries, noSql, number, signature, sql, sqlName, text, type FunctionEntry } from './entry.ts'

const define = entries('text')
const one = [signature('string', 'string')]
const two = [signature('string string', 'bool')]
const withCount = [signature('string int64', 'string')]
const padded = [signature('string int64', 'string'), signature('string int64 string', 'string')]
const trimmed = [signature('string', 'string'), signature('string string', 'string')]
const counted = [signature('string', 'int64')]

export const TEXT: readonly FunctionEntry[] = [
  define('LOWER', one, 'Text in lower case.', "LOWER('JFK')", 'jfk', ([a]) => text(a).toLowerCase(), { aliases: ['LCASE'] }),
  define('UPPER', one, 'Text in upper case.', "UPPER('jfk')", 'JFK', ([a]) => text(a).toUpperCase(), { aliases: ['UCASE'] }),
  define(
    'INITCAP',
    one,
    'Every word with a capital first letter, the rest in lower case.',
    "INITCAP('new york-JFK')",
    'New York-Jfk',
    ([a]) => initcap(text(a)),
  ),
  define(
    'TRIM',
    trimmed,
    'Text without spaces, or characters of a set, at both ends.',
    "TRIM('..a.', '.')",
    'a',
    ([a, set = ' ']) => trim(text(a), text(set), true, true),
    {
      aliases: ['BTRIM'],
      flink: sql((args) => `BTRIM(${args.join(', ')})`),
    },
  ),
  define('LTRIM', trimmed, 'Text without spaces, or characters of a set, at its start.', "LTRIM('  a ')", 'a ', ([a, set = ' ']) =>
    trim(text(a), text(set), true, false),
  ),
  define('RTRIM', trimmed, 'Text without spaces, or characters of a set, at its end.', "RTRIM('  a ')", '  a', ([a, set = ' ']) =>
    trim(text(a), text(set), false, true),
  ),
  define('LENGTH', counted, 'Number of characters.', "LENGTH('Zürich')", 6, ([a]) => characterCount(text(a)), {
    aliases: ['CHAR_LENGTH', 'CHARACTER_LENGTH'],
    flink: sqlName('CHAR_LENGTH'),
  }),
  define(
    'OCTET_LENGTH',
    counted,
    'Number of UTF-8 bytes.',
    "OCTET_LENGTH('Zürich')",
    7,
    ([a]) => new TextEncoder().encode(text(a)).length,
    {
      flink: sql(([a]) => `(CHAR_LENGTH(HEX(${a})) / 2)`),
    },
  ),
  define(
    'SUBSTRING',
    [signature('string int64', 'string'), signature('string int64 int64', 'string')],
    'Characters from a position (1 is the first; from the end if negative), at most n of them.',
    "SUBSTRING('belay', 2, 3)",
    'ela',
    ([a, from, length = Infinity]) => substring(text(a), number(from), number(length)),
    { aliases: ['SUBSTR', 'MID'] },
  ),
  define('LEFT', withCount, 'The first n characters.', "LEFT('belay', 2)", 'be', ([a, b]) => substring(text(a), 1, number(b))),
  define('RIGHT', withCount, 'The last n characters.', "RIGHT('belay', 2)", 'ay', ([a, b]) =>
    number(b) <= 0 ? '' : Array.from(text(a)).slice(-number(b)).join(''),
  ),
  define('CONCAT', [signature('string…', 'string')], 'Texts joined, as ||; NULL if one is NULL.', "CONCAT('a', 'b', 'c')", 'abc', (args) =>
    args.join(''),
  ),
  define(
    'CONCAT_WS',
    [signature('string string…', 'string')],
    'Texts joined with a separator; NULLs are left out, a NULL separator gives NULL.',
    "CONCAT_WS('-', 'a', NULL, 'c')",
    'a-c',
    ([separator, ...rest]) => (separator === null ? null : rest.filter((each) => each !== null).join(text(separator))),
    { lenient: true, nullable: true },
  ),
  define(
    'REPLACE',
    [signature('string string string', 'string')],
    'Replaces every occurrence of a text by another.',
    "REPLACE('a-b-c', '-', '+')",
    'a+b+c',
    ([a, b, c]) => (b === '' ? text(a) : text(a).replaceAll(text(b), () => text(c))),
  ),
  define(
    'TRANSLATE',
    [signature('string string string', 'string')],
    'Replaces each character of the second text by the one at its place in the third; without one it is removed.',
    "TRANSLATE('2001-02', '-0', '/')",
    '21/2',
    ([a, from, to]) => {
      const results = Array.from(text(to))
      const table = new Map<string, string>()
      Array.from(text(from)).forEach((character, i) => {
        if (!table.has(character)) table.set(character, results[i] ?? '')
      })
      return Array.from(text(a), (character) => table.get(character) ?? character).join('')
    },
  ),
  define(
    'OVERLAY',
    [signature('string string int64', 'string'), signature('string string int64 int64', 'string')],
    'Puts a text over another from a position on, in place of n characters (default: as many as it has).',
    "OVERLAY('2001-02', '99', 1, 2)",
    '9901-02',
    ([a, b, from, count]) => {
      const characters = Array.from(text(a))
      const start = Math.max(number(from), 1) - 1
      const length = Math.max(count === undefined ? characterCount(text(b)) : number(count), 0)
      return [...characters.slice(0, start), text(b), ...characters.slice(start + length)].join('')
    },
    { flink: sql(([a, b, from, count]) => `OVERLAY(${a} PLACING ${b} FROM ${from}${count === undefined ? '' : ` FOR ${count}`})`) },
  ),
  define('REPEAT', withCount, 'A text n times.', "REPEAT('ab', 3)", 'ababab', ([a, b]) => {
    const count = Math.max(0, number(b))
    checkLength(text(a).length * count)
    return text(a) === '' ? '' : text(a).repeat(count)
  }),
  define(
    'SPACE',
    [signature('int64', 'string')],
    'n spaces.',
    "'[' || SPACE(2) || ']'",
    '[  ]',
    ([a]) => {
      const count = Math.max(0, number(a))
      checkLength(count)
      return ' '.repeat(count)
    },
    { flink: sql(([a]) => `REPEAT(' ', ${a})`) },
  ),
  define('REVERSE', one, 'The characters in reverse order.', "REVERSE('abc')", 'cba', ([a]) => Array.from(text(a)).reverse().join('')),
  define(
    'LPAD',
    padded,
    'Pads at the start to n characters (default with spaces), or cuts.',
    "LPAD('7', 3, '0')",
    '007',
    ([a, b, c = ' ']) => pad(text(a), number(b), text(c), true),
    {
      flink: sql(([a, b, c = "' '"]) => `LPAD(${a}, ${b}, ${c})`),
    },
  ),
  define(
    'RPAD',
    padded,
    'Pads at the end to n characters (default with spaces), or cuts.',
    "RPAD('7', 3, '.')",
    '7..',
    ([a, b, c = ' ']) => pad(text(a), number(b), text(c), false),
    {
      flink: sql(([a, b, c = "' '"]) => `RPAD(${a}, ${b}, ${c})`),
    },
  ),
  define(
    'STARTS_WITH',
    two,
    'TRUE if the text starts with the other.',
    "STARTS_WITH('belay', 'be')",
    true,
    ([a, b]) => text(a).startsWith(text(b)),
    {
      aliases: ['STARTSWITH'],
      flink: sqlName('STARTSWITH'),
    },
  ),
  define(
    'ENDS_WITH',
    two,
    'TRUE if the text ends with the other.',
    "ENDS_WITH('belay', 'ay')",
    true,
    ([a, b]) => text(a).endsWith(text(b)),
    {
      aliases: ['ENDSWITH'],
      flink: sqlName('ENDSWITH'),
    },
  ),
  define('CONTAINS', two, 'TRUE if the text contains the other.', "CONTAINS('belay', 'la')", true, ([a, b]) => text(a).includes(text(b)), {
    flink: sql(([a, b]) => `(POSITION(${b} IN ${a}) > 0)`),
  }),
  define(
    'POSITION',
    [signature('string string', 'int64')],
    'Position of the first text in the second, from 1; 0 if absent.',
    "POSITION('la' IN 'belay')",
    3,
    ([a, b]) => positionOf(text(a), text(b)),
    {
      flink: sql(([a, b]) => `POSITION(${a} IN ${b})`),
    },
  ),
  define(
    'INSTR',
    [signature('string string', 'int64')],
    'Position of the second text in the first, from 1; 0 if absent.',
    "INSTR('belay', 'la')",
    3,
    ([a, b]) => positionOf(text(b), text(a)),
  ),
  define(
    'LOCATE',
    [signature('string string int64', 'int64')],
    'Position of the first text in the second from character n on; 0 if absent.',
    "LOCATE('a', 'banana', 3)",
    4,
    ([a, b, c]) => positionOf(text(a), text(b), number(c)),
  ),
  define(
    'SPLIT_PART',
    [signature('string string int64', 'string')],
    'The n-th part (from 1) of a text split at a separator; empty if there is none.',
    "SPLIT_PART('a,b,c', ',', 2)",
    'b',
    ([a, b, c]) => (number(c) < 1 ? '' : (split(text(a), text(b))[number(c) - 1] ?? '')),
    { flink: sql(([a, b, c]) => `COALESCE(SPLIT_INDEX(${a}, ${b}, CAST(${c} - 1 AS INT)), '')`) },
  ),
  define(
    'SPLIT_INDEX',
    [signature('string string int64', 'string')],
    'The n-th part (from 0) of a text split at a separator; NULL if there is none.',
    "SPLIT_INDEX('a,b,c', ',', 1)",
    'b',
    ([a, b, c]) => (number(c) < 0 ? null : (split(text(a), text(b))[number(c)] ?? null)),
    { nullable: true, flink: sql(([a, b, c]) => `SPLIT_INDEX(${a}, ${b}, CAST(${c} AS INT))`) },
  ),
  define(
    'ASCII',
    counted,
    'Code point of the first character; 0 of an empty text.',
    "ASCII('A')",
    65,
    ([a]) => text(a).codePointAt(0) ?? 0,
    {
      flink: differs('There, only the lowest byte of the first character.', ([a]) => `ASCII(${a})`),
    },
  ),
  define(
    'CHR',
    [signature('int64', 'string')],
    'The character of a code point.',
    'CHR(65)',
    'A',
    ([a]) => {
      const code = number(a)
      if (!Number.isInteger(code) || code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        throw new RowFailure('BAD_ARGUMENT', `${code} is not the code point of a character. Use 0 to 1114111.`)
      return String.fromCodePoint(code)
    },
    { flink: differs('There, the code is taken modulo 256.', ([a]) => `CHR(${a})`) },
  ),
  define(
    'ELT',
    [signature('int64 string…', 'string')],
    'The n-th of the texts that follow, from 1; NULL if there is none.',
    "ELT(2, 'a', 'b')",
    'b',
    ([n, ...texts]) => texts[number(n) - 1] ?? null,
    { nullable: true },
  ),
  define('TO_BASE64', one, 'The UTF-8 bytes as base64.', "TO_BASE64('belay')", 'YmVsYXk=', ([a]) => toBase64(text(a))),
  define(
    'FROM_BASE64',
    one,
    'The text that base64 stands for; NULL if it is not base64 of text.',
    "FROM_BASE64('YmVsYXk=')",
    'belay',
    ([a]) => fromBase64(text(a)),
    { nullable: true },
  ),
  define('URL_ENCODE', one, 'The text as part of a URL’s query.', "URL_ENCODE('a b&c')", 'a+b%26c', ([a]) => urlEncode(text(a))),
  define(
    'URL_DECODE',
    one,
    'The text that a part of a URL’s query stands for; NULL if it is damaged.',
    "URL_DECODE('a+b%26c')",
    'a b&c',
    ([a]) => urlDecode(text(a)),
    { nullable: true },
  ),
  define(
    'PARSE_URL',
    [signature('string string', 'string'), signature('string string string', 'string')],
    'A part of a URL (HOST, PATH, QUERY, PROTOCOL, REF, FILE, USERINFO, AUTHORITY), or a value of its query.',
    "PARSE_URL('https://a.org/x?k=7', 'QUERY', 'k')",
    '7',
    ([a, b, c]) => urlPart(text(a), text(b), c === undefined ? undefined : text(c)),
    { nullable: true, constants: { 1: urlPartName } },
  ),
  define(
    'LEVENSHTEIN',
    [signature('string string', 'int64')],
    'Fewest edits of single characters between two texts.',
    "LEVENSHTEIN('flights', 'fights')",
    1,
    ([a, b]) => editDistance(text(a), text(b)),
    {
      flink: noSql('Flink SQL has no edit distance.'),
    },
  ),
]
