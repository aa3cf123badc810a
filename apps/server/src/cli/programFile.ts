/** A pipeline written as a program: its module is run, and what it exports is the document. */
import { existsSync, statSync } from 'node:fs'
import { register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ServerError } from '../http/problems.ts'
import { readTextDocument } from './documentFile.ts'

const PROGRAM = /\.(?:ts|mts|js|mjs)$/
let registered = false

export function isProgram(path: string): boolean {
  return PROGRAM.test(path)
}

/** A document from a file of JSON or YAML, or from a program. Throws FILE_NOT_FOUND, FILE_UNREADABLE, DOCUMENT_INVALID or PROGRAM_INVALID. */
export async function readDocumentFile(path: string): Promise<unknown> {
  return isProgram(path) ? readProgram(path) : readTextDocument(path)
}

async function readProgram(path: string): Promise<unknown> {
  if (!existsSync(path)) throw new ServerError('FILE_NOT_FOUND', `There is no file ${path}. Check the name, e.g. with ls.`)
  if (!statSync(path).isFile()) throw new ServerError('FILE_UNREADABLE', `${path} is a folder. Name the program's file in it.`)
  if (!registered) register('./programHooks.js', import.meta.url)
  registered = true
  let exported: unknown
  try {
    const loaded = (await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown }
    exported = loaded.default
    if (typeof exported === 'function') exported = await (exported as () => unknown)()
    if (makesDocument(exported)) return exported.toDocument()
  } catch (error) {
    throw new ServerError('PROGRAM_INVALID', `${path} did not run: ${wordsOf(error)}`, { cause: error })
  }
  if (typeof exported === 'object' && exported !== null) return exported
  throw new ServerError(
    'PROGRAM_INVALID',
    `${path} exports no pipeline. End it with \`export default\` and the pipeline, one of its streams, or a function that gives one.`,
  )
}

interface MakesDocument {
  toDocument(): unknown
}

function makesDocument(value: unknown): value is MakesDocument {
  return typeof value === 'object' && value !== null && typeof (value as { toDocument?: unknown }).toDocument === 'function'
}

/** The message with the line of the program, where it is known. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const line = error.stack?.split('\n').find((at) => at.includes('file://') && !at.includes('/node_modules/') && !at.includes('/dist/'))
  return `${error.message}${line === undefined ? '' : ` (${line.trim()})`}`
}
