/**
 * Which process has a run: at most one at a time, whoever started it (contracts: Supervision).
 *
 * Owns `<run>/claims/<n>`: each process of a run takes the next number by `link`, which fails if the
 * number is taken, and only if the owner of the newest number is dead. The newest number is the owner;
 * nothing is ever taken away from a living process, so two starters may race without harm.
 */
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunFolder } from '../store/runFolder.ts'
import { isAlive, startTicksOf } from './processIdentity.ts'

/** How a run process ends that finds the run taken. */
export const RUN_TAKEN_EXIT_CODE = 75

export interface RunOwner {
  readonly pid: number
  readonly startTicks: string | null
}

interface Claim {
  readonly number: number
  readonly owner: RunOwner
}

function claimsOf(folder: RunFolder): string {
  return join(folder.root, 'claims')
}

function newestClaim(claims: string): Claim | null {
  let names: string[]
  try {
    names = readdirSync(claims)
  } catch {
    return null
  }
  const number = Math.max(0, ...names.filter((name) => /^\d+$/.test(name)).map(Number))
  if (number === 0) return null
  try {
    return { number, owner: JSON.parse(readFileSync(join(claims, String(number)), 'utf8')) as RunOwner }
  } catch {
    // A newer claim has removed it between the listing and the reading.
    return newestClaim(claims)
  }
}

/** The process that has, or had last, the run; null = none ever did. */
export function ownerOf(folder: RunFolder): RunOwner | null {
  return newestClaim(claimsOf(folder))?.owner ?? null
}

export function ownerAlive(owner: RunOwner | null): owner is RunOwner {
  return owner !== null && isAlive(owner.pid, owner.startTicks)
}

/** Takes the run for this process. `false` = another living process has it. */
export function claimRun(folder: RunFolder): boolean {
  const claims = claimsOf(folder)
  mkdirSync(claims, { recursive: true, mode: 0o700 })
  const temporary = join(claims, `.${process.pid}`)
  writeFileSync(temporary, JSON.stringify({ pid: process.pid, startTicks: startTicksOf(process.pid) } satisfies RunOwner), { mode: 0o600 })
  try {
    for (;;) {
      const newest = newestClaim(claims)
      if (newest !== null && ownerAlive(newest.owner)) return false
      const mine = (newest?.number ?? 0) + 1
      try {
        linkSync(temporary, join(claims, String(mine)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
        throw error
      }
      // The number may have been free because its holder was replaced and cleared away meanwhile.
      if (newestClaim(claims)?.number !== mine) {
        rmSync(join(claims, String(mine)), { force: true })
        continue
      }
      for (const name of readdirSync(claims)) if (/^\d+$/.test(name) && Number(name) < mine) rmSync(join(claims, name), { force: true })
      return true
    }
  } finally {
    rmSync(temporary, { force: true })
  }
}
