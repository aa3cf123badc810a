// Real calls of a living process that fail: `strace` goes into it, has the kernel answer with an error, and leaves again.
import { spawn, spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether calls can be made to fail here; a sentence says why not, null = they can. */
export function tracingProblem() {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=getpid', 'true'], { encoding: 'utf8' })
  if (error !== undefined) return 'there is no strace'
  return status === 0 ? null : `strace may not look into processes here: ${stderr.trim()}`
}

/**
 * Every such call of the process fails for a while.
 * @param {number} pid
 * @param {string} calls as strace names them
 * @param {'EIO' | 'ENOSPC'} error
 * @param {number} forMs
 * @returns {Promise<number>} calls that failed
 */
export async function failCalls(pid, calls, error, forMs) {
  const tracer = spawn('strace', ['-f', '-q', '-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let told = ''
  tracer.stderr.on('data', (/** @type {Buffer} */ chunk) => {
    told += chunk.toString()
  })
  const gone = new Promise((resolve) => tracer.once('exit', resolve))
  await Promise.race([delay(forMs), gone])
  // It lets go of the process, which goes on; a process that has died has ended it.
  tracer.kill('SIGINT')
  await gone
  return told.split('(INJECTED)').length - 1
}
