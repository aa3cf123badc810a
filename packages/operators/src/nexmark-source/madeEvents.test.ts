import { createHash } from 'node:crypto'
import type { Batch } from '@belay/columns'
import { expect, test } from 'vitest'
import { EventMaker } from './eventMaker.ts'
import { eventColumns, nexmarkSource } from './manifest.ts'
import { KINDS, type EventKind } from './schemas.ts'

/** SHA-256 of all values of the batches, kind after kind. */
function digestOf(seed: number, first: number, columns: Partial<Record<EventKind, string[]>> | undefined): string {
  const config = { ...nexmarkSource.defaultConfig, seed, columns }
  const schemas = { person: eventColumns(config, 'person'), auction: eventColumns(config, 'auction'), bid: eventColumns(config, 'bid') }
  const maker = new EventMaker(seed, 100_000, schemas)
  const hash = createHash('sha256')
  for (let n = first, step = 1; n < first + 20_000; n += step, step = (step * 7 + 3) % 1024) {
    maker.make(n, n + step, { person: true, auction: true, bid: true })
    for (const kind of KINDS) addBatch(hash, maker.builders[kind].finish())
  }
  return hash.digest('hex').slice(0, 16)
}

function addBatch(hash: ReturnType<typeof createHash>, { columns, rows }: Batch): void {
  hash.update(`${rows};`)
  for (const column of columns) {
    if (column.storage === 'number') hash.update(new Uint8Array(column.values.buffer, 0, rows * 8))
    if (column.storage === 'bytes') hash.update(new Uint8Array(column.offsets.buffer, 0, rows * 4 + 4)).update(column.bytes)
  }
}

const CASES = [
  [1, 0],
  [7, 0],
  [1, 4_294_960_000],
  [3, 900_000_000_123],
] as const
const NUMBERS = { bid: ['auction', 'price'], auction: ['id', 'seller', 'category'], person: ['id', 'name', 'city', 'state'] }
const TEXTS = { bid: ['url', 'channel'], auction: ['expires', 'description'], person: ['creditCard', 'emailAddress'] }

// Frozen: figures of runs and stored checkpoints stay comparable only while the events stay the same.
test.each([
  ['all columns', undefined, ['0a6ba931f92b4f6d', 'd38a7558d5c9c146', 'b0f8c6e98f481bda', '52bc4e5fee29c8d4']],
  ['some numbers', NUMBERS, ['268b08849dc4ca85', '9ce71dfac83c913b', '966080662e6c60fc', '42cf1ce7208dab14']],
  ['some texts', TEXTS, ['0f595e91660e8753', '00ce8904cae7cffd', 'f3718f640cc5c031', 'bd5c05f5d7c18799']],
])('%s are the same bytes as ever, whatever the batches', (_, columns, wanted) => {
  expect(CASES.map(([seed, first]) => digestOf(seed, first, columns))).toEqual(wanted)
})
