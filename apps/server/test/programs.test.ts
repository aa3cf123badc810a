/** Programs on the command line: run, tested, exported; loaded with types in them, from any folder. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from '@belay/pipeline'
import { afterAll, describe, expect, it } from 'vitest'
import { belay, PROCESSES, temporaryHome } from './support/belay.ts'

const EXAMPLE = new URL('../../../examples/programs/late-flights.ts', import.meta.url).pathname

/** One for all: these run side by side. */
const home = temporaryHome()
afterAll(() => home.remove())

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(home.path, 'programs-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

describe.concurrent('a program', PROCESSES, () => {
  it('of the examples passes its own test', async () => {
    const { code, stdout } = await belay(['test', EXAMPLE, '--home', home.path])
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 passed, 0 failed')])
  })

  it('runs to its end from any folder, with types and other files of its own', async () => {
    const folder = folderWith({
      'rows.ts': 'export interface Rows { readonly many: number }\nexport const ROWS: Rows = { many: 3000 } satisfies Rows\n',
      'program.ts': [
        "import { count, pipeline } from 'belay-stream'",
        "import { ROWS, type Rows } from './rows.js'",
        'const rows = ROWS as Rows',
        "export default pipeline('numbers')",
        "  .source('made', 'generator', { rows: rows.many, rowsPerSecond: 0 })",
        "  .windowAggregate('seconds', { sizeMs: 1000, aggregates: { n: count() } })",
        "  .file('out', { folder: './out', layout: 'single' })",
      ].join('\n'),
    })
    const { code, stdout, stderr } = await belay(['run', 'program.ts', '--json', '--quiet', '--home', home.path], {
      cwd: folder,
    })
    expect(code, stdout + stderr).toBe(0)
    const { rowsIn, outputs } = JSON.parse(stdout) as { rowsIn: number; outputs: readonly string[] }
    const lines = readFileSync(outputs[0], 'utf8').trim().split('\n')
    expect([rowsIn, lines.reduce((sum, line) => sum + (JSON.parse(line) as { n: number }).n, 0)]).toEqual([3000, 3000])
  })

  it('is exported as the document that it makes', async () => {
    const { code, stdout } = await belay(['export', EXAMPLE, '--json'])
    const parsed = parseDocument(JSON.parse(stdout))
    expect([code, parsed.ok]).toEqual([0, true])
    if (parsed.ok)
      expect(parsed.document.operators.map(({ id }) => id)).toEqual(['flights', 'enrich', 'late', 'hourly', 'top10', 'board', 'archive'])
  })

  it.each([
    ['nothing.ts', 'export const x: number = 1\n', /exports no pipeline/],
    [
      'broken.ts',
      "import { pipeline } from 'belay-stream'\nconst p = pipeline('p')\np.source('a', 'generator')\np.source('a', 'generator')\n",
      /Two operators are called a\..*broken\.ts:4/s,
    ],
    ['syntax.ts', 'export default {\n', /did not run/],
    ['shape.mjs', 'export default { format: 1 }\n', /DOCUMENT_INVALID/],
  ])('that makes no pipeline, %s, says why and ends with 2', async (name, text, words) => {
    const folder = folderWith({ [name]: text })
    const { code, stderr } = await belay(['run', name, '--home', home.path], { cwd: folder })
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)])
  })
})
