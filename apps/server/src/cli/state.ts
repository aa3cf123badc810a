/** `belay state RUNID`: what operators had in their state at a checkpoint, and how it differs from another. */
import type { CheckpointState, CheckpointSummary, KeyHistory, StateCell, StateChanges, StateEntry, StatePage } from '@belay/run'
import { ServerError } from '../http/problems.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

export const stateCommand: Command = defineCommand({
  name: 'state',
  summary: 'what an operator had in its state at a checkpoint, and what has changed since another',
  usage: 'state RUNID [--checkpoint N] [--operator X] [--state NAME] [--key TEXT] [--since N] [--over-checkpoints]',
  examples: [
    'belay state flights-261124-1200-ab12',
    'belay state flights-261124-1200-ab12 --operator hourly --key JFK',
    'belay state flights-261124-1200-ab12 --operator hourly --key JFK --over-checkpoints',
    'belay state flights-261124-1200-ab12 --operator hourly --checkpoint 14 --since 12 --json',
  ],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    checkpoint: { type: 'string', value: 'N', help: 'as `belay checkpoints` numbers it; the newest by default' },
    operator: { type: 'string', value: 'X', help: 'the operator, or operator#partition; without it: who has state' },
    state: { type: 'string', value: 'NAME', help: 'which of its states; the one with the most keys by default' },
    key: { type: 'string', value: 'TEXT', help: 'only keys that contain this' },
    'over-checkpoints': { type: 'boolean', help: 'with --operator and --key, which is the whole key then: what it had at each' },
    since: { type: 'string', value: 'N', help: 'only what has changed since this checkpoint' },
    from: { type: 'string', value: 'N', help: 'go on where the page before has said' },
    limit: { type: 'string', value: 'N', help: 'at most so many keys, up to 500; 100 by default' },
  },
  async run(values, [runId]) {
    const over = values['over-checkpoints'] === true
    const incomplete = values.operator === undefined && (values.since !== undefined || over)
    if (runId === undefined || incomplete || (over && values.key === undefined)) {
      process.stderr.write(`belay ${stateCommand.usage}\n`)
      return EXIT.invalid
    }
    const { ask } = serverClient(values)
    const print = (value: unknown, text: () => string): number => {
      process.stdout.write(values.json === true ? `${JSON.stringify(value)}\n` : text())
      return EXIT.done
    }
    if (over) {
      const query = new URLSearchParams({ instance: values.operator ?? '', key: values.key ?? '' })
      if (values.state !== undefined) query.set('state', values.state)
      const history = await ask<KeyHistory>('GET', `${runPath(runId)}/state/key?${query.toString()}`)
      return print(history, () => historyText(history))
    }
    const manifest = values.checkpoint ?? (await newest(() => ask('GET', `${runPath(runId)}/checkpoints`)))
    const path = `${runPath(runId)}/checkpoints/${encodeURIComponent(manifest)}/state`
    if (values.operator === undefined) {
      const state = await ask<CheckpointState>('GET', path)
      return print(state, () => operatorsText(state))
    }
    const query = new URLSearchParams({ instance: values.operator })
    if (values.state !== undefined) query.set('state', values.state)
    if (values.key !== undefined) query.set('find', values.key)
    if (values.from !== undefined) query.set('from', values.from)
    if (values.limit !== undefined) query.set('limit', values.limit)
    if (values.since === undefined) {
      const page = await ask<StatePage>('GET', `${path}/keys?${query.toString()}`)
      return print(page, () => pageText(page))
    }
    query.set('since', values.since)
    const changes = await ask<StateChanges>('GET', `${path}/changes?${query.toString()}`)
    return print(changes, () => changesText(changes))
  },
})

async function newest(list: () => Promise<readonly CheckpointSummary[]>): Promise<string> {
  const last = (await list()).at(-1)
  if (last === undefined)
    throw new ServerError('CHECKPOINT_UNKNOWN', 'The run has no checkpoint yet. The first one comes after one checkpoint interval.')
  return String(last.manifest)
}

function operatorsText({ manifest, window, atMs, operators }: CheckpointState): string {
  const line = ({ instance, sizeBytes, finished }: CheckpointState['operators'][number]): string =>
    `  ${instance.padEnd(20)} ${sizeBytes === 0 ? 'no state' : `${sizeBytes} bytes`}${finished ? ', its inputs had ended' : ''}\n`
  return `checkpoint ${manifest}, w ${window}, ${new Date(atMs).toISOString()}\n${operators.map(line).join('')}`
}

function headText({ instance, states, state }: StatePage | StateChanges): string {
  if (state === null) return `${instance} has no state there\n`
  const line = ({ name, kind, size }: StatePage['states'][number]): string => `${name === state ? '*' : ' '} ${name}: ${kind}, ${size}\n`
  const shape = states.find(({ name }) => name === state)
  const columns = [...(shape?.key ?? []), ...(shape?.value ?? [])].map(({ name }) => name).join(', ')
  return `${states.map(line).join('')}${columns}\n`
}

const cellsText = (cells: readonly StateCell[]): string => cells.map((cell) => JSON.stringify(cell)).join(', ')

function entryText({ rows, more }: StateEntry): string {
  return rows.map((row) => `(${cellsText(row)})`).join(' ') + (more > 0 ? ` and ${more} more` : '')
}

function pageText(page: StatePage): string {
  const lines = page.entries.map((entry) => `  ${cellsText(entry.key)}  ${entryText(entry)}\n`)
  return headText(page) + lines.join('') + nextText(page.next)
}

function changesText(changes: StateChanges): string {
  const counts = `${changes.changed} changed, ${changes.added} added, ${changes.removed} removed\n`
  const lines = changes.changes.map(({ kind, key, before, after }) => {
    const sign = { added: '+', removed: '-', changed: '~' }[kind]
    return `${sign} ${cellsText(key)}  ${before === null ? '' : entryText(before)} → ${after === null ? '' : entryText(after)}\n`
  })
  return headText(changes) + counts + lines.join('') + nextText(changes.next)
}

function nextText(next: number | null): string {
  return next === null ? '' : `more with --from ${next}\n`
}

function historyText({ state, value, checkpoints }: KeyHistory): string {
  const line = ({ manifest, window, entry }: KeyHistory['checkpoints'][number]): string =>
    `  ${String(manifest).padStart(5)}  w ${window}  ${entry === null ? 'not there' : entryText(entry)}\n`
  return `${state ?? 'no state'}: ${value.map(({ name }) => name).join(', ')}\n${checkpoints.map(line).join('')}`
}
