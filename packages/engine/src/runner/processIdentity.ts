/** Tells one process from another that got the same pid later. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { EngineError } from '../operator/engineError.ts'

const KILL_TIMEOUT_MS = 10_000

let boot: string | null = null

/** Ticks count from the boot, so they only tell processes of one boot apart. */
function bootId(): string {
  if (boot === null) {
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8)
    } catch {
      boot = ''
    }
  }
  return boot
}

function ticksOf(stat: string): string | null {
  // The command name may hold spaces and brackets; fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[19] === undefined ? null : `${bootId()}:${fields[19]}`
}

export interface ProcessIdentity {
  readonly pid: number
  readonly startTicks: string | null
}

/** Of this process as others see it. `stat`: its `/proc/self/stat` from outside its namespace, if it has one of its own. */
export function ownIdentity(stat: string | undefined): ProcessIdentity {
  if (stat === undefined) return { pid: process.pid, startTicks: startTicksOf(process.pid) }
  return { pid: Number.parseInt(stat, 10), startTicks: ticksOf(stat) }
}

/** Whether it can have run since the machine was started; where the system does not tell, it is believed. */
export function sameBoot({ startTicks }: ProcessIdentity): boolean {
  return process.platform !== 'linux' || startTicks === null || startTicks.startsWith(`${bootId()}:`)
}

/** Whether the process was started with this argument; where the system does not tell, it is believed. */
export function hasArgument(pid: number, argument: string): boolean {
  if (process.platform !== 'linux') return true
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
  } catch {
    return false
  }
}

/** When the process started, as text that only that process has; null where the system does not tell or the process is gone. */
export function startTicksOf(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      return ticksOf(readFileSync(pid === process.pid ? '/proc/self/stat' : `/proc/${pid}/stat`, 'utf8'))
    } catch {
      return null
    }
  }
  if (process.platform === 'win32') return null
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return started.trim() === '' ? null : started.trim()
  } catch {
    return null
  }
}

export function isAlive(pid: number, startTicks: string | null): boolean {
  if (startTicks !== null) return startTicksOf(pid) === startTicks
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/**
 * SIGKILL, then waits until the process is gone, so that nobody has two (contracts: Supervision).
 * Error: RUN_PROCESS_UNKILLABLE, if it hangs inside the system.
 */
export async function killAndWait(pid: number, startTicks: string | null): Promise<void> {
  if (!isAlive(pid, startTicks)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    return
  }
  const until = performance.now() + KILL_TIMEOUT_MS
  while (isAlive(pid, startTicks)) {
    if (performance.now() > until)
      throw new EngineError(
        'RUN_PROCESS_UNKILLABLE',
        `Process ${pid} was killed and is still there after ${KILL_TIMEOUT_MS / 1000} s: it hangs inside the system, e.g. on a disk or a network mount that is gone. Until it ends, no other may take its run.`,
      )
    await delay(5)
  }
}
