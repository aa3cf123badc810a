/**
 * What commands were answered, so that the same `commandId` gets the first answer again, also after
 * a restart of the server (contracts: HTTP and sockets). The run's own journal keeps what it
 * accepted; here are the refusals as well, and which run a start has made.
 */
import type { CommandAnswer } from '@belay/run'
import type { Database } from './database.ts'

/** Nobody repeats a command after so long. */
const KEPT_MS = 7 * 24 * 3_600_000

export class CommandStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The run that the command has started, or is about to. */
  runStartedBy(commandId: string): string | null {
    const row = this.#database.prepare('SELECT run_id FROM start_commands WHERE command_id = ?').get(commandId) as
      | { run_id: string }
      | undefined
    return row?.run_id ?? null
  }

  /** Written before the run is made: whoever dies in between finds the same id again. */
  rememberStart(commandId: string, runId: string, atMs: number): void {
    this.#database.prepare('DELETE FROM start_commands WHERE at_ms < ?').run(atMs - KEPT_MS)
    this.#database
      .prepare('INSERT INTO start_commands (command_id, run_id, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(commandId, runId, atMs)
  }

  forgetStart(commandId: string): void {
    this.#database.prepare('DELETE FROM start_commands WHERE command_id = ?').run(commandId)
  }

  answerOf(runId: string, commandId: string): CommandAnswer | null {
    const row = this.#database.prepare('SELECT answer FROM run_commands WHERE run_id = ? AND command_id = ?').get(runId, commandId) as
      | { answer: string }
      | undefined
    return row === undefined ? null : (JSON.parse(row.answer) as CommandAnswer)
  }

  rememberAnswer(runId: string, answer: CommandAnswer, atMs: number): void {
    this.#database.prepare('DELETE FROM run_commands WHERE at_ms < ?').run(atMs - KEPT_MS)
    this.#database
      .prepare('INSERT INTO run_commands (run_id, command_id, answer, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(runId, answer.commandId, JSON.stringify(answer), atMs)
  }

  forgetRun(runId: string): void {
    this.#database.prepare('DELETE FROM run_commands WHERE run_id = ?').run(runId)
  }
}
