/** Every example runs to its end on real run processes and gives rows; those with made-up rows with fewer of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { createLocalRunner } from '@belay/engine'
import { manifests } from '@belay/operators/manifests'
import { parseDocument, type PipelineDocument } from '@belay/pipeline'
import { expect, it } from 'vitest'
import { openHome } from '../src/storage/home.ts'
import { standardRoots } from '../src/storage/roots.ts'
import { testHome } from './support/belay.ts'
import { PROGRAMS } from './support/programs.ts'

const FOLDER = new URL('../../../examples/', import.meta.url)
const PATIENT = { timeout: 120_000 } as const
const ROWS = 20_000
/** Where what is looked for is rare. */
const MANY_ROWS = 300_000
const RARE = ['late-rows', 'small-then-large']

/** What an installation runs. */

/** Those that wait for files or posts, and the demo, which has tests of its own. */
const APART = ['growing-log.json', 'log-folder.json', 'posted-orders.json', 'flights.json']

function shortened(document: PipelineDocument): PipelineDocument {
  const rows = RARE.includes(document.id) ? MANY_ROWS : ROWS
  return {
    ...document,
    operators: document.operators.map((operator) => {
      switch (operator.type) {
        case 'generator':
          return { ...operator, config: { ...operator.config, rows } }
        case 'nexmark-source':
          return { ...operator, config: { ...operator.config, events: rows } }
        default:
          return operator
      }
    }),
  }
}

it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.json') && !APART.includes(name)))(
  'example %s runs to its end and gives rows',
  PATIENT,
  async (name) => {
    const parsed = parseDocument(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')))
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    const document = shortened(parsed.document)
    const home = openHome(testHome())
    const runner = createLocalRunner({ home: home.path, operators: PROGRAMS })
    const parameters: Readonly<Record<string, number>> = 'speed' in document.parameters ? { speed: 0 } : {}
    const handle = await runner.start({ runId: 'example', document, parameters, roots: standardRoots(home), startedBy: 'test' })
    await new Promise<void>((resolve) => handle.listen({ event: () => undefined, delta: () => undefined, closed: resolve }))
    const ended = await runner.open('example')
    const { state, reason, operators } = (await ended.snapshot()).figures
    expect(state, reason).toBe('finished')
    const sinks = document.operators.filter(({ type }) => manifests[type]?.outputs.length === 0)
    for (const sink of sinks) expect(operators[sink.id]?.rowsIn, sink.id).toBeGreaterThan(0)
  },
)
