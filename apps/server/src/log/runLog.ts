/** What the log tells of runs: their processes, states, failures, and who asked for what. */
import type { CommandAnswer, RunCommandBody, RunEvent, RunSnapshot } from '@belay/run'
import type { RunObserver } from '../runs/runService.ts'
import type { Log } from './log.ts'

export function runLog(log: Log): RunObserver {
  return {
    event(run: string, event: RunEvent) {
      switch (event.type) {
        case 'run-state':
          return log.write(event.state === 'failed' || event.state === 'needs-decision' ? 'warn' : 'info', 'run-state', {
            run,
            state: event.state,
            reason: event.reason,
          })
        case 'process-started':
          return log.write('info', 'run-process-started', { run, process: event.pid, attempt: event.attempt })
        case 'failure':
          return log.write('warn', 'failure', {
            run,
            operators: event.operators.join(' '),
            code: event.code,
            message: event.message,
            by: event.by,
            process: event.process?.pid,
            exitCode: event.process?.exitCode,
            signal: event.process?.signal,
          })
        case 'recovered':
          return log.write('info', 'recovered', { run, incident: event.incident, caughtUpMs: Math.round(event.durations.caughtUpMs) })
        case 'checkpoint-failed':
          return log.write('warn', 'checkpoint-failed', { run, window: event.window, code: event.code, message: event.message })
        case 'decision-needed':
          return log.write('warn', 'decision-needed', { run, code: event.code, message: event.message })
        default:
          return
      }
    },
    delta() {},
    connected(run: string, snapshot: RunSnapshot) {
      log.write('info', 'run-connected', { run, state: snapshot.figures.state, seq: snapshot.seq })
    },
    changed() {},
    commanded(run: string, command: RunCommandBody, answer: CommandAnswer, by: string) {
      log.write('info', 'command', {
        run,
        command: command.type,
        commandId: answer.commandId,
        by,
        result: answer.type === 'accepted' ? 'accepted' : answer.code,
      })
    },
  }
}
