import { regexOf } from '../regex/regex.ts'
import { extractAll, extractMatch, matchCount, matchPosition, replaceMatches, splitAtMatches, testMatch } from '../regex/matching.ts'
import { differs, entries, noSql, number, signature, text, type FunctionEntry } from './entry.ts'

const define = entries('regex')
const SYNTAX = 'Java’s syntax there; backreferences and look-around exist only there.'
const same = (name: string): ReturnType<typeof differs> => differs(SYNTAX, (args) => `${name}(${args.join(', ')})`)
const constants = { 1: regexOf }

export const REGEX: readonly FunctionEntry[] = [
  define(
    'REGEXP_LIKE',
    [signature('string string', 'bool')],
    'TRUE if a part of the text matches the pattern.',
    "REGEXP_LIKE('flight 17', '[0-9]+')",
    true,
    ([a, b]) => testMatch(text(a), text(b)),
    {
      aliases: ['REGEXP'],
      constants,
      flink: same('REGEXP'),
    },
  ),
  define(
    'REGEXP_EXTRACT',
    [signature('string string', 'string'), signature('string string int64', 'string')],
    'The first match of a pattern, or its n-th group; NULL if there is none.',
    "REGEXP_EXTRACT('a=1&b=22', 'b=([^&]*)', 1)",
    '22',
    ([a, b, group = 0]) => extractMatch(text(a), text(b), number(group)),
    { aliases: ['REGEXP_SUBSTR'], nullable: true, constants, flink: same('REGEXP_EXTRACT') },
  ),
  define(
    'REGEXP_EXTRACT_ALL',
    [signature('string string', 'array<string>'), signature('string string int64', 'array<string>')],
    'All matches of a pattern, or their n-th groups.',
    "REGEXP_EXTRACT_ALL('a1b22', '[0-9]+')",
    ['1', '22'],
    ([a, b, group = 0]) => extractAll(text(a), text(b), number(group)),
    {
      constants,
      flink: differs(`${SYNTAX} The default group is 1 there.`, ([a, b, group = '0']) => `REGEXP_EXTRACT_ALL(${a}, ${b}, ${group})`),
    },
  ),
  define(
    'REGEXP_REPLACE',
    [signature('string string string', 'string')],
    'Replaces every match; $1 or ${name} in the replacement is a group.',
    "REGEXP_REPLACE('2001-02', '(\\d+)-(\\d+)', '$2/$1')",
    '02/2001',
    ([a, b, c]) => replaceMatches(text(a), text(b), text(c)),
    { constants, flink: same('REGEXP_REPLACE') },
  ),
  define(
    'REGEXP_COUNT',
    [signature('string string', 'int64')],
    'How often a pattern matches.',
    "REGEXP_COUNT('a1b22', '[0-9]+')",
    2,
    ([a, b]) => matchCount(text(a), text(b)),
    { constants, flink: same('REGEXP_COUNT') },
  ),
  define(
    'REGEXP_INSTR',
    [signature('string string', 'int64')],
    'Position of the first match, from 1; 0 if there is none.',
    "REGEXP_INSTR('ab12', '[0-9]')",
    3,
    ([a, b]) => matchPosition(text(a), text(b)),
    {
      constants,
      flink: same('REGEXP_INSTR'),
    },
  ),
  define(
    'REGEXP_SPLIT',
    [signature('string string', 'array<string>')],
    'The parts between the matches of a pattern.',
    "REGEXP_SPLIT('a1b22c', '[0-9]+')",
    ['a', 'b', 'c'],
    ([a, b]) => splitAtMatches(text(a), text(b)),
    {
      constants,
      flink: noSql('Flink SQL splits at plain text only.'),
    },
  ),
]
