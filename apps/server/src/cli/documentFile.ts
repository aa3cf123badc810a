/** A pipeline document in a file. */
import { readFileSync } from 'node:fs'
import { ServerError } from '../http/problems.ts'
import { parseJson } from './jsonText.ts'

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE or DOCUMENT_INVALID with line and column. */
export function readJsonFile(path: string): unknown {
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
  const result = parseJson(text)
  if (result.ok) return result.value
  throw new ServerError(
    'DOCUMENT_INVALID',
    `${path} is not JSON: line ${result.line}, column ${result.column}: ${result.message}. Correct it there.`,
  )
}
