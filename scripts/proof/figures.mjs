// Figures as the benchmarks print them.

/** Nearest-rank percentiles of milliseconds, to a tenth. @param {readonly number[]} values */
export function percentilesMs(values) {
  if (values.length === 0) return { p50: null, p99: null }
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] * 10) / 10
  return { p50: at(0.5), p99: at(0.99) }
}

/** `--name value` from the command line. @param {string} name @param {string} otherwise */
export function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise)
}

/** @param {string} text */
export function progress(text) {
  process.stderr.write(`${text}\n`)
}
