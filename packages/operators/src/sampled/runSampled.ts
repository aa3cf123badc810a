/**
 * Operators that can be run over a few rows where there is no engine: they need nothing but rows and state.
 * The page's example rows come from them, so this runs in browsers.
 */
import { runSample } from '@belay/engine/sample'
import type { RunSampled } from './contract.ts'

type Module = Parameters<typeof runSample>[0]

const load = (module: Promise<{ readonly module: unknown }>): Promise<Module> => module.then((loaded) => loaded.module as Module)

const MODULES: Readonly<Record<string, (() => Promise<Module>) | undefined>> = {
  aggregate: () => load(import('../aggregate/runtime.ts')),
  assert: () => load(import('../assert/runtime.ts')),
  dedup: () => load(import('../dedup/runtime.ts')),
  flatten: () => load(import('../flatten/runtime.ts')),
  format: () => load(import('../format/runtime.ts')),
  'interval-join': () => load(import('../interval-join/runtime.ts')),
  normalize: () => load(import('../normalize/runtime.ts')),
  pattern: () => load(import('../pattern/runtime.ts')),
  rank: () => load(import('../rank/runtime.ts')),
  'regular-join': () => load(import('../regular-join/runtime.ts')),
  sample: () => load(import('../sample/runtime.ts')),
  'to-changelog': () => load(import('../to-changelog/runtime.ts')),
  'top-n': () => load(import('../top-n/runtime.ts')),
  'window-aggregate': () => load(import('../window-aggregate/runtime.ts')),
  'window-join': () => load(import('../window-join/runtime.ts')),
}

export const runSampled: RunSampled = async (type, given) => {
  const module = await MODULES[type]?.()
  return module === undefined ? null : runSample(module, given)
}
