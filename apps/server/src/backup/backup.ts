/**
 * A home as one file, while runs go on, and back.
 *
 * Everything is copied in one moment in which every run process stands still, so the copy is what a kill of all
 * of them at once would have left: runs go on from it as after one. Packing comes after, when they move again.
 */
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { whileHeldStill } from '@belay/engine'
import { ServerError } from '../http/problems.ts'
import { openDatabase } from '../storage/database.ts'
import { KEY_FILE, keyFilePath } from '../secrets/keyRing.ts'
import { auditPath, homePath, openHome } from '../storage/home.ts'
import { readArchive, writeArchive, type ArchiveSummary } from './archive.ts'

const TRIES = 10

export interface BackupMade extends ArchiveSummary {
  readonly file: string
  /** How long runs stood still. */
  readonly stillMs: number
}

/** `withKey`: the file that opens the secrets goes in as well. Errors: BACKUP_EXISTS, BACKUP_FOLDER, BACKUP_UNSETTLED, HOME_NOT_WRITABLE. */
export async function backUp(givenHome: string | undefined, givenFile: string, version: string, withKey: boolean): Promise<BackupMade> {
  const file = resolve(givenFile)
  if (existsSync(file)) throw exists(file)
  const home = openHome(givenHome)
  const staged = stagingBeside(file)
  try {
    const copied = join(staged, 'home')
    let stillMs = 0
    const database = openDatabase(home.database)
    const copy = (): void => {
      const startedAt = performance.now()
      rmSync(copied, { recursive: true, force: true })
      mkdirSync(copied, { mode: 0o700 })
      database.exec(`VACUUM INTO '${join(copied, 'belay.db').replaceAll("'", "''")}'`)
      const key = keyFilePath(home.path)
      if (withKey && existsSync(key)) copyFileSync(key, join(copied, KEY_FILE))
      for (const path of [auditPath(home.path), join(home.path, 'runs'), join(home.path, 'fences'), home.files]) {
        if (existsSync(path))
          cpSync(path, join(copied, basename(path)), { recursive: true, mode: constants.COPYFILE_FICLONE, filter: matters })
      }
      stillMs = performance.now() - startedAt
    }
    try {
      for (let attempt = 1; !whileHeldStill(home.path, copy); attempt += 1)
        if (attempt === TRIES)
          throw new ServerError('BACKUP_UNSETTLED', 'Runs began or ended again and again while they were copied. Try again in a moment.')
    } finally {
      database.close()
    }
    const partial = join(staged, 'packed')
    const summary = await writeArchive(partial, copied, { version, madeAtMs: Date.now(), home: home.path })
    try {
      linkSync(partial, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file)
      throw error
    }
    return { ...summary, file, stillMs }
  } finally {
    rmSync(staged, { recursive: true, force: true })
  }
}

function stagingBeside(file: string): string {
  try {
    return mkdtempSync(join(dirname(file), '.belay-backup-'))
  } catch (error) {
    throw new ServerError(
      'BACKUP_FOLDER',
      `Nothing can be written to ${dirname(file)} (${(error as NodeJS.ErrnoException).code ?? String(error)}). Name a file in a folder that is there and may be written to.`,
    )
  }
}

function exists(file: string): ServerError {
  return new ServerError('BACKUP_EXISTS', `${file} is there already and is not written over. Name another file.`)
}

/** What a process says of itself is of no use to the next one. */
function matters(path: string): boolean {
  return !/\/runs\/[^/]+\/(?:process\.json|claims)(?:\/|$)/.test(path)
}

export interface Restored extends ArchiveSummary {
  readonly into: string
  /** There are secrets, and nothing to open them with. */
  readonly secretsWithoutKey: boolean
}

/** Checks the whole file, and only then puts it in the place of an empty or missing home. Errors: HOME_NOT_EMPTY, BACKUP_DAMAGED. */
export async function restoreBackup(givenHome: string | undefined, file: string): Promise<Restored> {
  const into = homePath(givenHome)
  if (existsSync(into) && readdirSync(into).length > 0)
    throw new ServerError(
      'HOME_NOT_EMPTY',
      `${into} is not empty and is not written over. Move it away, or choose another folder with --home.`,
    )
  mkdirSync(dirname(into), { recursive: true })
  const staged = mkdtempSync(join(dirname(into), '.belay-restore-'))
  try {
    const summary = await readArchive(resolve(file), staged)
    if (existsSync(into)) rmdirSync(into)
    renameSync(staged, into)
    return { ...summary, into, secretsWithoutKey: !existsSync(join(into, KEY_FILE)) && holdsSecrets(join(into, 'belay.db')) }
  } finally {
    rmSync(staged, { recursive: true, force: true })
  }
}

function holdsSecrets(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    const database = openDatabase(path)
    try {
      return database.prepare('SELECT 1 FROM secrets LIMIT 1').get() !== undefined
    } finally {
      database.close()
    }
  } catch {
    // What is wrong with it the server says when it is started.
    return false
  }
}
