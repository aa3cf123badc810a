/** Colour schemes of the canvas, on the keys 1 to 7. A colour never stands alone: the node says the value too. */
import type { OperatorFigures } from '@belay/run'
import { bytes, duration, percent, decimal } from '../../theme/numbers.ts'
import { t } from '../../language/t.ts'

export const SCHEMES = [
  ['health', t('Health'), t('state of each operator')],
  ['load', t('Load'), t('time at work, last second')],
  ['latency', t('Latency'), t('behind its inputs, in whole windows')],
  ['state', t('State size'), t('from 1 kB to 1 GB, logarithmic')],
  ['lag', t('Lag'), t('behind the sources, in whole windows')],
  ['container', t('Container'), t('what shares a thread, and fails together')],
  ['skew', t('Skew'), t('busiest partition by the mean of all')],
] as const
export type Scheme = (typeof SCHEMES)[number][0]

export function schemeOf(text: string | null): Scheme {
  return SCHEMES.find(([scheme]) => scheme === text)?.[0] ?? 'health'
}

export interface Surroundings {
  readonly windowMs: number
  readonly targetWindow: number
  /** Newest windows of the operators that it reads from; empty = a source. */
  readonly inputWindows: readonly number[]
  /** Containers of the run, in order. */
  readonly containers: readonly string[]
}

export interface Heat {
  /** 0 = nothing to look at, 1 = as bad as it gets; of a container its place among all. */
  readonly share: number
  readonly kind: 'heat' | 'group'
  readonly name: string
  readonly value: string
}

/** Windows that count as far behind. */
const FAR_BEHIND = 10
const SMALL_STATE = 1000
const LARGE_STATE = 1e9

/** null = as the state says it. */
export function heatOf(scheme: Scheme, figures: OperatorFigures, around: Surroundings): Heat | null {
  switch (scheme) {
    case 'health':
      return null
    case 'load':
      return { share: figures.activity.busy, kind: 'heat', name: t('busy'), value: percent(figures.activity.busy) }
    case 'latency':
      return around.inputWindows.length === 0
        ? { share: 0, kind: 'heat', name: t('late'), value: t('a source') }
        : behind(t('late'), Math.max(...around.inputWindows) - figures.window, around)
    case 'lag':
      return behind(t('lag'), around.targetWindow - figures.window, around)
    case 'state': {
      const share = Math.log(Math.max(1, figures.stateSizeBytes / SMALL_STATE)) / Math.log(LARGE_STATE / SMALL_STATE)
      return { share: Math.min(1, share), kind: 'heat', name: t('state'), value: bytes(figures.stateSizeBytes) }
    }
    case 'container': {
      const at = around.containers.indexOf(figures.container)
      return { share: at < 0 ? 0 : at / Math.max(1, around.containers.length), kind: 'group', name: t('in'), value: figures.container }
    }
    case 'skew':
      return skewOf(figures)
  }
}

function behind(name: string, windows: number, { windowMs }: Surroundings): Heat {
  const whole = Math.max(0, windows)
  return { share: Math.min(1, whole / FAR_BEHIND), kind: 'heat', name, value: duration(whole * windowMs) }
}

function skewOf({ partitions }: OperatorFigures): Heat {
  const rates = (partitions ?? []).filter(({ id }) => !id.includes('~')).map(({ rowsInPerSecond }) => rowsInPerSecond)
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length)
  if (rates.length < 2) return { share: 0, kind: 'heat', name: t('skew'), value: t('one part') }
  if (mean === 0) return { share: 0, kind: 'heat', name: t('skew'), value: t('no rows') }
  const skew = Math.max(...rates) / mean
  return { share: Math.min(1, skew - 1), kind: 'heat', name: t('skew'), value: `${decimal(skew)}×` }
}
