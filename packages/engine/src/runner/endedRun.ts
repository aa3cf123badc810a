/** A run read from its folder: what the page shows of it without a process. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OperatorNode } from '@belay/pipeline'
import {
  ROW_ERROR_RULES,
  type RowPostAnswer,
  type CheckpointSummary,
  type CommandAnswer,
  type KillPreview,
  type PeekedStream,
  type OperatorFigures,
  type RunCommand,
  type RunEvent,
  type RunEventBody,
  type RunHandle,
  type RunListener,
  type RunSnapshot,
  type ThreadProfile,
  type ThreadStack,
} from '@belay/run'
import { tooManyRules, withRule } from '../operator/rowErrorRules.ts'
import type { JournalEntry } from '../job/index.ts'
import { EngineError } from '../operator/engineError.ts'
import { RowErrorBook } from '../process/rowErrorBook.ts'
import { EventLog } from '../store/eventLog.ts'
import { Journal } from '../store/journal.ts'
import { readRunFile, type RunFile, type RunFolder } from '../store/runFolder.ts'
import { lastEvents, readEvents } from './eventFile.ts'

/** Written by the run process as its last act. */
export const FINAL_SNAPSHOT = 'final.json'

const RECENT_EVENTS = 300

export class EndedRun implements RunHandle {
  readonly runId: string
  readonly #folder: RunFolder

  constructor(runId: string, folder: RunFolder) {
    this.runId = runId
    this.#folder = folder
  }

  /** A command that the run had accepted while it lived is answered as it was then; all others are refused. */
  async command(command: RunCommand): Promise<CommandAnswer> {
    return (
      this.#answered(command.commandId) ??
      this.#forItsResumption(command) ?? {
        type: 'refused',
        commandId: command.commandId,
        code: 'RUN_ENDED',
        message:
          readRunFile(this.#folder).ended?.state === 'failed'
            ? 'This run has failed. Resume it when the cause is gone, or start the pipeline again.'
            : 'This run has ended, so nothing can be done to it any more. Start the pipeline again instead.',
        status: 409,
      }
    )
  }

