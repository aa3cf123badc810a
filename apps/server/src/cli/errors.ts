/** `belay errors RUNID`: rows that operators could not process, what is kept of them, and what happens to more. */
import { randomUUID } from 'node:crypto'
import type { RowErrorGroup, RowErrors } from '@belay/run'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

export const errorsCommand: Command = defineCommand({
  name: 'errors',
  summary: 'rows that operators of a run could not process, grouped',
  usage: 'errors RUNID [--operator X] [--rows [--group ID]] [--on-row-error fail|skip] [--json]',
  examples: [
    'belay errors orders-261124-1200-ab12',
    'belay errors orders-261124-1200-ab12 --operator parse --rows > dead-letters.jsonl',
    'belay errors orders-261124-1200-ab12 --operator parse --on-row-error skip',
  ],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    operator: { type: 'string', value: 'X', help: 'only of this operator' },
    rows: { type: 'boolean', help: 'the kept rows as JSON lines, the newest 20 of each group' },
    group: { type: 'string', value: 'ID', help: 'with --rows: only of this group' },
    'on-row-error': { type: 'string', value: 'ACTION', help: 'fail or skip: what happens to bad rows of --operator from now on' },
  },
  async run(values, [runId]) {
    const action = values['on-row-error']
    if (runId === undefined || (action !== undefined && values.operator === undefined)) {
      process.stderr.write(`belay ${errorsCommand.usage}\n`)
      return EXIT.invalid
    }
    const { ask, askText } = serverClient(values)
    if (action !== undefined) {
      const path = `${runPath(runId)}/operators/${encodeURIComponent(values.operator ?? '')}/on-row-error`
      const answer = await ask<unknown>('POST', path, { commandId: randomUUID(), action })
      process.stdout.write(values.json === true ? `${JSON.stringify(answer)}\n` : 'accepted\n')
      return EXIT.done
    }
    const query = new URLSearchParams()
    if (values.operator !== undefined) query.set('operator', values.operator)
    if (values.group !== undefined) query.set('group', values.group)
    if (values.rows === true) {
      process.stdout.write(await askText(`${runPath(runId)}/row-errors/rows?${query.toString()}`))
      return EXIT.done
    }
    const errors = await ask<RowErrors>('GET', `${runPath(runId)}/row-errors?${query.toString()}`)
    process.stdout.write(values.json === true ? `${JSON.stringify(errors)}\n` : errors.groups.map(groupText).join('') || 'none\n')
    return EXIT.done
  },
})

const ACTION = { skip: 'left out', 'error-output': 'sent to errors', fail: 'failed on' } as const

function groupText({ id, operator, code, message, action, count, first, last, rows }: RowErrorGroup): string {
  const times = `w ${first.window} to ${last.window}, last ${new Date(last.atMs).toISOString()}`
  const row = rows.at(0)
  return `${operator}  ${code}  ${count} ${ACTION[action]}  ${times}  [${id}]\n    ${message}\n${row === undefined ? '' : `    ${row.row}\n`}`
}
