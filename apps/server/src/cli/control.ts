/** Commands that look at and steer runs of a running server. */
import { randomUUID } from 'node:crypto'
import { manifests } from '@belay/operators/manifests'
import { liveFields, type ParameterValue } from '@belay/pipeline'
import type { CheckpointSummary, KillPreview, RunRecord, RunSnapshot } from '@belay/run'
import { ServerError } from '../http/problems.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

const OPTIONS = { ...JSON_OPTION, ...SERVER_OPTIONS, ...HOME_OPTION } as const

function print(json: boolean | undefined, value: unknown, text: string): number {
  process.stdout.write(json === true ? `${JSON.stringify(value)}\n` : text)
  return EXIT.done
}

function missing(what: string, usage: string): number {
  process.stderr.write(`${what} is missing: belay ${usage}\n`)
  return EXIT.invalid
}

export const listCommand: Command = defineCommand({
  name: 'list',
  summary: 'runs and their state',
  usage: 'list [--json]',
  examples: ['belay list', 'belay list --json | jq -r .[0].runId'],
  options: OPTIONS,
  async run(values) {
    const runs = await serverClient(values).ask<readonly RunRecord[]>('GET', '/runs')
    const line = (run: RunRecord): string =>
      `${run.runId}  ${run.state}  ${run.pipelineName}${run.reason === null ? '' : `  ${run.reason}`}\n`
    return print(values.json, runs, runs.length === 0 ? 'no runs yet\n' : runs.map(line).join(''))
  },
})

export const showCommand: Command = defineCommand({
  name: 'show',
  summary: 'one run: its operators, windows and rows',
  usage: 'show RUNID [--json]',
  examples: ['belay show flights-261124-1200-ab12'],
  options: OPTIONS,
  async run(values, [runId]) {
    if (runId === undefined) return missing('The run', showCommand.usage)
    const snapshot = await serverClient(values).ask<RunSnapshot>('GET', `${runPath(runId)}/snapshot`)
    const { figures } = snapshot
    const lines = Object.entries(figures.operators).map(
      ([id, figure]) =>
        `  ${id.padEnd(20)} ${figure.state.padEnd(12)} w ${figure.window}, checkpoint ${figure.checkpointWindow}, ${figure.rowsIn} in, ${figure.rowsOut} out${figure.cause === undefined ? '' : `  ${figure.cause}`}\n`,
    )
    const head = `${runId} ${figures.state}${figures.reason === undefined ? '' : `: ${figures.reason}`}\n`
    const windows = `committed w ${figures.committedWindow} of ${figures.targetWindow}, lineage ${figures.lineage}, attempt ${figures.attempt}\n`
    return print(values.json, snapshot, head + windows + lines.join(''))
  },
})

export const checkpointsCommand: Command = defineCommand({
  name: 'checkpoints',
  summary: 'kept checkpoints of a run, oldest first',
  usage: 'checkpoints RUNID [--json]',
  examples: ['belay checkpoints flights-261124-1200-ab12'],
  options: OPTIONS,
  async run(values, [runId]) {
    if (runId === undefined) return missing('The run', checkpointsCommand.usage)
    const checkpoints = await serverClient(values).ask<readonly CheckpointSummary[]>('GET', `${runPath(runId)}/checkpoints`)
    const line = (one: CheckpointSummary): string =>
      `${one.manifest}  w ${one.window}  ${new Date(one.atMs).toISOString()}  ${one.sizeBytes} bytes in ${Math.round(one.durationMs)} ms${one.pinned ? '  pinned' : ''}\n`
    return print(values.json, checkpoints, checkpoints.length === 0 ? 'no checkpoints yet\n' : checkpoints.map(line).join(''))
  },
})

export const killCommand: Command = defineCommand({
  name: 'kill',
  summary: 'kill an operator, or the whole run process; it comes back',
  usage: 'kill RUNID [OPERATOR] [--hold] [--preview]',
  examples: [
    'belay kill flights-261124-1200-ab12 hourly --preview',
    'belay kill flights-261124-1200-ab12 hourly --hold',
    'belay kill flights-261124-1200-ab12',
  ],
  options: {
    ...OPTIONS,
    hold: { type: 'boolean', help: 'the operator stays down until `belay restore`' },
    preview: { type: 'boolean', help: 'only tell what would restart' },
  },
  async run(values, [runId, operator]) {
    if (runId === undefined) return missing('The run', killCommand.usage)
    const { ask } = serverClient(values)
    if (operator === undefined) {
      if (values.hold === true || values.preview === true) return missing('The operator', killCommand.usage)
      return print(values.json, await ask('POST', `${runPath(runId)}/kill`, { commandId: randomUUID() }), 'accepted\n')
    }
    if (values.preview === true) {
      const preview = await ask<KillPreview>('GET', `${runPath(runId)}/preview?operator=${encodeURIComponent(operator)}`)
      const lines = preview.restart.map((one) => `  ${one.operator.padEnd(20)} ${one.reason}, ${one.windowsToReplay} windows to replay\n`)
      return print(values.json, preview, `back to w ${preview.cut}; these restart:\n${lines.join('')}`)
    }
    const path = `${runPath(runId)}/operators/${encodeURIComponent(operator)}/kill`
    return print(values.json, await ask('POST', path, { commandId: randomUUID(), hold: values.hold === true }), 'accepted\n')
  },
})

