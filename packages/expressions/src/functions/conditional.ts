import { entries, noSql, signature, sql, type FunctionEntry } from './entry.ts'

const define = entries('conditional')

/** These evaluate only what they need, so the checker turns them into CASE and its kin (check/rewrites.ts). */
export const CONDITIONAL: readonly FunctionEntry[] = [
  define('COALESCE', [signature('T…', 'T')], 'The first argument that is not NULL.', "COALESCE(NULL, 'a', 'b')", 'a', null),
  define('IFNULL', [signature('T T', 'T')], 'The second argument where the first is NULL.', 'IFNULL(NULL, 3)', 3, null, {
    aliases: ['NVL'],
  }),
  define(
    'NVL2',
    [signature('any T T', 'T')],
    'The second argument if the first is not NULL, else the third.',
    "NVL2(NULL, 'there', 'absent')",
    'absent',
    null,
    {
      flink: sql(([a, b, c]) => `CASE WHEN ${a} IS NOT NULL THEN ${b} ELSE ${c} END`),
    },
  ),
  define('NULLIF', [signature('T T', 'T')], 'NULL if both are equal, else the first.', 'NULLIF(3, 0)', 3, null),
  define(
    'IF',
    [signature('bool T T', 'T')],
    'The second argument if the first is TRUE, else the third.',
    "IF(2 > 1, 'late', 'on time')",
    'late',
    null,
  ),
  define(
    'DECODE',
    [signature('any any any…', 'T')],
    'Compares the first argument with the second, fourth … and gives the one after the first equal; an odd last one otherwise.',
    "DECODE('b', 'a', 1, 'b', 2, 0)",
    2,
    null,
    {
      flink: noSql('Written as CASE there.'),
    },
  ),
]
