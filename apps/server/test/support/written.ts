/** What a run's file sink has published. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Rows of all parts in `files/<folder>`, in no order; of files whose names begin with `name`. */
export function rowsWritten(home: string, folder = 'out', name = ''): Readonly<Record<string, unknown>>[] {
  const path = join(home, 'files', folder)
  return readdirSync(path)
    .filter((file) => file.startsWith(name) && file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(path, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** One numeric column of them, in its order. */
export function numbersWritten(home: string, column: string, folder = 'out', name = ''): number[] {
  return rowsWritten(home, folder, name)
    .map((row) => Number(row[column]))
    .sort((a, b) => a - b)
}
