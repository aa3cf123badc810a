/**
 * Answers to commands. An accepted command is journaled together with what it asks for before it is
 * answered, so that after any crash it has happened wholly or not at all.
 */
import type { CommandAnswer, KillPreview, RunCommand } from '@belay/run'
import { effect, event, type Draft } from './draft.ts'
import type { JournalEntry } from './state.ts'

const COMMANDS_KEPT = 500

export type Of<T extends RunCommand['type']> = Extract<RunCommand, { type: T }>

/** `entries`: what the command asks for, durable with it or not at all. */
export function accept(draft: Draft, command: RunCommand, entries: readonly JournalEntry[] = [], operator?: string): void {
  const answer: CommandAnswer = { type: 'accepted', commandId: command.commandId }
  draft.state.commands = withAnswer(draft.state.commands, command.commandId, answer)
  const entry: JournalEntry = { type: 'command', commandId: command.commandId, answer }
  effect(draft, { type: 'journal', entry: entries.length === 0 ? entry : { type: 'group', entries: [...entries, entry] } })
  event(draft, {
    type: 'command-accepted',
    commandId: command.commandId,
    command: command.type,
    by: command.by,
    ...(operator === undefined ? {} : { operator }),
  })
  effect(draft, { type: 'answer', commandId: command.commandId, answer })
}

/** Not journaled: a refusal has changed nothing. Asked again, it is the same answer as long as the process lives. */
export function refuse(
  draft: Draft,
  command: RunCommand,
  code: string,
  message: string,
  more: { status?: number; preview?: KillPreview } = {},
): void {
  const answer: CommandAnswer = {
    type: 'refused',
    commandId: command.commandId,
    code,
    message,
    status: more.status ?? 409,
    ...(more.preview === undefined ? {} : { preview: more.preview }),
  }
  draft.state.commands = withAnswer(draft.state.commands, command.commandId, answer)
  effect(draft, { type: 'answer', commandId: command.commandId, answer })
}

/** The newest answers; older ones are forgotten, so that the state stays bounded. */
export function withAnswer(
  commands: Readonly<Record<string, CommandAnswer>>,
  commandId: string,
  answer: CommandAnswer,
): Record<string, CommandAnswer> {
  const kept = Object.entries(commands).filter(([id]) => id !== commandId)
  return Object.fromEntries([...kept.slice(-(COMMANDS_KEPT - 1)), [commandId, answer]])
}
