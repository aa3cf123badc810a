import { batchOf, valueAt } from '@belay/columns'
import { describe, expect, it } from 'vitest'
import { checkExpression, compileExpression, FUNCTIONS, interpret, RowErrors, toFlinkSql } from '../index.ts'

const ROW = batchOf([{ name: 'x', type: 'int64', nullable: false }], [[1]])

/** The catalogue for people; in the repository, so that it can be read without running anything. */
function reference(): string {
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
  const rows = (category: string): string[] =>
    FUNCTIONS.filter((entry) => entry.category === category).map(({ name, aliases, doc, example, flink }) => {
      const names = [name, ...aliases].map((each) => `\`${each}\``).join(', ')
      const there = { sql: 'yes', differs: 'differs', none: 'no' }[flink.kind]
      return `| ${names} | ${cell(doc)} | \`\`${cell(example.expression)}\`\` | \`\`${cell(JSON.stringify(example.result))}\`\` | ${there} |`
    })
  const categories = [...new Set(FUNCTIONS.map((entry) => entry.category))]
  const sections = categories.map(
    (category) =>
      `## ${category}\n\n| name | what it gives | example | result | Flink |\n|---|---|---|---|---|\n${rows(category).join('\n')}\n`,
  )
  return `# Functions of the expression language\n\nMade from the catalogue by its test; every example is run by it.\n\n${sections.join('\n')}`
}

describe('function catalogue', () => {
  it('is written out in FUNCTIONS.md (vitest -u writes it anew)', async () => {
    await expect(reference()).toMatchFileSnapshot('../../FUNCTIONS.md')
  })

  it.each(FUNCTIONS.map((entry) => [entry.name, entry] as const))(
    '%s: its example gives its result',
    (_name, { example, flink, category }) => {
      const checked = checkExpression(example.expression, [])
      if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
      const errors = new RowErrors()
      expect(interpret(checked.expression.tree, {})).toEqual(example.result)
      expect(valueAt(compileExpression(checked.expression, []).evaluate(ROW, errors), 0)).toEqual(example.result)
      expect(errors.count).toBe(0)
      const sql = toFlinkSql(checked.expression)
      if (category !== 'conditional') expect(sql.ok).toBe(flink.kind !== 'none')
      if (sql.ok) expect(sql.sql).not.toBe('')
      else expect(sql.reasons.join()).not.toBe('')
    },
  )

  it('holds more than 130 functions, each with one line of docs, under names that are all different', () => {
    console.log(`${FUNCTIONS.length} functions, ${FUNCTIONS.filter(({ flink }) => flink.kind !== 'none').length} of them in Flink SQL`)
    expect(FUNCTIONS.length).toBeGreaterThan(130)
    const names = FUNCTIONS.flatMap(({ name, aliases }) => [name, ...aliases])
    expect(new Set(names).size).toBe(names.length)
    for (const { name, doc } of FUNCTIONS) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/)
      expect(doc).toMatch(/^\S[^\n]*[.)]$/)
    }
  })
})
