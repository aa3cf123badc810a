/** For commands that work on the home folder itself, whether a server runs or not. Who may write there may do this. */
import { userInfo } from 'node:os'
import type { Database } from '../storage/database.ts'

export interface OpenedHome {
  readonly path: string
  readonly database: Database
  readonly who: string
  /** Writes down what was done. */
  readonly done: (action: string, target: string, after: string | null) => void
}

export async function openOnDisk(home: string | undefined): Promise<OpenedHome> {
  const { openDatabase } = await import('../storage/database.ts')
  const { auditPath, openHome } = await import('../storage/home.ts')
  const { AuditLog } = await import('../audit/auditLog.ts')
  const { path, database: file } = openHome(home)
  const database = openDatabase(file)
  const log = new AuditLog(auditPath(path), database)
  const who = userInfo().username
  const rest = { who, via: 'command line', address: null, request: {}, before: null, status: 200, code: null }
  return { path, database, who, done: (action, target, after) => log.append({ ...rest, action, target, after }, Date.now()) }
}
