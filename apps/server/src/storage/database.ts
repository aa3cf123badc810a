/** The server's own database: pipelines, and what commands were answered. One writer, this process. */
import Database from 'libsql'
import { ServerError } from '../http/problems.ts'

export type { Database } from 'libsql'

/** Step n brings a database of version n to n + 1. Steps never change once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE pipelines (id TEXT PRIMARY KEY, document TEXT NOT NULL, version INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`,
  `CREATE TABLE start_commands (command_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, at_ms INTEGER NOT NULL);
   CREATE TABLE run_commands (run_id TEXT NOT NULL, command_id TEXT NOT NULL, answer TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (run_id, command_id));
   CREATE INDEX run_commands_age ON run_commands (at_ms)`,
  `CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL, role TEXT NOT NULL, see_data INTEGER NOT NULL, created_at_ms INTEGER NOT NULL);
   CREATE TABLE sessions (id_hash TEXT PRIMARY KEY, owner TEXT NOT NULL, created_at_ms INTEGER NOT NULL, used_at_ms INTEGER NOT NULL);
   CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, label TEXT NOT NULL, owner TEXT NOT NULL, role TEXT NOT NULL, see_data INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL)`,
  `CREATE TABLE pipeline_versions (id TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL, saved_at_ms INTEGER NOT NULL, name TEXT, PRIMARY KEY (id, version));
   INSERT INTO pipeline_versions (id, version, document, saved_at_ms) SELECT id, version, document, updated_at_ms FROM pipelines`,
  `CREATE TABLE alert_rules (id TEXT PRIMARY KEY, body TEXT NOT NULL, changed_at_ms INTEGER NOT NULL, changed_by TEXT NOT NULL);
   CREATE TABLE alert_states (rule_id TEXT NOT NULL, run_id TEXT NOT NULL, operator TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (rule_id, run_id, operator));
   CREATE TABLE alerts (id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, run_id TEXT NOT NULL, operator TEXT NOT NULL, body TEXT NOT NULL, fired_at_ms INTEGER NOT NULL, resolved_at_ms INTEGER, end TEXT, acknowledged_at_ms INTEGER, acknowledged_by TEXT);
   CREATE INDEX alerts_age ON alerts (fired_at_ms);
   CREATE INDEX alerts_open ON alerts (resolved_at_ms, run_id);
   CREATE TABLE webhooks (id TEXT PRIMARY KEY, body TEXT NOT NULL, changed_at_ms INTEGER NOT NULL, changed_by TEXT NOT NULL, created_at_ms INTEGER NOT NULL);
   CREATE TABLE deliveries (id TEXT PRIMARY KEY, webhook_id TEXT NOT NULL, alert_id TEXT, run_id TEXT NOT NULL, event TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, problem TEXT);
   CREATE INDEX deliveries_due ON deliveries (state, at_ms);
   CREATE INDEX deliveries_alert ON deliveries (alert_id);
   CREATE TABLE watched_runs (run_id TEXT PRIMARY KEY, pipeline_id TEXT NOT NULL, seq INTEGER NOT NULL, ended INTEGER NOT NULL)`,
  `CREATE TABLE secrets (name TEXT PRIMARY KEY, sealed TEXT NOT NULL, key_id TEXT NOT NULL, revision INTEGER NOT NULL, changed_at_ms INTEGER NOT NULL, changed_by TEXT NOT NULL);
   ALTER TABLE users ADD COLUMN use_secrets INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE tokens ADD COLUMN use_secrets INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE users ADD COLUMN issuer TEXT;
   ALTER TABLE users ADD COLUMN subject TEXT;
   CREATE UNIQUE INDEX users_elsewhere ON users (issuer, subject)`,
]

/** Errors: DATABASE_NEWER, DATABASE_DAMAGED. */
export function openDatabase(path: string): Database.Database {
  let database: Database.Database
  try {
    database = new Database(path)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA busy_timeout = 5000')
    database.exec('PRAGMA synchronous = FULL')
    migrate(database, path)
  } catch (error) {
    if (error instanceof ServerError) throw error
    throw new ServerError(
      'DATABASE_DAMAGED',
      `${path} cannot be used: ${(error as Error).message}. Restore it from a backup, or move it away to begin with an empty one; runs and files are not in it.`,
      { cause: error },
    )
  }
  return database
}

function migrate(database: Database.Database, path: string): void {
  const { user_version: from } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (from > MIGRATIONS.length)
    throw new ServerError(
      'DATABASE_NEWER',
      `${path} was written by a newer Belay (version ${from} of its tables; this one knows ${MIGRATIONS.length}). Update Belay, or choose another folder with --home.`,
    )
  for (let step = from; step < MIGRATIONS.length; step += 1)
    database.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[step]}; PRAGMA user_version = ${step + 1}; COMMIT`)
}

/** All of it or nothing, also if the process dies within. */
export function atOnce<T>(database: Database.Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk has taken it back already; what is told is the disk.
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}
