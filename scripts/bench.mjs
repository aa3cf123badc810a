// `npm run bench -- NAME [options]`: prints progress to stderr and JSON to stdout, the figures last.
//   flights   [--repeat 5]
//   generator [--slices 200]
//   isolation [--pairs 5] [--rows N]
//   memory    [--seconds 60]
//   nexmark   [--query q5] [--events N] [--partitions 1|2] [--source generator|file] [--input FILE]
//   recovery  [--kills 200] [--process-kills 20]
//   safety    [--pairs 5] [--rows N]
//   state     [--keys 10000000] [--changed 100000]
//   streams   [--size 64] [--seconds 3]
//   watched   [--pairs 5] [--rows N] [--viewers 5]
import { flights } from './bench/flights.mjs'
import { generator } from './bench/generator.mjs'
import { isolation } from './bench/isolation.mjs'
import { memory } from './bench/memory.mjs'
import { nexmark } from './bench/nexmark.mjs'
import { recovery } from './bench/recovery.mjs'
import { safety } from './bench/safety.mjs'
import { state } from './bench/state.mjs'
import { streams } from './bench/streams.mjs'
import { watched } from './bench/watched.mjs'

/** @type {Readonly<Record<string, () => void | Promise<void>>>} */
const benchmarks = { flights, generator, isolation, memory, nexmark, recovery, safety, state, streams, watched }
const wanted = process.argv[2] ?? 'flights'
if (!Object.hasOwn(benchmarks, wanted)) {
  console.error(`There is no benchmark ${wanted}. There are: ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(2)
}
await benchmarks[wanted]()
