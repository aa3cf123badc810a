// The simulator and the engine's core as one file, from the sources, so that it runs at once in a fresh
// clone. `patches` plants bugs: each replaces a text of a source file that must be there exactly once.
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

function planted(patches) {
  const applied = new Set()
  return {
    applied,
    plugin: {
      name: 'planted-bugs',
      transform(code, id) {
        let changed = code
        for (const patch of patches) {
          if (id.split(sep).join('/') !== `${root.split(sep).join('/')}packages/engine/${patch.file}`) continue
          if (changed.split(patch.find).length !== 2)
            throw new Error(`${patch.file} does not hold this text once, so the planted bug must be written anew: ${patch.find}`)
          changed = changed.replace(patch.find, () => patch.replace)
          applied.add(patch)
        }
        return changed === code ? null : { code: changed }
      },
    },
  }
}

/** The module's exports. */
export async function loadSimulator(patches = []) {
  const { applied, plugin } = planted(patches)
  const bundle = await rolldown({
    input: join(root, 'packages/engine/test/simulation/simulation.ts'),
    platform: 'node',
    external: [/^node:/],
    resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
    plugins: [plugin],
    logLevel: 'silent',
  })
  const folder = mkdtempSync(join(tmpdir(), 'belay-simulate-'))
  const file = join(folder, 'simulation.mjs')
  try {
    await bundle.write({ file, format: 'esm', codeSplitting: false })
    for (const patch of patches) if (!applied.has(patch)) throw new Error(`${patch.file} is no part of the simulation`)
    return await import(pathToFileURL(file).href)
  } finally {
    await bundle.close()
    await rm(folder, { recursive: true, force: true })
  }
}
