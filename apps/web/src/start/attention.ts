/** What is going on with a pipeline, who needs a person first, and the next sensible step. Pure. */
import { ENDED_STATES, type RunRecord, type RunState } from '@belay/run'
import type { PipelineItem } from '../api/types.ts'
import { ago, duration, plural } from '../theme/numbers.ts'
import { said, t } from '../language/t.ts'

export type Group = 'needs-you' | 'running' | 'ended' | 'never-run'

type NextStep = 'run' | 'show' | 'resume' | 'open'

export interface PipelineRow {
  readonly pipeline: PipelineItem
  /** The run that goes on, else its newest. */
  readonly run: RunRecord | null
  readonly group: Group
  readonly note: string
  readonly next: NextStep
}

const TROUBLE: readonly RunState[] = ['failed', 'needs-decision', 'unreachable', 'degraded']
const ORDER: readonly Group[] = ['needs-you', 'running', 'ended', 'never-run']

export function rowsOf(pipelines: readonly PipelineItem[], runs: readonly RunRecord[], nowMs: number): readonly PipelineRow[] {
  const newest = new Map<string, RunRecord>()
  for (const run of runs) {
    const known = newest.get(run.pipelineId)
    if (known === undefined || speaksBefore(run, known)) newest.set(run.pipelineId, run)
  }
  return pipelines
    .map((pipeline) => rowOf(pipeline, newest.get(pipeline.id) ?? null, nowMs))
    .sort(
      (a, b) =>
        ORDER.indexOf(a.group) - ORDER.indexOf(b.group) ||
        (b.run?.startedAtMs ?? b.pipeline.updatedAtMs) - (a.run?.startedAtMs ?? a.pipeline.updatedAtMs),
    )
}

/** A run that goes on speaks for its pipeline before one that has ended; else the newer one. */
function speaksBefore(run: RunRecord, known: RunRecord): boolean {
  const goesOn = run.endedAtMs === null
  return goesOn === (known.endedAtMs === null) ? run.startedAtMs > known.startedAtMs : goesOn
}

function rowOf(pipeline: PipelineItem, run: RunRecord | null, nowMs: number): PipelineRow {
  const { errors } = pipeline.problems
  const problems =
    errors === 0
      ? ''
      : t(run === null ? '{problems} to fix before it can run.' : '{problems} to fix before it can run again.', {
          problems: plural(errors, 'problem'),
        })
  if (run === null)
    return errors > 0
      ? { pipeline, run, group: 'needs-you', note: problems, next: 'open' }
      : { pipeline, run, group: 'never-run', note: t('Never run.'), next: 'run' }
  if (TROUBLE.includes(run.state))
    return {
      pipeline,
      run,
      group: 'needs-you',
      note: run.reason === null ? (troubleWords()[run.state] ?? '') : said(run.reason),
      next: 'show',
    }
  if (ENDED_STATES.includes(run.state)) {
    const what = run.state === 'finished' ? t('Finished') : t('Stopped')
    const took =
      run.endedAtMs === null
        ? ''
        : t('{end}, after {duration}', {
            end: ago(run.endedAtMs, nowMs),
            duration: duration(run.endedAtMs - run.startedAtMs),
          })
    return errors > 0
      ? { pipeline, run, group: 'needs-you', note: problems, next: 'open' }
      : { pipeline, run, group: 'ended', note: took === '' ? `${what}.` : `${what} ${took}.`, next: 'run' }
  }
  if (run.state === 'paused' || run.state === 'pausing')
    return {
      pipeline,
      run,
      group: 'running',
      note: run.reason === null ? t('Nothing is read until someone resumes.') : said(run.reason),
      next: 'resume',
    }
  return {
    pipeline,
    run,
    group: 'running',
    note: run.reason === null ? t('Started {startedAt}.', { startedAt: ago(run.startedAtMs, nowMs) }) : said(run.reason),
    next: 'show',
  }
}

const troubleWords = (): Partial<Record<RunState, string>> => ({
  failed: t('The run has failed.'),
  'needs-decision': t('The run needs a decision.'),
  unreachable: t('The run process does not answer; it is being started again.'),
  degraded: t('The run is degraded.'),
})
