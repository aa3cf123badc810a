/** `belay validate FILE --infer SCRIPT`: the columns that a Script gives, as the document declares them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import type { TestRow } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import type { OwnOperator } from '../operators/ownOperators.ts'
import { parsedDocument } from '../pipelines/preparation.ts'
import { homePath } from '../storage/home.ts'
import { standardRoots } from '../storage/roots.ts'
import { Tests, testSecrets } from '../tests/tests.ts'
import { EXIT } from './exitCodes.ts'
import { isolationOf } from './isolation.ts'
import { plainRunWithColumns, toStderr } from './plainPaths.ts'
import { readDocumentFile } from './programFile.ts'
import { runnerOf } from './runnerOf.ts'

export interface InferOptions {
  readonly rows?: string | undefined
  readonly home?: string | undefined
  readonly isolation?: string | undefined
  readonly json?: boolean | undefined
}

/** They count once somebody has put them into the document: nothing is changed. */
export async function infer(file: string, operator: string, values: InferOptions, own: readonly OwnOperator[]): Promise<number> {
  const path = homePath(values.home)
  const roots = standardRoots({ path, files: join(path, 'files'), database: '' })
  const plain = await plainRunWithColumns(parsedDocument(await readDocumentFile(file)), [], dirname(resolve(file)), roots, toStderr)
  const rows = values.rows === undefined ? null : rowsOf(values.rows)
  const home = mkdtempSync(join(tmpdir(), 'belay-infer-'))
  try {
    const runner = runnerOf({ path: home, files: join(home, 'files'), database: '' }, own, testSecrets, isolationOf(values.isolation).level)
    const tests = new Tests({ runner, home, manifests })
    const found = await tests.scriptColumns(plain.document, operator, rows, plain.roots, new AbortController().signal)
    process.stdout.write(`${values.json === true ? JSON.stringify(found) : JSON.stringify(found.columns, null, 2)}\n`)
    for (const { message, count } of found.errors) process.stderr.write(`${count} ${count === 1 ? 'row' : 'rows'} failed: ${message}\n`)
    return EXIT.done
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Throws PARAMETERS_INVALID. */
function rowsOf(file: string): TestRow[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as TestRow)
  } catch (error) {
    throw new ServerError('PARAMETERS_INVALID', `--rows ${file} cannot be read: ${(error as Error).message}. Give one JSON object a line.`)
  }
}
