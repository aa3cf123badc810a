import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planHash, type PipelineDocument } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { storedCheckpoints } from '../src/process/storedCheckpoints.ts'
import { deleteManifest, MANIFEST_FORMAT, writeManifest, type Manifest } from '../src/store/manifest.ts'
import { planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

function manifest(seq: number): Manifest {
  return {
    format: MANIFEST_FORMAT,
    seq,
    runId: 'r',
    planHash: 'h',
    window: seq,
    lineage: 1,
    attempt: 1,
    atMs: 0,
    durationMs: 0,
    pinned: false,
    operators: [],
    sinks: {},
    parent: null,
  }
}

test('H11 a manifest number that is taken, or that retention has freed, is refused to a process that was replaced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-manifests-'))
  try {
    for (const seq of [1, 2, 3]) expect(writeManifest(folder, manifest(seq)).stored).toBe(true)
    expect(writeManifest(folder, manifest(3)).stored).toBe(false)
    deleteManifest(folder, folder, 2, [])
    expect(writeManifest(folder, manifest(2)).stored).toBe(false)
    expect(readdirSync(folder).sort()).toEqual(['1.json', '3.json'])
    expect(writeManifest(folder, manifest(4)).stored).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('P16 a checkpoint of a plan with other partitions is not begun at: the run asks, and says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-manifests-'))
  const snapshots = mkdtempSync(join(folder, 'snapshots-'))
  const two = planHash(documentOf(2))
  try {
    const base = manifest(1)
    expect(writeManifest(folder, { ...base, planHash: two }).stored).toBe(true)
    expect(storedCheckpoints({ manifests: folder, snapshots }, two).manifests.map(({ seq }) => seq)).toEqual([1])
    const found = storedCheckpoints({ manifests: folder, snapshots }, planHash(documentOf(4)))
    expect(found.manifests).toEqual([])
    const run = Script.settled(planOf([{ id: 'src' }, { id: 'out', from: ['src'] }])).restarted(found)
    expect([run.state.status, run.of('deploy')]).toEqual(['needs-decision', []])
    expect(run.state.reason).toMatch(/other operators, settings or partitions.*start a new run/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function documentOf(partitions: number): PipelineDocument {
  return {
    format: 1,
    id: 'p',
    name: 'p',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 67_108_864 },
    operators: [{ id: 'sum', type: 'aggregate', typeVersion: 1, name: 'sum', config: {}, partitions }],
    streams: [],
    layout: {},
  }
}
