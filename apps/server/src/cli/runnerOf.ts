/**
 * The local runner with this installation's operators: bundled with the run process (`bundle.mjs`), because
 * each thread of a run loads them anew and some hundred small files take longer than their work.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createLocalRunner, type LocalRunnerOptions } from '@belay/engine'
import type { Runner } from '@belay/run'
import { modulesWith, type OwnOperator } from '../operators/ownOperators.ts'
import type { Home } from '../storage/home.ts'

const bundled = (path: string): string => new URL(`../run/${path}`, import.meta.url).href

/** `own`: operators that were loaded at the start. `secrets`: where runs get theirs. */
export function runnerOf(home: Home, own: readonly OwnOperator[], secrets: NonNullable<LocalRunnerOptions['secrets']>): Runner {
  const processUrl = bundled('process/runProcess.js')
  const isBundled = existsSync(fileURLToPath(processUrl))
  const base = isBundled
    ? { manifestsUrl: bundled('operators/manifests.js'), runtimeUrl: bundled('operators/runtime.js') }
    : { manifestsUrl: import.meta.resolve('@belay/operators/manifests'), runtimeUrl: import.meta.resolve('@belay/operators/runtime') }
  return createLocalRunner({
    home: home.path,
    operators: { ...modulesWith(home.path, base, own), ...(isBundled ? { processUrl } : {}) },
    secrets,
  })
}
