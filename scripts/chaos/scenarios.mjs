// What is run under kills, and how its published output is judged.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ lost: number, duplicated: number, identical: boolean }} Verdict
 * @typedef {object} Scenario
 * @property {object | null} document null = the example of that name, opened on the server
 * @property {string} pipelineId
 * @property {readonly string[]} operators that may be killed
 * @property {(speed: number, output: string) => object} parameters
 * @property {(files: string, output: string, reference: string) => Verdict} judge `files`: the home's folder of files
 */

/** Published parts of a folder in order, as one text. @param {string} path @param {string} [prefix] */
function published(path, prefix = '') {
  return readdirSync(path)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.jsonl'))
    .sort()
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('')
}

/** Lines that are missing and lines that are there too often. @param {string} text @param {string} reference */
function difference(text, reference) {
  const counts = new Map()
  for (const line of reference.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) - 1)
  let lost = 0
  let duplicated = 0
  for (const count of counts.values()) {
    if (count > 0) lost += count
    else duplicated -= count
  }
  return { lost, duplicated }
}

/** The demo: its file must be the undisturbed one's, byte for byte. @type {Scenario} */
const flights = {
  document: null,
  pipelineId: 'flights',
  operators: ['flights', 'enrich', 'late', 'hourly', 'top10', 'board', 'archive'],
  parameters: (speed, output) => ({ speed, output: `home:${output}` }),
  judge(files, output, reference) {
    const text = published(join(files, output))
    const expected = published(join(files, reference))
    return { ...difference(text, expected), identical: text === expected }
  },
}

/**
 * A source whose every row has a number: the first sink must hold each number exactly once, the second
 * the sums by key and minute that an undisturbed run writes. Keyed, windowed, two exactly-once sinks.
 * @param {{ id: string, rows: number, rowsPerSecond: number, windowMs: number, checkpointIntervalMs: number }} size
 * @returns {Scenario}
 */
const ledgerOf = ({ id, rows, rowsPerSecond, windowMs, checkpointIntervalMs }) => ({
  document: {
    format: 1,
    id,
    name: 'Ledger',
    parameters: { speed: { type: 'number', default: 0 }, output: { type: 'string', default: 'home:ledger' } },
    settings: { windowMs, checkpointIntervalMs, memoryBytes: 134_217_728 },
    operators: [
      {
        id: 'rows',
        type: 'generator',
        typeVersion: 1,
        name: 'rows',
        config: { rows, rowsPerSecond: '${speed}', seed: 11, keys: 5000 },
      },
      {
        id: 'numbers',
        type: 'select',
        typeVersion: 1,
        name: 'numbers',
        config: { mode: 'listed', columns: [{ name: 'id', expression: 'id' }], drop: [] },
      },
      {
        id: 'each',
        type: 'file-sink',
        typeVersion: 1,
        name: 'each',
        config: { folder: '${output}', name: 'each', format: 'json-lines', layout: 'parts' },
      },
      {
        id: 'sums',
        type: 'window-aggregate',
        typeVersion: 1,
        name: 'sums',
        config: {
          sizeMs: 60_000,
          keys: ['key'],
          aggregates: [
            { name: 'rows', function: 'count', column: null },
            { name: 'ids', function: 'sum', column: 'id' },
          ],
        },
      },
      {
        id: 'totals',
        type: 'file-sink',
        typeVersion: 1,
        name: 'totals',
        config: { folder: '${output}', name: 'totals', format: 'json-lines', layout: 'parts' },
      },
    ],
    streams: [
      {
        id: 's1',
        from: { operator: 'rows', port: 'out' },
        to: [
          { operator: 'numbers', port: 'in' },
          { operator: 'sums', port: 'in' },
        ],
      },
      { id: 's2', from: { operator: 'numbers', port: 'out' }, to: [{ operator: 'each', port: 'in' }] },
      { id: 's3', from: { operator: 'sums', port: 'out' }, to: [{ operator: 'totals', port: 'in' }] },
    ],
    layout: {},
  },
  pipelineId: id,
  operators: ['rows', 'numbers', 'each', 'sums', 'totals'],
  parameters: (speed, output) => ({ speed: speed === 0 ? rowsPerSecond : speed, output: `home:${output}` }),
  judge(files, output, reference) {
    const seen = new Uint8Array(rows)
    let duplicated = 0
    for (const line of published(join(files, output), 'each-').split('\n')) {
      if (line === '') continue
      const { id } = JSON.parse(line)
      if (seen[id] === 1) duplicated += 1
      seen[id] = 1
    }
    let lost = 0
    for (const mark of seen) if (mark === 0) lost += 1
    const totals = published(join(files, output), 'totals-')
    const expected = published(join(files, reference), 'totals-')
    const sums = difference(totals, expected)
    return { lost: lost + sums.lost, duplicated: duplicated + sums.duplicated, identical: lost + duplicated === 0 && totals === expected }
  },
})

const ledger = ledgerOf({ id: 'ledger', rows: 4_000_000, rowsPerSecond: 600_000, windowMs: 250, checkpointIntervalMs: 500 })
/** Hardly any work and many commits: what dies is back at once, so many blows fit into little time. */
const brisk = ledgerOf({ id: 'brisk', rows: 400_000, rowsPerSecond: 20_000, windowMs: 50, checkpointIntervalMs: 200 })

/** @type {Record<string, Scenario>} */
export const scenarios = { flights, ledger, brisk }
