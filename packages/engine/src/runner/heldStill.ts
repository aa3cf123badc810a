/**
 * Work while no run of a home moves. Every run process is stopped by the system (SIGSTOP), not asked:
 * its folder and what its sinks wrote are then as a kill would leave them, which is what recovery goes on from.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFolder } from '../store/runFolder.ts'
import { ownerOf, ownsReally, type RunOwner } from './claim.ts'

const WAIT_MS = 5_000
const POLL_MS = 1

function livingOwners(home: string): RunOwner[] {
  const runs = join(home, 'runs')
  if (!existsSync(runs)) return []
  return readdirSync(runs)
    .map((runId) => runFolder(home, runId))
    .map((folder) => ({ folder, owner: ownerOf(folder) }))
    .flatMap(({ folder, owner }) => (ownsReally(owner, folder) ? [owner] : []))
}

/** Stopped, so that not one of its threads moves. Where the system does not tell, the signal has to do. */
function isStill(pid: number): boolean {
  if (process.platform !== 'linux') return true
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      return stat[stat.lastIndexOf(')') + 2] === 'T'
    })
  } catch {
    return false
  }
}

function signal(owner: RunOwner, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(owner.pid, name)
  } catch {
    // It has ended; who has the run now is looked at afterwards.
  }
}

/**
 * `false` = a run began, ended or changed its process meanwhile, so that what was seen may be of no one
 * moment; try again. `work` must not wait: runs stand still as long as it takes.
 */
export function whileHeldStill(home: string, work: () => void): boolean {
  const owners = livingOwners(home)
  try {
    for (const owner of owners) signal(owner, 'SIGSTOP')
    const until = performance.now() + WAIT_MS
    const sleeper = new Int32Array(new SharedArrayBuffer(4))
    while (!owners.every((owner) => isStill(owner.pid))) {
      if (performance.now() > until) return false
      Atomics.wait(sleeper, 0, 0, POLL_MS)
    }
    work()
    const now = livingOwners(home)
    return (
      now.length === owners.length &&
      now.every((owner, i) => owner.pid === owners[i].pid && owner.startTicks === owners[i].startTicks && isStill(owner.pid))
    )
  } finally {
    for (const owner of owners) signal(owner, 'SIGCONT')
  }
}
