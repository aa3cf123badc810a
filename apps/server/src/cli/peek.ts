/** `belay peek RUNID STREAM`: a sample of the rows that pass on a stream. */
import type { PeekSample } from '@belay/run'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

export const peekCommand: Command = defineCommand({
  name: 'peek',
  summary: 'rows that pass on a stream of a run, sampled, not yet committed',
  usage: 'peek RUNID STREAM [--limit N] [--for MS] [--json]',
  examples: ['belay peek flights-261124-1200-ab12 s2', 'belay peek flights-261124-1200-ab12 s2 --limit 100 --for 10000 --json | jq .rows'],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    limit: { type: 'string', value: 'N', help: 'at most so many rows, up to 200; 20 by default' },
    for: { type: 'string', value: 'MS', help: 'at most so long, up to 10000; 2000 by default' },
  },
  async run(values, [runId, stream]) {
    if (runId === undefined || stream === undefined) {
      process.stderr.write(`belay ${peekCommand.usage}\n`)
      return EXIT.invalid
    }
    const query = new URLSearchParams()
    if (values.limit !== undefined) query.set('limit', values.limit)
    if (values.for !== undefined) query.set('forMs', values.for)
    const path = `${runPath(runId)}/streams/${encodeURIComponent(stream)}/peek?${query.toString()}`
    const sample = await serverClient(values).ask<PeekSample>('GET', path)
    if (values.json === true) process.stdout.write(`${JSON.stringify(sample)}\n`)
    else {
      process.stderr.write(`${sampleText(sample)}\n`)
      process.stdout.write(sample.rows.map((row) => `w ${row.window}  ${SIGNS[row.kind]} ${rowText(sample, row)}\n`).join(''))
    }
    return EXIT.done
  },
})

const SIGNS = { insert: '+I', 'update-before': '-U', 'update-after': '+U', delete: '-D' } as const

function sampleText({ rows, every, seen }: PeekSample): string {
  return every === null
    ? 'no row has passed; give it longer with --for'
    : `${rows.length} rows of ${seen} that passed, sampled 1 in ${every}, not yet committed`
}

function rowText({ columns }: PeekSample, { cells }: PeekSample['rows'][number]): string {
  return JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, cells[i] ?? null])))
}
