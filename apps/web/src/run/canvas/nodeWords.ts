/** What a node says in its one line: two figures when it is well, one sentence when it is not. */
import type { OperatorFigures } from '@belay/run'
import { bytes, count, percent, plural, rate, whole } from '../../theme/numbers.ts'
import type { Role } from '../operatorFacts.ts'

const QUIET = new Set<OperatorFigures['state']>(['running', 'finished', 'paused'])

/** Nothing about it needs a word: figures are shown instead of a sentence. */
export function isWell(state: OperatorFigures['state']): boolean {
  return QUIET.has(state)
}

type Metric = readonly [name: string, value: string]

/** `still`: it works no more, so totals say more than rates. */
export function metricsOf(figures: OperatorFigures, role: Role, still: boolean): readonly [Metric, Metric] {
  switch (role) {
    case 'source':
      return [
        ['out', still ? `${count(figures.rowsOut)} rows` : rate(figures.rowsOutPerSecond)],
        figures.progress === undefined ? ['rows', count(figures.rowsOut)] : ['read', percent(figures.progress)],
      ]
    case 'sink':
      return [
        ['in', still ? `${count(figures.rowsIn)} rows` : rate(figures.rowsInPerSecond)],
        figures.stagedBytes === undefined ? ['rows', count(figures.rowsIn)] : ['staged', bytes(figures.stagedBytes)],
      ]
    case 'display':
      return [
        ['in', still ? `${count(figures.rowsIn)} rows` : rate(figures.rowsInPerSecond)],
        ['rows', count(figures.rowsIn)],
      ]
    case 'transform':
      return [
        ['out', still ? `${count(figures.rowsOut)} rows` : rate(figures.rowsOutPerSecond)],
        figures.stateSizeBytes > 0
          ? ['state', bytes(figures.stateSizeBytes)]
          : ['keeps', figures.rowsIn === 0 ? '–' : percent(figures.rowsOut / figures.rowsIn)],
      ]
  }
}

/** `cut`: the window that its recovery went back to, if one is under way. */
export function sentenceOf(figures: OperatorFigures, cut: number | null): string {
  switch (figures.state) {
    case 'replaying': {
      if (figures.reachedWindow === undefined || cut === null || figures.reachedWindow <= cut) return 'replays what it had seen'
      const all = figures.reachedWindow - cut
      const done = Math.max(0, Math.min(all, figures.window - cut))
      return `${whole(done)} of ${plural(all, 'window')} again`
    }
    case 'pending':
      return figures.cause ?? 'waits for its peers'
    case 'starting':
      return figures.cause ?? 'its code loads'
    case 'restoring':
      return 'reads its checkpoint'
    case 'rolling-back':
      return 'goes back with its neighbour'
    case 'held':
      return 'until someone restores it'
    case 'finishing':
      return 'last checkpoint and commit'
    case 'down':
      return figures.cause ?? 'recovery is planned'
    case 'stuck':
      return figures.cause ?? 'no progress'
    case 'failed':
      return figures.cause ?? 'needs a person'
    case 'running':
    case 'paused':
    case 'finished':
      return figures.cause ?? ''
  }
}
