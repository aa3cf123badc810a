/** Figures in Prometheus' text format: families with help, type, and samples by label. */

type Labels = Readonly<Record<string, string>>

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly lines: string[]
}

function label(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${label(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value === Infinity ? '+Inf' : String(value)}`
}

/** One scrape. Families come in the order in which they were first named. */
export class Exposition {
  readonly #families = new Map<string, Family>()

  #family(name: string, type: Family['type'], help: string): Family {
    let family = this.#families.get(name)
    if (family === undefined) {
      family = { type, help, lines: [] }
      this.#families.set(name, family)
    }
    return family
  }

  gauge(name: string, help: string, labels: Labels, value: number): void {
    this.#family(name, 'gauge', help).lines.push(sample(name, labels, value))
  }

  /** `name` ends with `_total`. */
  counter(name: string, help: string, labels: Labels, value: number): void {
    this.#family(name, 'counter', help).lines.push(sample(name, labels, value))
  }

  histogram(name: string, help: string, labels: Labels, histogram: Histogram): void {
    const { lines } = this.#family(name, 'histogram', help)
    for (const [bound, count] of histogram.cumulative()) lines.push(sample(`${name}_bucket`, { ...labels, le: bound }, count))
    lines.push(sample(`${name}_sum`, labels, histogram.sum), sample(`${name}_count`, labels, histogram.count))
  }

  text(): string {
    return [...this.#families]
      .flatMap(([name, { type, help, lines }]) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines])
      .map((line) => `${line}\n`)
      .join('')
  }
}

/** Observations in seconds, in buckets that suit what lasts from a millisecond to a minute. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export class Histogram {
  readonly #counts = Array.from({ length: BOUNDS.length + 1 }, () => 0)
  #sum = 0
  #count = 0

  observe(seconds: number): void {
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    this.#counts[bucket < 0 ? BOUNDS.length : bucket] += 1
    this.#sum += seconds
    this.#count += 1
  }

  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#count
  }

  /** Bound → observations up to it. */
  cumulative(): [string, number][] {
    let total = 0
    return [...BOUNDS.map(String), '+Inf'].map((bound, i) => {
      total += this.#counts[i]
      return [bound, total]
    })
  }
}
