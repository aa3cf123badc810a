/** Pipelines: documents with a version that every write must name, and the versions that were saved before. */
import type { PipelineDocument } from '@belay/pipeline'
import { atOnce, type Database } from './database.ts'

export interface StoredPipeline {
  readonly id: string
  readonly document: PipelineDocument
  /** Rises by one with each write. */
  readonly version: number
  readonly updatedAtMs: number
}

interface Row {
  readonly id: string
  readonly document: string
  readonly version: number
  readonly updated_at_ms: number
}

/** A version that was saved; its document is read apart. */
export interface SavedVersion {
  readonly version: number
  readonly savedAtMs: number
  /** Given by a person; null = none. Named versions are kept for ever. */
  readonly name: string | null
}

/** A version that is there since a moment ago. */
export interface PipelineSaved {
  readonly id: string
  readonly version: number
  /** Who saved it, as events say it. */
  readonly by: string
}

/** So many versions without a name are kept of each pipeline. */
const VERSIONS_KEPT = 200

export class PipelineStore {
  readonly #database: Database
  readonly #observers: ((saved: PipelineSaved) => void)[] = []

  constructor(database: Database) {
    this.#database = database
  }

  /** Is told of every change of a pipeline that was there before, when it is kept. */
  observe(observer: (saved: PipelineSaved) => void): void {
    this.#observers.push(observer)
  }

  list(): StoredPipeline[] {
    return (this.#database.prepare('SELECT * FROM pipelines ORDER BY updated_at_ms DESC').all() as Row[]).map(stored)
  }

  get(id: string): StoredPipeline | null {
    const row = this.#database.prepare('SELECT * FROM pipelines WHERE id = ?').get(id) as Row | undefined
    return row === undefined ? null : stored(row)
  }

  /** Returns null if the id is taken. */
  create(document: PipelineDocument, atMs: number): StoredPipeline | null {
    return this.#written(document.id, () =>
      this.#database
        .prepare('INSERT INTO pipelines (id, document, version, updated_at_ms) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING')
        .run(document.id, JSON.stringify(document), atMs),
    )
  }

  /** Returns null if `version` is not the newest. */
  update(document: PipelineDocument, version: number, atMs: number, by: string): StoredPipeline | null {
    const written = this.#written(document.id, () =>
      this.#database
        .prepare('UPDATE pipelines SET document = ?, version = version + 1, updated_at_ms = ? WHERE id = ? AND version = ?')
        .run(JSON.stringify(document), atMs, document.id, version),
    )
    if (written !== null) for (const observer of this.#observers) observer({ id: written.id, version: written.version, by })
    return written
  }

  /** A write and the version that it makes are both there or neither is. */
  #written(id: string, write: () => { readonly changes: number }): StoredPipeline | null {
    return atOnce(this.#database, () => {
      if (write().changes === 0) return null
      this.#database
        .prepare(
          'INSERT OR REPLACE INTO pipeline_versions (id, version, document, saved_at_ms) SELECT id, version, document, updated_at_ms FROM pipelines WHERE id = ?',
        )
        .run(id)
      this.#database
        .prepare(
          `DELETE FROM pipeline_versions WHERE id = ?1 AND name IS NULL AND version NOT IN
             (SELECT version FROM pipeline_versions WHERE id = ?1 AND name IS NULL ORDER BY version DESC LIMIT ?2)`,
        )
        .run(id, VERSIONS_KEPT)
      return this.get(id)
    })
  }

  /** Newest first. */
  versions(id: string): SavedVersion[] {
    const rows = this.#database
      .prepare('SELECT version, saved_at_ms, name FROM pipeline_versions WHERE id = ? ORDER BY version DESC')
      .all(id) as { version: number; saved_at_ms: number; name: string | null }[]
    return rows.map((row) => ({ version: row.version, savedAtMs: row.saved_at_ms, name: row.name }))
  }

  /** null = it is not there, or no longer. */
  version(id: string, version: number): PipelineDocument | null {
    const row = this.#database.prepare('SELECT document FROM pipeline_versions WHERE id = ? AND version = ?').get(id, version) as
      | { document: string }
      | undefined
    return row === undefined ? null : (JSON.parse(row.document) as PipelineDocument)
  }

  /** `name` null takes the name away. False = there is no such version. */
  nameVersion(id: string, version: number, name: string | null): boolean {
    return this.#database.prepare('UPDATE pipeline_versions SET name = ? WHERE id = ? AND version = ?').run(name, id, version).changes > 0
  }

  /** Returns false if `version` is not the newest. */
  delete(id: string, version: number): boolean {
    return atOnce(this.#database, () => {
      if (this.#database.prepare('DELETE FROM pipelines WHERE id = ? AND version = ?').run(id, version).changes === 0) return false
      this.#database.prepare('DELETE FROM pipeline_versions WHERE id = ?').run(id)
      return true
    })
  }
}

function stored(row: Row): StoredPipeline {
  return { id: row.id, document: JSON.parse(row.document) as PipelineDocument, version: row.version, updatedAtMs: row.updated_at_ms }
}
