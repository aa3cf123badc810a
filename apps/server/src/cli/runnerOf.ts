/**
 * The local runner with this installation's operators: bundled with the run process (`bundle.mjs`), because
 * each thread of a run loads them anew and some hundred small files take longer than their work.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLocalRunner, type LocalRunnerOptions } from '@belay/engine'
import type { IsolationLevel, Runner } from '@belay/run'
import { modulesWith, type OwnOperator } from '../operators/ownOperators.ts'
import type { Home } from '../storage/home.ts'

const bundled = (path: string): string => new URL(`../run/${path}`, import.meta.url).href

/** `own`: operators that were loaded at the start. `secrets`: where runs get theirs. `isolation`: of the runs that it starts. */
export function runnerOf(
  home: Home,
  own: readonly OwnOperator[],
  secrets: NonNullable<LocalRunnerOptions['secrets']>,
  isolation: IsolationLevel,
): Runner {
  const processUrl = bundled('process/runProcess.js')
  const isBundled = existsSync(fileURLToPath(processUrl))
  const base = isBundled
    ? { manifestsUrl: bundled('operators/manifests.js'), runtimeUrl: bundled('operators/runtime.js') }
    : { manifestsUrl: import.meta.resolve('@belay/operators/manifests'), runtimeUrl: import.meta.resolve('@belay/operators/runtime') }
  const modules = modulesWith(home.path, base, own)
  const code = [
    ...codeOf(),
    ...own.flatMap(({ folder }) => [folder, ...modulesAbove(folder)]),
    ...(own.length === 0 ? [] : [dirname(fileURLToPath(modules.manifestsUrl))]),
  ]
  return createLocalRunner({ home: home.path, isolation, secrets, operators: { ...modules, code, ...(isBundled ? { processUrl } : {}) } })
}

/** Where an operator in that folder finds packages. */
function modulesAbove(folder: string): string[] {
  const above = dirname(folder)
  const modules = join(above, 'node_modules')
  return [...(existsSync(modules) ? [modules] : []), ...(above === folder ? [] : modulesAbove(above))]
}

/** What run processes load of this installation, and what operators of one's own find as `belay-stream`. */
function codeOf(): string[] {
  const root = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '')
  // In a project, packages lie beside this one.
  const modules = basename(dirname(root)) === 'node_modules' ? [dirname(root)] : []
  return [
    ...modules,
    ...['package.json', 'node_modules', 'packages', 'apps/server/package.json', 'apps/server/dist'].map((path) => join(root, path)),
  ].filter((path) => existsSync(path))
}
