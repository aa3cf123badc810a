// A pipeline that passes rows as fast as they go: filtered, counted by key, nowhere. What something else costs is seen on it.

/** @param {string} id @param {number} rows */
export function passing(id, rows) {
  const operator = (id, type, config) => ({ id, type, typeVersion: 1, name: id, config })
  return {
    format: 1,
    id,
    name: id,
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: [
      operator('made', 'generator', { rows, rowsPerSecond: 0, seed: 1, keys: 1000 }),
      operator('kept', 'filter', { condition: 'value >= 0' }),
      operator('once', 'dedup', { keys: ['id'], withinMs: 1000 }),
      operator('gone', 'null-sink', {}),
    ],
    streams: [
      { id: 's1', from: { operator: 'made', port: 'out' }, to: [{ operator: 'kept', port: 'in' }] },
      { id: 's2', from: { operator: 'kept', port: 'true' }, to: [{ operator: 'once', port: 'in' }] },
      { id: 's3', from: { operator: 'once', port: 'out' }, to: [{ operator: 'gone', port: 'in' }] },
    ],
    layout: {},
  }
}
