/** `belay logs RUNID [-f]`: what operators wrote while a run worked, and how much of it is kept. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ENDED_STATES, type LogLine, type LogPage, type RunRecord } from '@belay/run'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

const POLL_MS = 250
const PAGE = 1000

export const logsCommand: Command = defineCommand({
  name: 'logs',
  summary: 'what operators of a run wrote, and with -f what they write',
  usage: 'logs RUNID [-f] [--operator X] [--level L] [--text T] [--since TIME] [--limit N] [--set-level L] [--json]',
  examples: [
    'belay logs flights-261124-1200-ab12 -f',
    'belay logs flights-261124-1200-ab12 --operator score --level warning --json | jq -r .text',
    'belay logs flights-261124-1200-ab12 --operator score --set-level debug',
  ],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    follow: { type: 'boolean', short: 'f', help: 'go on until the run has ended' },
    operator: { type: 'string', value: 'X', help: 'only of this operator' },
    level: { type: 'string', value: 'L', help: 'debug, info, warning or error, and what is more important' },
    text: { type: 'string', value: 'T', help: 'only lines that contain this' },
    since: { type: 'string', value: 'TIME', help: 'only from this time on, e.g. 2026-11-24T12:00:00Z' },
    limit: { type: 'string', value: 'N', help: 'the newest N lines, up to 1000; 200 by default' },
    'set-level': { type: 'string', value: 'L', help: 'from now on keep lines of --operator from this level on' },
  },
  async run(values, [runId]) {
    const sinceMs = values.since === undefined ? 0 : Date.parse(values.since)
    const level = values['set-level']
    if (runId === undefined || Number.isNaN(sinceMs) || (level !== undefined && values.operator === undefined)) {
      process.stderr.write(`belay ${logsCommand.usage}\n`)
      return EXIT.invalid
    }
    const { ask } = serverClient(values)
    if (level !== undefined) {
      const path = `${runPath(runId)}/operators/${encodeURIComponent(values.operator ?? '')}/log-level`
      const answer = await ask<unknown>('POST', path, { commandId: randomUUID(), level })
      process.stdout.write(values.json === true ? `${JSON.stringify(answer)}\n` : 'accepted\n')
      return EXIT.done
    }
    const query = new URLSearchParams({ limit: values.limit ?? '200' })
    if (values.operator !== undefined) query.set('operator', values.operator)
    if (values.level !== undefined) query.set('level', values.level)
    if (values.text !== undefined) query.set('text', values.text)
    if (sinceMs > 0) query.set('sinceMs', String(sinceMs))
    for (let first = true; ; first = false) {
      // Read before the lines: if it has ended by now, they are all there.
      const { state } = await ask<RunRecord>('GET', runPath(runId))
      let page: LogPage & { readonly engineOnly: boolean }
      do {
        page = await ask('GET', `${runPath(runId)}/logs?${query.toString()}`)
        for (const line of page.lines) process.stdout.write(values.json === true ? `${JSON.stringify(line)}\n` : lineText(line))
        if (first && page.engineOnly)
          process.stderr.write('only what the engine says: operators may have written down rows, and to see those takes see-data\n')
        query.set('from', String(page.next))
        query.set('limit', String(PAGE))
      } while (!first && page.lines.length === PAGE)
      if (values.follow !== true || ENDED_STATES.includes(state)) return EXIT.done
      await delay(POLL_MS)
    }
  },
})

function lineText({ atMs, level, from, instance, window, text, fields }: LogLine): string {
  const more = Object.entries(fields ?? {}).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  const who = from === 'engine' ? `${instance} (engine)` : instance
  return `${new Date(atMs).toISOString()}  w ${window}  ${level.padEnd(7)}  ${who}  ${text}${more.join('')}\n`
}
