/**
 * Operators of one's own: each a folder below the one that is named at the start, with a `package.json` whose
 * `belay` names its manifest and its runtime. Both are code that runs as the user that runs Belay; the manifest
 * also runs in the browser of everybody who opens the page.
 *
 * What is loaded stays as it was at the start: whoever changes an operator starts anew.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { manifestFaults } from '@belay/operator-kit/manifest'
import { addManifests } from '@belay/operators/manifests'
import type { OperatorManifest } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'

export interface OwnOperator {
  readonly manifest: OperatorManifest
  /** Absolute; its package.json lies there. */
  readonly folder: string
  /** Absolute. */
  readonly manifestPath: string
  readonly runtimePath: string
  /** Of the manifest, as browsers get it. */
  readonly source: string
  /** Changes with the source. */
  readonly version: string
}

/** Of this installation: package.json lies there. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const IMPORTS = /^\s*(?:import\s*(?:[\w*{'"]|\()|export\s[^=]*\sfrom\s*['"])/m

function invalid(folder: string, why: string, cause?: unknown): ServerError {
  return new ServerError('OPERATOR_INVALID', `The operator in ${folder}: ${why}`, { cause })
}

/** Loads every operator below the folder and adds it to this process's catalogue. Throws OPERATOR_INVALID. */
export async function loadOperators(given: string): Promise<readonly OwnOperator[]> {
  const folder = resolve(given)
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new ServerError(
      'FOLDER_NOT_FOUND',
      `There is no folder ${folder} with operators. Make one with: belay operator new NAME --dir ${given}`,
    )
  linkInstallation(folder)
  const found = readdirSync(folder)
    .filter((name) => name !== 'node_modules' && existsSync(join(folder, name, 'package.json')))
    .sort()
  const operators: OwnOperator[] = []
  for (const name of found) {
    const operator = await loadOperator(join(folder, name))
    const twin = operators.find(({ manifest }) => manifest.type === operator.manifest.type)
    if (twin !== undefined)
      throw invalid(join(folder, name), `its type ${operator.manifest.type} is that of ${twin.manifestPath} as well. Give it another.`)
    operators.push(operator)
  }
  const [taken] = addManifests(operators.map(({ manifest }) => manifest))
  if (taken !== undefined)
    throw invalid(
      folder,
      `the type ${taken} is one of Belay's own. Give it another, e.g. my-${taken}: pipelines name operators by their type.`,
    )
  return operators
}

async function loadOperator(folder: string): Promise<OwnOperator> {
  const named = namedFiles(folder)
  const source = readFileSync(named.manifest, 'utf8')
  if (IMPORTS.test(source))
    throw invalid(
      folder,
      'its manifest imports something. It has to stand alone, because browsers load it too: move what it needs into it.',
    )
  let manifest: unknown
  let runtime: unknown
  try {
    ;({ manifest } = (await import(pathToFileURL(named.manifest).href)) as { manifest?: unknown })
    ;({ module: runtime } = (await import(pathToFileURL(named.runtime).href)) as { module?: unknown })
  } catch (error) {
    throw invalid(folder, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const faults = manifest === undefined ? ['it exports no `manifest`'] : manifestFaults(manifest)
  if (faults.length > 0) throw invalid(folder, `its manifest is not whole. ${faults.join('; ')}.`)
  if (typeof (runtime as { create?: unknown } | undefined)?.create !== 'function')
    throw invalid(folder, 'its runtime exports no `module` with a function `create`.')
  return {
    manifest: manifest as OperatorManifest,
    folder: realpathSync(folder),
    manifestPath: named.manifest,
    runtimePath: named.runtime,
    source,
    version: createHash('sha256').update(source).digest('hex').slice(0, 12),
  }
}

function namedFiles(folder: string): { readonly manifest: string; readonly runtime: string } {
  let named: { manifest?: unknown; runtime?: unknown } | undefined
  try {
    ;({ belay: named } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { belay?: typeof named })
  } catch (error) {
    throw invalid(folder, `its package.json cannot be read: ${String(error)}`, error)
  }
  const path = (part: 'manifest' | 'runtime'): string => {
    const name = named?.[part]
    if (typeof name !== 'string')
      throw invalid(
        folder,
        `its package.json does not name its ${part}. Write "belay": { "manifest": "./manifest.js", "runtime": "./runtime.js" }.`,
      )
    if (!existsSync(join(folder, name))) throw invalid(folder, `there is no ${name} in it.`)
    const found = realpathSync(join(folder, name))
    if (!found.startsWith(`${realpathSync(folder)}/`)) throw invalid(folder, `${name} lies outside it. Put it inside.`)
    return found
  }
  return { manifest: path('manifest'), runtime: path('runtime') }
}

/** So that operators find `belay-stream`, and find this one, unless they have brought their own. */
export function linkInstallation(folder: string): void {
  const link = join(folder, 'node_modules', 'belay-stream')
  const before = readlink(link)
  if (before !== null && resolve(folder, 'node_modules', before) === resolve(ROOT)) return
  if (before === null) {
    if (existsSync(link)) return
    try {
      // An installation above it, as where the folder lies in a project.
      if (realpathSync(createRequire(join(folder, 'x.js')).resolve('belay-stream/package.json')).startsWith(realpathSync(ROOT))) return
    } catch {
      // There is none.
    }
  }
  try {
    if (before !== null) rmSync(link)
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    symlinkSync(resolve(ROOT), link, 'dir')
  } catch {
    // A folder that cannot be written to: what imports `belay-stream` then says that it is not there.
  }
}

function readlink(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

export interface OperatorModules {
  readonly manifestsUrl: string
  readonly runtimeUrl: string
}

/**
 * Modules with this installation's operators and one's own, for run processes. They stay in the home folder, so that a
 * run goes on with what it was started with.
 */
export function modulesWith(home: string, base: OperatorModules, own: readonly OwnOperator[]): OperatorModules {
  if (own.length === 0) return base
  const url = (path: string): string => JSON.stringify(pathToFileURL(path).href)
  const manifests = [
    `import { manifests as shipped } from ${JSON.stringify(base.manifestsUrl)}`,
    ...own.map(({ manifestPath }, i) => `import { manifest as own${i} } from ${url(manifestPath)}`),
    `export const manifests = { ...shipped, ${own.map(({ manifest }, i) => `${JSON.stringify(manifest.type)}: own${i}`).join(', ')} }`,
    '',
  ].join('\n')
  const runtime = [
    `import { operators as shipped } from ${JSON.stringify(base.runtimeUrl)}`,
    `export * from ${JSON.stringify(base.runtimeUrl)}`,
    'const moduleOf = (loaded) => loaded.module',
    'export const operators = {',
    '  ...shipped,',
    ...own.map(({ manifest, runtimePath }) => `  ${JSON.stringify(manifest.type)}: () => import(${url(runtimePath)}).then(moduleOf),`),
    '}',
    '',
  ].join('\n')
  const folder = join(home, 'operators', createHash('sha256').update(manifests).update(runtime).digest('hex').slice(0, 16))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    if (!existsSync(path)) writeFileSync(path, text, { mode: 0o600 })
    return pathToFileURL(path).href
  }
  return { manifestsUrl: write('manifests.mjs', manifests), runtimeUrl: write('runtime.mjs', runtime) }
}
