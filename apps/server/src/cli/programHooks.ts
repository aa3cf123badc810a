/**
 * How programs are loaded: `belay-stream` is this installation, wherever the program lies, and types are taken out
 * of TypeScript. Runs in the thread of Node's module hooks; registered by `programFile.ts`.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transform } from 'sucrase'

const BESIDE = '../../../../packages/program/dist/index.js'
const TYPESCRIPT = /\.m?ts$/

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (specifier === 'belay-stream') return { url: new URL(BESIDE, import.meta.url).href, shortCircuit: true }
  // As compilers have it: `./parts.js` may be written as `parts.ts`.
  if (/^\.\.?\//.test(specifier) && specifier.endsWith('.js') && context.parentURL?.startsWith('file:') === true) {
    const url = new URL(specifier, context.parentURL)
    const source = new URL(url.href.replace(/\.js$/, '.ts'))
    if (!existsSync(fileURLToPath(url)) && existsSync(fileURLToPath(source))) return { url: source.href, shortCircuit: true }
  }
  return next(specifier, context)
}

export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith('file:') || !TYPESCRIPT.test(url)) return next(url, context)
  const path = fileURLToPath(url)
  const { code } = transform(await readFile(path, 'utf8'), { transforms: ['typescript'], disableESTransforms: true, filePath: path })
  return { format: 'module', source: code, shortCircuit: true }
}