export const restoreCommand: Command = defineCommand({
  name: 'restore',
  summary: 'end a hold, or go back to a checkpoint',
  usage: 'restore RUNID OPERATOR | restore RUNID --manifest N [--verb SINK=rewind|fork|keep]…',
  examples: ['belay restore flights-261124-1200-ab12 hourly', 'belay restore flights-261124-1200-ab12 --manifest 12 --verb archive=rewind'],
  options: {
    ...OPTIONS,
    manifest: { type: 'string', value: 'N', help: 'the checkpoint, as `belay checkpoints` numbers it' },
    verb: { type: 'string', multiple: true, value: 'SINK=VERB', help: 'what happens to what the sink has published beyond it' },
  },
  async run(values, [runId, operator]) {
    if (runId === undefined) return missing('The run', restoreCommand.usage)
    const { ask } = serverClient(values)
    if (operator !== undefined) {
      const path = `${runPath(runId)}/operators/${encodeURIComponent(operator)}/restore`
      return print(values.json, await ask('POST', path, { commandId: randomUUID() }), 'accepted\n')
    }
    if (values.manifest === undefined) return missing('The operator, or --manifest,', restoreCommand.usage)
    const verbs = Object.fromEntries((values.verb ?? []).map((verb) => verb.split('=', 2)))
    const body = { commandId: randomUUID(), manifest: Number(values.manifest), verbs }
    return print(values.json, await ask('POST', `${runPath(runId)}/restore`, body), 'accepted\n')
  },
})

export const setCommand: Command = defineCommand({
  name: 'set',
  summary: 'change live settings of a running operator, e.g. its rate',
  usage: 'set RUNID OPERATOR NAME=VALUE… | set RUNID --checkpoint-interval MS',
  examples: [
    'belay set flights-261124-1200-ab12 limit rowsPerSecond=500',
    "belay set flights-261124-1200-ab12 late 'condition=delay >= 30'",
    'belay set flights-261124-1200-ab12 --checkpoint-interval 5000',
  ],
  options: { ...OPTIONS, 'checkpoint-interval': { type: 'string', value: 'MS', help: 'time between checkpoints from now on' } },
  async run(values, [runId, operator, ...settings]) {
    if (runId === undefined) return missing('The run', setCommand.usage)
    const interval = values['checkpoint-interval']
    if (interval !== undefined && operator === undefined) {
      if (!/^\d+$/.test(interval))
        throw new ServerError(
          'PARAMETERS_INVALID',
          `--checkpoint-interval is milliseconds, e.g. 5000 for 5 s. "${interval}" is not a number of them.`,
        )
      const body = { commandId: randomUUID(), intervalMs: Number(interval) }
      return print(values.json, await serverClient(values).ask('POST', `${runPath(runId)}/checkpoint-interval`, body), 'accepted\n')
    }
    if (operator === undefined) return missing('The operator', setCommand.usage)
    if (settings.length === 0 || settings.some((setting) => !setting.includes('='))) return missing('NAME=VALUE', setCommand.usage)
    const { ask } = serverClient(values)
    const { document } = await ask<RunSnapshot>('GET', `${runPath(runId)}/snapshot`)
    const type = document.operators.find((candidate) => candidate.id === operator)?.type ?? ''
    const body = { commandId: randomUUID(), values: Object.fromEntries(settings.map((setting) => typed(type, setting))) }
    return print(values.json, await ask('POST', `${runPath(runId)}/operators/${encodeURIComponent(operator)}/config`, body), 'accepted\n')
  },
})

/** Of `NAME=VALUE`: the value as the setting's form has it. */
function typed(type: string, setting: string): [string, ParameterValue] {
  const at = setting.indexOf('=')
  const name = setting.slice(0, at)
  const text = setting.slice(at + 1)
  const control = liveFields(type, manifests).find(({ path }) => path === `/${name}`)?.control.kind
  if ((control === 'number' || control === 'duration') && text.trim() !== '' && Number.isFinite(Number(text))) return [name, Number(text)]
  if (control === 'switch' && (text === 'true' || text === 'false')) return [name, text === 'true']
  return [name, text]
}

export const stopCommand: Command = defineCommand({
  name: 'stop',
  summary: 'end a run: at the next checkpoint, drained, or at once',
  usage: 'stop RUNID [--drain | --abort]',
  examples: ['belay stop flights-261124-1200-ab12', 'belay stop flights-261124-1200-ab12 --abort'],
  options: {
    ...OPTIONS,
    drain: { type: 'boolean', help: 'as if the sources had ended: every window gives its results' },
    abort: { type: 'boolean', help: 'at once; what is not committed is discarded' },
  },
  async run(values, [runId]) {
    if (runId === undefined) return missing('The run', stopCommand.usage)
    const mode = values.abort === true ? 'abort' : values.drain === true ? 'drain' : 'stop'
    return print(
      values.json,
      await serverClient(values).ask('POST', `${runPath(runId)}/stop`, { commandId: randomUUID(), mode }),
      'accepted\n',
    )
  },
})

export const pauseCommand: Command = defineCommand({
  name: 'pause',
  summary: 'read nothing more, once what was read is committed',
  usage: 'pause RUNID',
  examples: ['belay pause flights-261124-1200-ab12'],
  options: OPTIONS,
  async run(values, [runId]) {
    if (runId === undefined) return missing('The run', pauseCommand.usage)
    return print(values.json, await serverClient(values).ask('POST', `${runPath(runId)}/pause`, { commandId: randomUUID() }), 'accepted\n')
  },
})

export const resumeCommand: Command = defineCommand({
  name: 'resume',
  summary: 'go on after a pause; or after a failure, when its cause is gone',
  usage: 'resume RUNID',
  examples: ['belay resume flights-261124-1200-ab12'],
  options: OPTIONS,
  async run(values, [runId]) {
    if (runId === undefined) return missing('The run', resumeCommand.usage)
    return print(values.json, await serverClient(values).ask('POST', `${runPath(runId)}/resume`, { commandId: randomUUID() }), 'accepted\n')
  },
})
