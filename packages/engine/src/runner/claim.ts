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
import { hasArgument, isAlive, ownIdentity, type ProcessIdentity } from './processIdentity.ts'

/** How a run process ends that finds the run taken. */
export const RUN_TAKEN_EXIT_CODE = 75

export type RunOwner = ProcessIdentity

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

/**
 * Whether the owner is a run process of this folder. Its claim alone is no proof: who can write there could name a
 * process that has nothing to do with it, and have that killed.
 */
export function ownsReally(owner: RunOwner | null, folder: RunFolder): owner is RunOwner {
  return ownerAlive(owner) && hasArgument(owner.pid, folder.root)
}

/** Number of the newest claim if a new process may take the run over from it (0: nobody had it yet); null = its owner lives. */
export function claimToFollow(folder: RunFolder): number | null {
  const newest = newestClaim(claimsOf(folder))
  if (newest === null) return 0
  return ownsReally(newest.owner, folder) ? null : newest.number
}

/**
 * Takes the run for this process. `false` = another living process has it. `over`: the claim whose owner is known to be
 * dead, for a process that cannot see others; who has a newer one is taken for alive.
 */
export function claimRun(folder: RunFolder, self: RunOwner = ownIdentity(undefined), over: number | null = null): boolean {
  const claims = claimsOf(folder)
  mkdirSync(claims, { recursive: true, mode: 0o700 })
  const temporary = join(claims, `.${self.pid}`)
  writeFileSync(temporary, JSON.stringify(self), { mode: 0o600 })
  try {
    for (;;) {
      const newest = newestClaim(claims)
      if (newest !== null && (over === null ? ownerAlive(newest.owner) : newest.number > over)) return false
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
