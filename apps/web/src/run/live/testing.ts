/** Figures for tests: a run in which everything is well, unless said otherwise. */
import type { OperatorFigures, RunFigures } from '@belay/run'

export function operatorFigures(over: Partial<OperatorFigures> = {}): OperatorFigures {
  return {
    state: 'running',
    attempt: 1,
    container: 'c1',
    activity: { busy: 0.1, blocked: 0, starved: 0.9, idle: 0 },
    rowsIn: 100,
    rowsOut: 100,
    rowsInPerSecond: 10,
    rowsOutPerSecond: 10,
    window: 10,
    checkpointWindow: 8,
    watermark: null,
    stateSizeBytes: 0,
    rowErrors: 0,
    ...over,
  }
}

export function runFigures(operators: Readonly<Record<string, OperatorFigures>>, over: Partial<RunFigures> = {}): RunFigures {
  return {
    state: 'running',
    lineage: 1,
    attempt: 1,
    targetWindow: 10,
    committedWindow: 8,
    uptimeMs: 5000,
    sharedBytes: 0,
    memoryBytes: 1,
    residentBytes: 0,
    operators,
    streams: {},
    ...over,
  }
}
