/** All commands of `belay`. */
import { alertsCommand } from './alerts.ts'
import type { Command } from './command.ts'
import {
  checkpointsCommand,
  killCommand,
  listCommand,
  pauseCommand,
  restoreCommand,
  resumeCommand,
  setCommand,
  showCommand,
  stopCommand,
} from './control.ts'
import { completionCommand } from './completion.ts'
import { exportCommand, importCommand } from './documents.ts'
import { doctorCommand } from './doctor.ts'
import { errorsCommand } from './errors.ts'
import { eventsCommand } from './events.ts'
import { EXIT_CODES_HELP } from './exitCodes.ts'
import { exportRunCommand } from './exportRun.ts'
import { logsCommand } from './logs.ts'
import { operatorCommand } from './operator.ts'
import { peekCommand } from './peek.ts'
import { runCommand } from './run.ts'
import { tokenCommand, usersCommand } from './accounts.ts'
import { auditCommand } from './audit.ts'
import { backupCommand, restoreBackupCommand } from './backup.ts'
import { secretCommand } from './secret.ts'
import { stateCommand } from './state.ts'
import { startCommand } from './start.ts'
import { testCommand } from './test.ts'
import { validateCommand } from './validate.ts'

const ALONE: readonly Command[] = [
  startCommand,
  runCommand,
  validateCommand,
  testCommand,
  operatorCommand,
  doctorCommand,
  usersCommand,
  tokenCommand,
  secretCommand,
  auditCommand,
  backupCommand,
  restoreBackupCommand,
  completionCommand(() => COMMANDS),
]
const WITH_SERVER: readonly Command[] = [
  listCommand,
  showCommand,
  eventsCommand,
  logsCommand,
  errorsCommand,
  peekCommand,
  checkpointsCommand,
  stateCommand,
  alertsCommand,
  killCommand,
  restoreCommand,
  setCommand,
  pauseCommand,
  resumeCommand,
  stopCommand,
  exportCommand,
  exportRunCommand,
  importCommand,
]
export const COMMANDS: readonly Command[] = [...ALONE, ...WITH_SERVER]

export function help(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const lines = (commands: readonly Command[]): string[] =>
    commands.map((command) => `  belay ${command.name.padEnd(width)} ${command.summary}`)
  return [
    'belay: draw a stream pipeline in the browser, run it, kill any part of it',
    '',
    ...lines(ALONE),
    '',
    'With a server running',
    ...lines(WITH_SERVER),
    '',
    'belay COMMAND --help tells more, with examples. --json gives machine output everywhere.',
    EXIT_CODES_HELP,
    '',
  ].join('\n')
}
