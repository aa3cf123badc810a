/** What the sources of text files have in common: settings, their fields in the form, and what they promise. */
import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, type DeclaredColumn } from './columns.ts'

export type TextFileConfig = {
  file: string
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  rowsPerSecond: number
  follow: boolean
}

export const TEXT_FILE_SETTINGS = {
  file: Type.String(),
  columns: ColumnsSchema,
  eventTime: Type.Union([Type.String(), Type.Null()]),
  outOfOrderMs: Type.Number({ minimum: 0 }),
  rowsPerSecond: Type.Number({ minimum: 0 }),
  follow: Type.Boolean(),
}

type Form = OperatorManifest<TextFileConfig>['form']

/** `own`: fields of the format, between the columns and what is seldom changed. */
export function textFileForm(extensions: readonly string[], own: Form = []): Form {
  return [
    {
      path: '/file',
      label: 'File or files',
      help: 'A folder ends with a slash; * stands for any part of a name, ** for any folders',
      control: { kind: 'file', access: 'read', extensions, several: true },
    },
    { path: '/follow', label: 'Follow', help: 'Wait for lines to be added, and for new files', control: { kind: 'switch' } },
    { path: '/rowsPerSecond', label: 'Rows per second', help: '0 = as fast as it goes', control: { kind: 'number', min: 0 } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    ...own,
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
  ]
}

export const TEXT_FILE_GUARANTEE = {
  role: 'source',
  replay: 'seek',
  sentence: 'Goes back to any line of each file, so nothing is lost and nothing comes twice.',
} as const
