/**
 * Plain file paths on the command line (contracts: Files). Operators know files by root only, so a
 * path in the working folder becomes `cwd:…`, and any other gets a root of its own for that run.
 */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import { nearestName } from '@belay/expressions'
import type { ConfigField, ParameterValue, PipelineDocument } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { withFileColumns } from '../pipelines/declaredColumns.ts'
import { nearestExisting, type Root, type Roots } from '../storage/roots.ts'

const WITH_ROOT = /^[a-z][a-z0-9-]*:/
const WHOLE_PARAMETER = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/

/** What to run, with file names that operators understand. */
export interface PlainRun {
  readonly document: PipelineDocument
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly roots: Roots
}

/** `settings`: `name=value`. `folder`: that of the document, where its own relative paths begin. Throws PARAMETERS_INVALID. */
function plainRun(document: PipelineDocument, settings: readonly string[], folder: string, roots: Roots): PlainRun {
  const extra: Record<string, Root> = { cwd: { path: process.cwd(), writable: true } }
  const fileParameters = new Set<string>()
  const operators = document.operators.map((operator) => {
    const config: Record<string, unknown> = { ...operator.config }
    for (const field of fileFields(operator.type)) {
      const key = field.path.slice(1)
      const value = config[key]
      if (typeof value !== 'string' || value === '') continue
      const parameter = WHOLE_PARAMETER.exec(value)
      if (parameter === null) config[key] = withRoot(value, folder, extra)
      else fileParameters.add(parameter[1])
    }
    return { ...operator, config }
  })
  const parameters = parametersOf(document, settings, (name, text) =>
    fileParameters.has(name) ? withRoot(text, process.cwd(), extra) : text,
  )
  const defaults = Object.fromEntries(
    Object.entries(document.parameters).map(([name, parameter]) => [
      name,
      fileParameters.has(name) && typeof parameter.default === 'string'
        ? { ...parameter, default: withRoot(parameter.default, folder, extra) }
        : parameter,
    ]),
  )
  return { document: { ...document, operators, parameters: defaults }, parameters, roots: { ...roots, ...extra } }
}

/** `plainRun` with the columns of files that the document leaves out; `say` is told of them. */
export async function plainRunWithColumns(
  document: PipelineDocument,
  settings: readonly string[],
  folder: string,
  roots: Roots,
  say: (sentence: string) => void,
): Promise<PlainRun> {
  const plain = plainRun(document, settings, folder, roots)
  const whole = await withFileColumns(plain.document, plain.parameters, manifests, plain.roots)
  for (const { operator, file, columns } of whole.read)
    say(`${operator}: columns of ${file}: ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}.`)
  for (const { operator, file, reason } of whole.unread) say(`${operator}: no columns of ${file}: ${reason}`)
  return { ...plain, document: whole.document }
}

export const toStderr = (sentence: string): void => void process.stderr.write(`${sentence}\n`)

function fileFields(type: string): readonly ConfigField[] {
  const manifest = Object.hasOwn(manifests, type) ? manifests[type] : undefined
  return manifest?.form.filter((field) => field.control.kind === 'file' && !field.path.slice(1).includes('/')) ?? []
}

/** `name=value` by the parameter's type. */
function parametersOf(
  document: PipelineDocument,
  settings: readonly string[],
  text: (name: string, value: string) => string,
): Record<string, ParameterValue> {
  const values: Record<string, ParameterValue> = {}
  for (const setting of settings) {
    const at = setting.indexOf('=')
    const name = at < 0 ? setting : setting.slice(0, at)
    if (at < 0 || !Object.hasOwn(document.parameters, name)) {
      const known = Object.keys(document.parameters)
      if (known.length === 0)
        throw new ServerError('PARAMETERS_INVALID', `--set ${setting}: this pipeline has no parameters. Leave it out.`)
      const near = at < 0 ? undefined : nearestName(name, known)
      const meant = near === undefined ? '' : ` Did you mean ${near}?`
      throw new ServerError('PARAMETERS_INVALID', `--set ${setting}: use name=value with one of ${known.join(', ')}.${meant}`)
    }
    values[name] = valueOf(name, document.parameters[name].type, setting.slice(at + 1), text)
  }
  return values
}

function valueOf(
  name: string,
  type: 'string' | 'number' | 'boolean',
  given: string,
  text: (name: string, value: string) => string,
): ParameterValue {
  switch (type) {
    case 'string':
      return text(name, given)
    case 'number': {
      const value = Number(given)
      if (given.trim() === '' || !Number.isFinite(value))
        throw new ServerError('PARAMETERS_INVALID', `${name} is a number, and ${JSON.stringify(given)} is not. Write e.g. --set ${name}=0.`)
      return value
    }
    case 'boolean':
      if (given !== 'true' && given !== 'false')
        throw new ServerError('PARAMETERS_INVALID', `${name} is true or false, not ${JSON.stringify(given)}.`)
      return given === 'true'
  }
}

function withRoot(text: string, folder: string, roots: Record<string, Root>): string {
  if (text === '' || WITH_ROOT.test(text)) return text
  // What comes from the first star on, and a folder's slash, name several files; what is before is a path.
  const star = text.indexOf('*')
  const split = star < 0 ? text.length : text.lastIndexOf('/', star) + 1
  const rest = star < 0 ? (text.endsWith('/') ? '/' : '') : text.slice(split)
  const path = real(resolve(folder, text.slice(0, split)))
  const inside = relative(realpathSync(process.cwd()), path)
  if (star >= 0 && inside === '') return `cwd:${rest}`
  if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && inside !== path)
    return `cwd:${inside.split(sep).join('/')}${star < 0 ? rest : `/${rest}`}`
  const root = star < 0 ? dirname(path) : path
  const known = Object.entries(roots).find(([name, other]) => name !== 'cwd' && other.path === root)
  const name = known?.[0] ?? `path-${Object.keys(roots).length}`
  roots[name] = { path: root, writable: true }
  return star < 0 ? `${name}:${basename(path)}${rest}` : `${name}:${rest}`
}

/** Who names a link on the command line means what it leads to. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const existing = nearestExisting(path)
  return join(realpathSync(existing), relative(existing, path))
}
