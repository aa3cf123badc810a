/** A pipeline document in a file: JSON, or YAML as the page shows it. */
import { readFileSync } from 'node:fs'
import { parseDocument as parseYaml } from 'yaml'
import { ServerError } from '../http/problems.ts'
import { parseJson, type TextResult } from './jsonText.ts'

const YAML = /\.ya?ml$/

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE or DOCUMENT_INVALID with line and column. */
export function readTextDocument(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new ServerError('FILE_NOT_FOUND', `There is no file ${path}. Check the name, e.g. with ls.`, { cause: error })
    throw new ServerError(
      'FILE_UNREADABLE',
      code === 'EISDIR'
        ? `${path} is a folder. Name the pipeline's file in it.`
        : `${path} cannot be read: ${message}. Change its rights, or name another file.`,
      { cause: error },
    )
  }
  const isYaml = YAML.test(path)
  const result = isYaml ? readYaml(text) : parseJson(text)
  if (result.ok) return result.value
  throw new ServerError(
    'DOCUMENT_INVALID',
    `${path} is not ${isYaml ? 'YAML' : 'JSON'}: line ${result.line}, column ${result.column}: ${result.message}. Correct it there.`,
  )
}

function readYaml(text: string): TextResult {
  const yaml = parseYaml(text, { prettyErrors: true, uniqueKeys: true })
  const [error] = yaml.errors
  // The library's sentence ends with its own word on the place, and a picture of it.
  const sentence = (message: string): string => message.split('\n')[0].replace(/(?: at line \d+, column \d+)?[.:]*$/, '')
  if (error !== undefined) {
    const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 }
    return { ok: false, line, column: col, message: sentence(error.message) }
  }
  try {
    return { ok: true, value: yaml.toJS({ maxAliasCount: 100 }) as unknown }
  } catch (thrown) {
    return { ok: false, line: 1, column: 1, message: sentence(thrown instanceof Error ? thrown.message : String(thrown)) }
  }
}
