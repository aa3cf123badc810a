/** Log memory that hands out copies and spoils them once the reader has moved on, so that nobody can keep a view (L5). */
import type { Batch, Schema } from '@belay/columns'
import type { LogHandle } from '../../src/stream/logHandle.ts'
import { READER, WORD } from '../../src/stream/logLayout.ts'
import { SharedLogMemory } from '../../src/stream/logMemory.ts'

const SPOILED = -0xdbdbdb

export function logMemoryFor(handle: LogHandle): SharedLogMemory {
  return new SpoilingLogMemory(handle)
}

class SpoilingLogMemory extends SharedLogMemory {
  readonly #handedOut: Float64Array[] = []

  override batchOut(offset: number, schema: Schema, rows: number, hasKinds: boolean): Batch {
    const batch = super.batchOut(offset, schema, rows, hasKinds)
    return {
      ...batch,
      columns: batch.columns.map((column) => {
        if (column.storage !== 'number') return column
        const values = column.values.slice()
        this.#handedOut.push(values)
        return { ...column, values }
      }),
    }
  }

  override store(word: number, value: number): void {
    super.store(word, value)
    if (word >= WORD.readers && (word - WORD.readers) % WORD.readerWords === READER.cursor)
      for (const values of this.#handedOut.splice(0)) values.fill(SPOILED)
  }
}
