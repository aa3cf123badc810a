import { describe, expect, test } from 'vitest'
import type { RunRecord, RunState } from '@belay/run'
import type { PipelineItem } from '../api/types.ts'
import { rowsOf } from './attention.ts'

const NOW = 1_000_000

function pipeline(id: string, errors = 0): PipelineItem {
  return { id, name: id, operators: 3, version: 1, updatedAtMs: NOW, problems: { errors, warnings: 0 } }
}

function run(pipelineId: string, state: RunState, startedAtMs = NOW - 60_000, reason: string | null = null): RunRecord {
  const ended = state === 'finished' || state === 'stopped' || state === 'failed'
  return {
    runId: `${pipelineId}-${startedAtMs}`,
    pipelineId,
    pipelineName: pipelineId,
    startedAtMs,
    startedBy: 'you',
    endedAtMs: ended ? startedAtMs + 5000 : null,
    state,
    reason,
  }
}

describe('the list of pipelines', () => {
  test('what needs a person comes first, then what runs, then the rest', () => {
    const rows = rowsOf(
      [pipeline('never'), pipeline('done'), pipeline('runs'), pipeline('held'), pipeline('broken', 2)],
      [run('done', 'finished'), run('runs', 'running'), run('held', 'degraded', NOW - 1000, 'Nothing is committed while dedup is held.')],
      NOW,
    )
    expect(rows.map((row) => row.pipeline.id)).toEqual(['broken', 'held', 'runs', 'done', 'never'])
    expect(rows.map((row) => row.next)).toEqual(['open', 'show', 'show', 'run', 'run'])
    expect(rows[1].note).toBe('Nothing is committed while dedup is held.')
  })

  test('the newest run of a pipeline speaks for it, in whatever order they come', () => {
    const [row] = rowsOf([pipeline('a')], [run('a', 'failed', NOW - 90_000), run('a', 'paused', NOW - 10)], NOW)
    expect(row.run?.state).toBe('paused')
    expect(row.next).toBe('resume')
  })

  test('a run that goes on speaks before a newer one that has ended', () => {
    const [row] = rowsOf([pipeline('a')], [run('a', 'running', NOW - 90_000), run('a', 'finished', NOW - 10_000)], NOW)
    expect(row.run?.state).toBe('running')
  })

  test('a pipeline that ran and has since been broken asks to be opened', () => {
    const [row] = rowsOf([pipeline('a', 1)], [run('a', 'finished')], NOW)
    expect(row.group).toBe('needs-you')
    expect(row.note.replaceAll('\u00a0', ' ')).toBe('1 problem to fix before it can run again.')
  })
})