  /** What is to be other when a run that has failed is resumed; null = it is not that. */
  #forItsResumption(command: RunCommand): CommandAnswer | null {
    if (command.type !== 'set-on-row-error' && command.type !== 'set-row-error-rule') return null
    const { ended, request } = readRunFile(this.#folder)
    if (ended?.state !== 'failed' || !existsSync(this.#folder.journal)) return null
    const planned = request.document.operators.find(({ id }) => id === command.operator)
    if (planned === undefined) return null
    const { commandId } = command
    const { journal, entries } = Journal.open(this.#folder.journal)
    let change: Change | CommandAnswer
    try {
      const before = entries.flatMap(entriesOf)
      change = command.type === 'set-on-row-error' ? actionChange(command, planned, before) : ruleChange(command, before)
      if (change.type !== 'change') return change
      journal.append({ type: 'group', entries: [{ type: 'command', commandId, answer: { type: 'accepted', commandId } }, change.entry] })
    } finally {
      journal.close()
    }
    if (change.entry.type === 'row-error-rules') new RowErrorBook(this.#folder.log).setRules(command.operator, change.entry.rules)
    const events = EventLog.open(this.#folder.events)
    try {
      events.append(change.event, Date.now())
    } finally {
      events.close()
    }
    return { type: 'accepted', commandId }
  }

  #answered(commandId: string): CommandAnswer | null {
    if (!existsSync(this.#folder.journal)) return null
    const { journal, entries } = Journal.open(this.#folder.journal)
    journal.close()
    const found = entries.flatMap(entriesOf).find((entry) => entry.type === 'command' && entry.commandId === commandId)
    return found?.type === 'command' ? found.answer : null
  }

  async snapshot(): Promise<RunSnapshot> {
    const path = join(this.#folder.root, FINAL_SNAPSHOT)
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as RunSnapshot
    return this.#withoutFigures(readRunFile(this.#folder))
  }

  /** A run that ended before it worked, or whose process never came back, left no figures but its document and events. */
  #withoutFigures(file: RunFile): RunSnapshot {
    const { document, parameters } = file.request
    const events = lastEvents(this.#folder.events, RECENT_EVENTS)
    const operator: OperatorFigures = {
      state: 'pending',
      attempt: 0,
      container: '',
      activity: { busy: 0, blocked: 0, starved: 0, idle: 1 },
      rowsIn: 0,
      rowsOut: 0,
      rowsInPerSecond: 0,
      rowsOutPerSecond: 0,
      window: 0,
      checkpointWindow: 0,
      watermark: null,
      stateSizeBytes: 0,
      rowErrors: 0,
    }
    return {
      runId: this.runId,
      pipelineId: document.id,
      document,
      parameters: { ...parameters },
      startedAtMs: file.startedAtMs,
      seq: events.at(-1)?.seq ?? 0,
      figures: {
        state: file.ended?.state ?? 'unreachable',
        ...(file.ended?.reason == null ? {} : { reason: file.ended.reason }),
        lineage: 1,
        attempt: 0,
        targetWindow: 0,
        committedWindow: 0,
        uptimeMs: (file.ended?.atMs ?? file.startedAtMs) - file.startedAtMs,
        sharedBytes: 0,
        memoryBytes: document.settings.memoryBytes,
        residentBytes: 0,
        operators: Object.fromEntries(document.operators.map(({ id }) => [id, operator])),
        streams: {},
      },
      checkpoints: [],
      events,
      tables: {},
      containers: [],
    }
  }

  async events(after: number, limit: number): Promise<readonly RunEvent[]> {
    return readEvents(this.#folder.events, after, limit)
  }

  async checkpoints(): Promise<readonly CheckpointSummary[]> {
    return (await this.snapshot()).checkpoints
  }

  async preview(_operator: string): Promise<KillPreview> {
    throw new EngineError('RUN_ENDED', 'This run has ended: there is nothing to kill.')
  }

  async postRows(): Promise<RowPostAnswer> {
    throw new EngineError('RUN_ENDED', 'This run has ended and takes no rows. Start a new one.')
  }

  async stack(_operator: string): Promise<ThreadStack> {
    throw new EngineError('RUN_ENDED', 'This run has ended: it has no threads any more.')
  }

  async profile(_operator: string, _forMs: number): Promise<ThreadProfile> {
    throw new EngineError('RUN_ENDED', 'This run has ended: it has no threads any more.')
  }

  async peek(_streams: readonly string[]): Promise<readonly PeekedStream[]> {
    throw new EngineError('RUN_ENDED', 'This run has ended: no rows pass any more. Look at what its sinks have written.')
  }

  async giveSecrets(): Promise<readonly string[]> {
    return []
  }

  /** Tells at once that nobody is there. */
  listen(listener: RunListener): () => void {
    let wanted = true
    queueMicrotask(() => {
      if (wanted) listener.closed()
    })
    return () => {
      wanted = false
    }
  }

  close(): void {}
}

function entriesOf(entry: unknown): readonly JournalEntry[] {
  return isGroup(entry) ? entry.entries : [entry as JournalEntry]
}

function isGroup(entry: unknown): entry is Extract<JournalEntry, { type: 'group' }> {
  return (entry as { type?: unknown }).type === 'group'
}

/** Of what is in force for bad rows. */
interface Change {
  readonly type: 'change'
  readonly entry: Extract<JournalEntry, { type: 'on-row-error' | 'row-error-rules' }>
  readonly event: RunEventBody
}

function actionChange(
  { operator, action, by }: Extract<RunCommand, { type: 'set-on-row-error' }>,
  planned: OperatorNode,
  entries: readonly JournalEntry[],
): Change {
  const newest = entries.findLast((entry) => entry.type === 'on-row-error' && entry.operator === operator)
  const before = newest?.type === 'on-row-error' ? newest.action : (planned.onRowError ?? 'fail')
  return {
    type: 'change',
    entry: { type: 'on-row-error', operator, action },
    event: { type: 'on-row-error-set', operator, by, action, before },
  }
}

function ruleChange(
  { operator, rule, skip, by, commandId }: Extract<RunCommand, { type: 'set-row-error-rule' }>,
  entries: readonly JournalEntry[],
): Change | CommandAnswer {
  const newest = entries.findLast((entry) => entry.type === 'row-error-rules' && entry.operator === operator)
  const before = newest?.type === 'row-error-rules' ? newest.rules : []
  const rules = withRule(before, rule, skip)
  if (rules.length > ROW_ERROR_RULES)
    return { type: 'refused', commandId, code: 'TOO_MANY_ROW_ERROR_RULES', message: tooManyRules(operator), status: 409 }
  return {
    type: 'change',
    entry: { type: 'row-error-rules', operator, rules },
    event: { type: 'row-error-rule-set', operator, by, skip, ...rule },
  }
}
