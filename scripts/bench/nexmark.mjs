// Nexmark: each query as its example pipeline with a discarding sink, as Flink's figures were taken.
// A line of JSON per query, then one with the geometric mean of the ratios.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { option, percentilesMs, progress } from '../proof/figures.mjs'
import { linesOf, writeEvents } from './eventFile.mjs'
import { measuredRun } from './measuredRun.mjs'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'nexmark')
const MOST_EVENTS = 15_000_000
const MOST_MEMORY_BYTES = 4 * 1024 ** 3

/**
 * Flink 2.3.0, one partition, on this class of machine: events, and events per CPU-second of its
 * TaskManager alone. State grows with events, so the same number is used here.
 * @type {Readonly<Record<string, { events: number, perCpuSecond: number }>>}
 */
const FLINK = {
  q0: { events: 15e6, perCpuSecond: 1_146_000 },
  q1: { events: 15e6, perCpuSecond: 1_114_000 },
  q2: { events: 15e6, perCpuSecond: 1_237_000 },
  q3: { events: 15e6, perCpuSecond: 1_154_000 },
  q4: { events: 2e6, perCpuSecond: 167_000 },
  q5: { events: 6e6, perCpuSecond: 412_000 },
  q7: { events: 2e6, perCpuSecond: 85_000 },
  q8: { events: 10e6, perCpuSecond: 677_000 },
  q9: { events: 2e6, perCpuSecond: 93_000 },
  q11: { events: 6e6, perCpuSecond: 343_000 },
  q12: { events: 15e6, perCpuSecond: 502_000 },
  q14: { events: 15e6, perCpuSecond: 1_104_000 },
  q15: { events: 4e6, perCpuSecond: 289_000 },
  q16: { events: 1e6, perCpuSecond: 37_000 },
  q17: { events: 4e6, perCpuSecond: 483_000 },
  q18: { events: 2e6, perCpuSecond: 228_000 },
  q19: { events: 2e6, perCpuSecond: 175_000 },
  q20: { events: 2e6, perCpuSecond: 147_000 },
  q21: { events: 8e6, perCpuSecond: 337_000 },
  q22: { events: 15e6, perCpuSecond: 760_000 },
}

/** The same from JSON lines, of three million events. @type {Readonly<Record<string, number>>} */
const FLINK_FROM_FILE = { q0: 296_000, q1: 366_000, q2: 436_000, q3: 395_000, q5: 260_000, q7: 77_000, q8: 354_000 }
const FILE_EVENTS = 3_000_000

/** The pipeline with every sink replaced, and, for the source's own cost, nothing in between. @param {any} document @param {boolean} sourceOnly */
function discarding(document, sourceOnly) {
  const source = document.operators.find((operator) => operator.type === 'nexmark-source')
  const sink = (id, fuse) => ({ id, type: 'null-sink', typeVersion: 1, name: id, fuse, config: {} })
  if (!sourceOnly)
    return {
      ...document,
      operators: document.operators.map((operator) =>
        operator.type === 'file-sink' ? sink(operator.id, operator.fuse === true) : operator,
      ),
    }
  const ports = [...new Set(document.streams.filter((stream) => stream.from.operator === source.id).map((stream) => stream.from.port))]
  return {
    ...document,
    operators: [source, ...ports.map((port) => sink(`drop-${port}`, true))],
    streams: ports.map((port) => ({
      id: `s-${port}`,
      from: { operator: source.id, port },
      to: [{ operator: `drop-${port}`, port: 'in' }],
    })),
    layout: {},
  }
}

/** State grows with the events; a run whose state does not fit ends and says so, and is then given twice as much. */
function withEnoughMemory(bytes, measure) {
  for (let memoryBytes = bytes; ; memoryBytes *= 2) {
    try {
      return { run: measure(memoryBytes), memoryBytes }
    } catch (error) {
      if (memoryBytes >= MOST_MEMORY_BYTES || !String(error).includes('Raise the memory')) throw error
      progress(`  does not fit into ${Math.round(memoryBytes / 1_048_576)} MB`)
    }
  }
}

export async function nexmark() {
  const query = option('query', '')
  const given = option('input', '')
  const source = given === '' ? option('source', 'generator') : 'file'
  const partitions = Number(option('partitions', '1'))
  const names = readdirSync(EXAMPLES)
    .map((name) => name.replace('.json', ''))
    .filter((name) => query === '' || name === query)
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
  const home = mkdtempSync(join(tmpdir(), 'belay-nexmark-'))
  const side = join(home, 'side.csv')
  writeFileSync(side, `key,value\n${Array.from({ length: 10_000 }, (_, key) => `${key},${key}\n`).join('')}`)
  let input = given
  if (source === 'file' && given === '') {
    input = join(home, 'events.jsonl')
    const events = Number(option('events', String(FILE_EVENTS)))
    progress(`writing ${events} events as JSON lines`)
    await writeEvents(input, events)
  }
  const inFile = input === '' ? 0 : await linesOf(input)
  const ratios = []
  for (const name of names) {
    const baseline = FLINK[name]
    const perCpuSecondThere = (input === '' ? baseline?.perCpuSecond : FLINK_FROM_FILE[name]) ?? null
    const events = input === '' ? Number(option('events', String(Math.min(MOST_EVENTS, baseline?.events ?? MOST_EVENTS)))) : inFile
    const document = JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8'))
    const measure = (sourceOnly, memoryBytes) => {
      const file = join(home, `${name}${sourceOnly ? '-source' : ''}.json`)
      const { settings, ...rest } = discarding(document, sourceOnly)
      writeFileSync(file, JSON.stringify({ ...rest, settings: { ...settings, memoryBytes } }))
      return measuredRun(home, file, [
        '--set',
        `events=${events}`,
        '--set',
        `input=${input}`,
        ...(sourceOnly ? [] : ['--set', `partitions=${partitions}`]),
        ...(name === 'q13' && !sourceOnly ? ['--set', `side=${side}`] : []),
      ])
    }
    progress(`${name}: ${events} events`)
    const { run, memoryBytes } = withEnoughMemory(document.settings.memoryBytes, (bytes) => measure(false, bytes))
    const sourceCpuSeconds = measure(true, memoryBytes).resources.cpuSeconds
    const { cpuSeconds, peakMemoryMb } = run.resources
    const perCpuSecond = Math.round(events / cpuSeconds)
    const ratio = perCpuSecondThere === null ? null : Math.round((perCpuSecond / perCpuSecondThere) * 100) / 100
    if (ratio !== null) ratios.push(ratio)
    console.log(
      JSON.stringify({
        query: name,
        events,
        partitions,
        source,
        eventsPerSecond: Math.round(events / run.wallSeconds),
        eventsPerCpuSecond: perCpuSecond,
        netEventsPerCpuSecond: cpuSeconds > sourceCpuSeconds ? Math.round(events / (cpuSeconds - sourceCpuSeconds)) : null,
        peakMemoryMb,
        sharedMemoryMb: Math.round(memoryBytes / 1_048_576),
        checkpointMs: percentilesMs(run.checkpoints.map((checkpoint) => checkpoint.durationMs)),
        baselineEventsPerCpuSecond: perCpuSecondThere,
        ratio,
      }),
    )
  }
  rmSync(home, { recursive: true, force: true })
  const mean = ratios.length === 0 ? null : Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  console.log(
    JSON.stringify({
      queries: names.length,
      geometricMeanRatio: mean === null ? null : Math.round(mean * 100) / 100,
      lowestRatio: ratios.length === 0 ? null : Math.min(...ratios),
    }),
  )
}
