/** What a node says in its one line: two figures when it is well, one sentence when it is not. */
import type { OperatorFigures } from '@belay/run'
import { bytes, count, percent, plural, rate, whole } from '../../theme/numbers.ts'
import type { Role } from '../operatorFacts.ts'
import { t } from '../../language/t.ts'

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
        [t('out'), still ? count(figures.rowsOut) : rate(figures.rowsOutPerSecond)],
        figures.progress === undefined ? [t('rows'), count(figures.rowsOut)] : [t('read'), percent(figures.progress)],
      ]
    case 'sink':
      return [
        [t('in'), still ? count(figures.rowsIn) : rate(figures.rowsInPerSecond)],
        figures.stagedBytes === undefined ? [t('rows'), count(figures.rowsIn)] : [t('staged'), bytes(figures.stagedBytes)],
      ]
    case 'display':
      return [
        [t('in'), still ? count(figures.rowsIn) : rate(figures.rowsInPerSecond)],
        [t('rows'), count(figures.rowsIn)],
      ]
    case 'transform':
      return [
        [t('out'), still ? count(figures.rowsOut) : rate(figures.rowsOutPerSecond)],
        figures.stateSizeBytes > 0
          ? [t('state'), bytes(figures.stateSizeBytes)]
          : [t('keeps'), figures.rowsIn === 0 ? '–' : percent(figures.rowsOut / figures.rowsIn)],
      ]
  }
}

/** `cut`: the window that its recovery went back to, if one is under way. */
export function sentenceOf(figures: OperatorFigures, cut: number | null): string {
  switch (figures.state) {
    case 'replaying': {
      if (figures.reachedWindow === undefined || cut === null || figures.reachedWindow <= cut) return t('replays what it had seen')
      const all = figures.reachedWindow - cut
      const done = Math.max(0, Math.min(all, figures.window - cut))
      return t('{done} of {windows} again', { done: whole(done), windows: plural(all, 'window') })
    }
    case 'pending':
      return figures.cause ?? t('waits for its peers')
    case 'starting':
      return figures.cause ?? t('its code loads')
    case 'restoring':
      return t('reads its checkpoint')
    case 'rolling-back':
      return t('goes back with its neighbour')
    case 'held':
      return t('until someone restores it')
    case 'finishing':
      return t('last checkpoint and commit')
    case 'down':
      return figures.cause ?? t('recovery is planned')
    case 'stuck':
      return figures.cause ?? t('no progress')
    case 'failed':
      return figures.cause ?? t('needs a person')
    case 'running':
    case 'paused':
    case 'finished':
      return figures.cause ?? ''
  }
}
