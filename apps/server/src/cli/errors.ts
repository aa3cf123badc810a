/** `belay errors RUNID`: rows that operators could not process, what is kept of them, and what happens to more. */
import { randomUUID } from 'node:crypto'
import type { RowErrorGroup, RowErrorRule, RowErrors } from '@belay/run'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

export const errorsCommand: Command = defineCommand({
  name: 'errors',
  summary: 'rows that operators of a run could not process, grouped',
  usage: 'errors RUNID [--operator X] [--rows | --write FILE] [--group ID] [--skip kind|row [--undo]] [--on-row-error fail|skip] [--json]',
  examples: [
    'belay errors orders-261124-1200-ab12',
    'belay errors orders-261124-1200-ab12 --operator parse --rows > dead-letters.jsonl',
    'belay errors orders-261124-1200-ab12 --write home:dead/orders.jsonl',
    'belay errors orders-261124-1200-ab12 --group 3k2p --skip kind',
    'belay errors orders-261124-1200-ab12 --operator parse --on-row-error skip',
  ],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    operator: { type: 'string', value: 'X', help: 'only of this operator' },
    rows: { type: 'boolean', help: 'the kept rows as JSON lines, the newest 20 of each group' },
    write: {
      type: 'string',
      value: 'FILE',
      help: 'write the kept rows as JSON lines into a root of the server, e.g. home:dead/orders.jsonl',
    },
    group: { type: 'string', value: 'ID', help: 'with --rows, --write and --skip: of this group' },
    skip: {
      type: 'string',
      value: 'WHAT',
      help: 'kind: leave out what is like --group from now on; row: leave out rows equal to its newest; others still fail',
    },
    undo: { type: 'boolean', help: 'with --skip: no longer' },
    'on-row-error': { type: 'string', value: 'ACTION', help: 'fail or skip: what happens to bad rows of --operator from now on' },
  },
  async run(values, [runId]) {
    const action = values['on-row-error']
    const { skip, group } = values
    const isWrong = (skip !== undefined && skip !== 'kind' && skip !== 'row') || (skip !== undefined && group === undefined)
    if (runId === undefined || isWrong || (action !== undefined && values.operator === undefined)) {
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
    if (skip !== undefined) {
      const { groups } = await ask<RowErrors>('GET', `${runPath(runId)}/row-errors`)
      const found = groups.find(({ id }) => id === group)
      const rule = found === undefined ? null : ruleOf(found, skip === 'row' ? 'row' : 'error')
      if (found === undefined || rule === null) {
        process.stderr.write(
          found === undefined
            ? `There is no group ${group ?? ''}. Look at belay errors ${runId}.\n`
            : 'No row of the group is kept, or you may not see it. Skip the kind.\n',
        )
        return EXIT.invalid
      }
      const path = `${runPath(runId)}/operators/${encodeURIComponent(found.operator)}/row-error-rules`
      const answer = await ask<unknown>('POST', path, { commandId: randomUUID(), rule, skip: values.undo !== true })
      process.stdout.write(values.json === true ? `${JSON.stringify(answer)}\n` : 'accepted\n')
      return EXIT.done
    }
    const query = new URLSearchParams()
    if (values.operator !== undefined) query.set('operator', values.operator)
    if (group !== undefined) query.set('group', group)
    if (values.write !== undefined) {
      const body = {
        file: values.write,
        ...(values.operator === undefined ? {} : { operator: values.operator }),
        ...(group === undefined ? {} : { group }),
      }
      const written = await ask<{ readonly file: string; readonly rows: number }>('POST', `${runPath(runId)}/row-errors/file`, body)
      process.stdout.write(values.json === true ? `${JSON.stringify(written)}\n` : `${written.rows} rows in ${written.file}\n`)
      return EXIT.done
    }
    if (values.rows === true) {
      process.stdout.write(await askText(`${runPath(runId)}/row-errors/rows?${query.toString()}`))
      return EXIT.done
    }
    const errors = await ask<RowErrors>('GET', `${runPath(runId)}/row-errors?${query.toString()}`)
    const text = errors.groups.map(groupText).join('') + errors.rules.map(ruleText).join('')
    process.stdout.write(values.json === true ? `${JSON.stringify(errors)}\n` : text || 'none\n')
    return EXIT.done
  },
})

const ACTION = { skip: 'left out', 'error-output': 'sent to errors', fail: 'failed on' } as const

function groupText({ id, operator, code, message, action, count, first, last, rows }: RowErrorGroup): string {
  const times = `w ${first.window} to ${last.window}, last ${new Date(last.atMs).toISOString()}`
  const row = rows.at(0)
  return `${operator}  ${code}  ${count} ${ACTION[action]}  ${times}  [${id}]\n    ${message}\n${row === undefined ? '' : `    ${row.row}\n`}`
}

/** null = it takes a row, and none is there. */
function ruleOf({ code, shape, rows }: RowErrorGroup, kind: RowErrorRule['kind']): RowErrorRule | null {
  if (kind === 'error') return { kind, code, shape }
  const newest = rows.at(0)
  return newest === undefined ? null : { kind, row: newest.mark }
}

function ruleText({ operator, rule }: RowErrors['rules'][number]): string {
  return `${operator}  leaves out ${rule.kind === 'error' ? `${rule.code} (${rule.shape})` : `rows equal to ${rule.row}`}\n`
}
