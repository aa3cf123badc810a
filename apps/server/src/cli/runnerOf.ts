/**
 * The local runner with this installation's operators: bundled with the run process (`bundle.mjs`), because
 * each thread of a run loads them anew and some hundred small files take longer than their work.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createLocalRunner } from '@belay/engine'
import type { Runner } from '@belay/run'
import type { Home } from '../storage/home.ts'

const bundled = (path: string): string => new URL(`../run/${path}`, import.meta.url).href

export function runnerOf(home: Home): Runner {
  const processUrl = bundled('process/runProcess.js')
  return createLocalRunner({
    home: home.path,
    operators: existsSync(fileURLToPath(processUrl))
      ? { manifestsUrl: bundled('operators/manifests.js'), runtimeUrl: bundled('operators/runtime.js'), processUrl }
      : {
          manifestsUrl: import.meta.resolve('@belay/operators/manifests'),
          runtimeUrl: import.meta.resolve('@belay/operators/runtime'),
        },
  })
}
