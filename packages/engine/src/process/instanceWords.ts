/** Words that instances keep in the figures block, as the job looks at them. */
import type { Facts, InstanceFigures, JobState } from '../job/index.ts'
import { INSTANCE_WORD } from '../stats/statsBlock.ts'
import type { FigureSampler } from './runFigures.ts'
import type { StreamLogs } from './streamLogs.ts'

/** By name of the instance. */
export type WordsOf = (instance: string) => Float64Array

export function wordsByName(numbers: ReadonlyMap<string, number>, sampler: FigureSampler): WordsOf {
  return (instance) => sampler.words(numbers.get(instance) ?? 0)
}

export function jobFacts(state: () => JobState, wordsOf: WordsOf, logs: StreamLogs): Omit<Facts, 'atMs' | 'wallMs'> {
  const current = (instance: string, word: 'ended' | 'window'): number => {
    const words = wordsOf(instance)
    const known = state().instances[instance]
    // Words of an attempt that is over say nothing about the one that runs.
    return words[INSTANCE_WORD.attempt] === known.attempt ? Math.max(words[INSTANCE_WORD[word]], known.cut) : known.ended
  }
  return {
    retainedFrom: (stream) => logs.get(stream)?.control.retainedFrom() ?? Infinity,
    rowsSince: (stream, window) => logs.get(stream)?.control.rowsAfter(window) ?? 0,
    ended: (instance) => current(instance, 'ended'),
    working: (instance) => current(instance, 'window'),
  }
}

/** Of those instances whose words are of their present attempt. */
export function instanceFigures(state: JobState, wordsOf: WordsOf): Record<string, InstanceFigures> {
  const figures: Record<string, InstanceFigures> = {}
  for (const { id } of state.plan.instances) {
    const words = wordsOf(id)
    if (words[INSTANCE_WORD.attempt] !== state.instances[id].attempt) continue
    figures[id] = {
      ended: words[INSTANCE_WORD.ended],
      progress: progressOf(words),
      inputWaits: words[INSTANCE_WORD.inputWaits] === 1 && words[INSTANCE_WORD.activity] !== 2,
      ...(words[INSTANCE_WORD.beingMade] === 1 ? { beingMade: true as const } : {}),
    }
  }
  return figures
}

/** Changes with everything that an instance does. */
export function progressOf(words: Float64Array): number {
  return (
    words[INSTANCE_WORD.progressSeq] * 2048 + words[INSTANCE_WORD.progressRow] + words[INSTANCE_WORD.rowsIn] + words[INSTANCE_WORD.rowsOut]
  )
}
