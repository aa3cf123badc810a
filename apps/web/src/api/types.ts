/** What the server sends about pipelines, examples and files. */
import type { LogicalType, Value } from '@belay/columns'
import type { PipelineDocument } from '@belay/pipeline'

export interface PipelineItem {
  readonly id: string
  readonly name: string
  readonly operators: number
  readonly version: number
  readonly updatedAtMs: number
  readonly problems: { readonly errors: number; readonly warnings: number }
}

export interface PipelineView {
  readonly id: string
  readonly document: PipelineDocument
  readonly version: number
  readonly updatedAtMs: number
}

export interface SavedVersion {
  readonly version: number
  readonly savedAtMs: number
  readonly name: string | null
}

export interface Example {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly document: PipelineDocument
}

export interface FileEntry {
  readonly name: string
  readonly file: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
}

export interface FileInspection {
  readonly format: string
  readonly columns: readonly { readonly name: string; readonly type: LogicalType; readonly nullable: boolean }[]
  readonly sample: readonly Readonly<Record<string, Value>>[]
  readonly rows: number | null
  readonly sizeBytes: number
  readonly eventTime: string | null
  readonly operatorType: string
  readonly config: Readonly<Record<string, unknown>>
}
