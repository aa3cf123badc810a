/** `belay events RUNID [-f]`: what happened in a run, and what happens. */
import { setTimeout as delay } from 'node:timers/promises'
import { ENDED_STATES, type RunEvent, type RunRecord } from '@belay/run'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

const PAGE = 1000
const POLL_MS = 250

export const eventsCommand: Command = defineCommand({
  name: 'events',
  summary: 'what happened in a run, and with -f what happens',
  usage: 'events RUNID [-f] [--after SEQ] [--json]',
  examples: ['belay events flights-261124-1200-ab12 -f', 'belay events flights-261124-1200-ab12 --json | jq -r .type'],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    follow: { type: 'boolean', short: 'f', help: 'go on until the run has ended' },
    after: { type: 'string', value: 'SEQ', help: 'only events with a higher number' },
  },
  async run(values, [runId]) {
    const first = Number(values.after ?? 0)
    if (runId === undefined || !Number.isInteger(first) || first < 0) {
      process.stderr.write(`belay ${eventsCommand.usage}\n`)
      return EXIT.invalid
    }
    const { ask } = serverClient(values)
    let after = first
    for (;;) {
      // Read before the events: if it has ended by now, they are all there.
      const { state } = await ask<RunRecord>('GET', runPath(runId))
      let page: readonly RunEvent[]
      do {
        page = await ask<readonly RunEvent[]>('GET', `${runPath(runId)}/events?after=${after}&limit=${PAGE}`)
        for (const event of page) process.stdout.write(values.json === true ? `${JSON.stringify(event)}\n` : lineOf(event))
        after = page.at(-1)?.seq ?? after
      } while (page.length === PAGE)
      if (values.follow !== true || ENDED_STATES.includes(state)) return EXIT.done
      await delay(POLL_MS)
    }
  },
})

function lineOf(event: RunEvent): string {
  const { seq, atMs, type, ...rest } = event
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  )
  return `${String(seq).padStart(5)}  ${new Date(atMs).toISOString()}  ${type}  ${details.join(' ')}\n`
}
