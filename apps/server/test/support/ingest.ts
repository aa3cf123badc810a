/** What tests of HTTP ingest share. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** HTTP ingest → files. */
export function posted(config: Readonly<Record<string, unknown>> = {}) {
  return {
    format: 1,
    id: 'posted',
    name: 'Posted',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      {
        id: 'posts',
        type: 'http-ingest',
        typeVersion: 1,
        name: 'posts',
        config: {
          columns: [{ name: 'n', type: 'int64', nullable: false }],
          eventTime: null,
          outOfOrderMs: 0,
          keepKeysMs: 86_400_000,
          logMb: 64,
          ...config,
        },
      },
      {
        id: 'file',
        type: 'file-sink',
        typeVersion: 1,
        name: 'file',
        config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' },
      },
    ],
    streams: [{ id: 's1', from: { operator: 'posts', port: 'out' }, to: [{ operator: 'file', port: 'in' }] }],
    layout: {},
  }
}

/** Numbers of all committed rows. */
export function output(home: string): number[] {
  const folder = join(home, 'files', 'out')
  mkdirSync(folder, { recursive: true })
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { n: number }).n)
}

export const rowsPath = (runId: string, operator = 'posts'): string => `/api/runs/${runId}/operators/${operator}/rows`
