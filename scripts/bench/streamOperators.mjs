// Operators of the benchmark `streams`: a source whose rows have a given size, a transform that looks
// at every row, and a sink. Both modules that the engine loads, in one.

const OUT = {
  schema: [
    { name: 'id', type: 'int64', nullable: false },
    { name: 'text', type: 'string', nullable: false },
  ],
  eventTime: null,
  changes: { kind: 'append', key: null },
}
/** What a row costs besides its text: a number, and where the text begins. */
const ROW_BYTES = 12
const BATCH_ROWS = 1024
const BATCH_BYTES = 262_144

const manifest = (type, role, inputs, outputs) => ({
  type,
  typeVersion: 1,
  title: type,
  category: role === 'source' ? 'sources' : role === 'sink' ? 'sinks' : 'transform',
  summary: type,
  keywords: [],
  icon: 'M0 0',
  help: '',
  inputs,
  outputs,
  configSchema: { type: 'object' },
  form: [],
  guarantee:
    role === 'source'
      ? { role, replay: 'seek', sentence: '' }
      : role === 'sink'
        ? { role, delivery: 'display', verbs: ['keep'], sentence: '' }
        : { role, sentence: '' },
  flink: { support: 'no', reason: '' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'none', reason: '' },
  defaultConfig: {},
  summarise: () => '',
  typing: ({ inputs: edges }) => ({ outputs: Object.fromEntries(outputs.map(({ name }) => [name, edges.in ?? OUT])), problems: [] }),
})
const IN = { name: 'in', title: 'Rows', accepts: ['append'] }

export const manifests = {
  'sized-rows': manifest('sized-rows', 'source', [], [{ name: 'out', title: 'Rows' }]),
  'look-at-rows': manifest('look-at-rows', 'transform', [IN], [{ name: 'out', title: 'Rows' }]),
  'drop-rows': manifest('drop-rows', 'sink', [IN], []),
}

const source = {
  create({ config, state }) {
    const text = config.sizeBytes - ROW_BYTES
    const rows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / config.sizeBytes)))
    const offsets = Uint32Array.from({ length: rows + 1 }, (_, row) => row * text)
    // Every row has the same text, as every tuple of Apex's benchmark is the same array; its number is new.
    const letters = Uint8Array.from({ length: rows * text }, (_, i) => 97 + (i % 26))
    const position = state.value('row', 1, 0)
    let next = position.get()
    return {
      role: 'source',
      read(out) {
        if (out.full) return 'progress'
        const values = new Float64Array(rows)
        for (let row = 0; row < rows; row += 1) values[row] = next + row
        next += rows
        position.set(next)
        const columns = [
          { storage: 'number', type: 'int64', values, nulls: undefined },
          { storage: 'bytes', type: 'string', offsets, bytes: letters, ascii: true, nulls: undefined },
        ]
        out.emit(0, { schema: OUT.schema, rows, columns, kinds: undefined })
        return 'progress'
      },
      watermark: () => null,
    }
  },
}

/** Reads a number and a letter of every row. */
function lookAt(batch, from) {
  const [{ values }, { offsets, bytes }] = batch.columns
  let sum = 0
  for (let row = from; row < batch.rows; row += 1) sum += values[row] + bytes[offsets[row]]
  return sum
}

const transform = {
  create: ({ count }) => ({
    role: 'transform',
    process(_port, batch, from, out) {
      if (out.full) return from
      count('sum', lookAt(batch, from))
      out.emit(0, batch)
      return batch.rows
    },
  }),
}

const sink = {
  create: () => ({ role: 'sink', process: (_port, batch) => batch.rows, prepare: () => true, commit: () => 0 }),
}

export const operators = {
  'sized-rows': () => Promise.resolve(source),
  'look-at-rows': () => Promise.resolve(transform),
  'drop-rows': () => Promise.resolve(sink),
}
