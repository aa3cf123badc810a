import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deleteManifest, MANIFEST_FORMAT, writeManifest, type Manifest } from '../src/store/manifest.ts'

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
