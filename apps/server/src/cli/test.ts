/** `belay test FILE`: the tests in a pipeline, on the real engine; nothing of the pipeline is written. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import type { PipelineTest } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { parsedDocument } from '../pipelines/preparation.ts'
import { loadOperators } from '../operators/ownOperators.ts'
import { homePath, type Home } from '../storage/home.ts'
import { standardRoots } from '../storage/roots.ts'
import type { TestResult } from '../tests/result.ts'
import { Tests, testSecrets } from '../tests/tests.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, OPERATORS_OPTION, type Command } from './command.ts'
import { readDocumentFile } from './programFile.ts'
import { EXIT } from './exitCodes.ts'
import { ISOLATION_OPTION, isolationOf } from './isolation.ts'
import { plainRunWithColumns, toStderr } from './plainPaths.ts'
import { runnerOf } from './runnerOf.ts'
import { testText } from './testText.ts'

export const testCommand: Command = defineCommand({
  name: 'test',
  summary: 'run the tests of a pipeline: given rows in, expected rows out, kills included',
  usage: 'test FILE [--test NAME]… [--json]',
  examples: ['belay test examples/flights.json', "belay test pipeline.json --test 'late rows are left out' --json | jq .tests[].ports"],
  options: {
    test: { type: 'string', multiple: true, value: 'NAME', help: 'only the test of this name' },
    ...JSON_OPTION,
    ...HOME_OPTION,
    ...OPERATORS_OPTION,
    ...ISOLATION_OPTION,
  },
  async run(values, [file, ...rest]) {
    if (file === undefined || rest.length > 0) {
      process.stderr.write('belay test takes one file: belay test pipeline.json\n')
      return EXIT.invalid
    }
    const own = values.operators === undefined ? [] : await loadOperators(values.operators)
    const files = homePath(values.home)
    const plain = await plainRunWithColumns(
      parsedDocument(await readDocumentFile(file)),
      [],
      dirname(resolve(file)),
      standardRoots({ path: files, files: join(files, 'files'), database: '' }),
      toStderr,
    )
    const wanted = chosen(plain.document.tests ?? [], values.test ?? [], file)
    const home = mkdtempSync(join(tmpdir(), 'belay-test-'))
    const stopped = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
    const testsHome: Home = { path: home, files: join(home, 'files'), database: '' }
    const tests = new Tests({ runner: runnerOf(testsHome, own, testSecrets, isolationOf(values.isolation).level), home, manifests })
    const results: TestResult[] = []
    try {
      for (const test of wanted) {
        const result = await tests.run(plain.document, test, plain.roots, stopped.signal)
        if (stopped.signal.aborted) break
        results.push(result)
        if (values.json !== true) process.stdout.write(testText(result))
      }
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
    const failed = results.filter(({ outcome }) => outcome !== 'passed').length
    if (values.json === true) process.stdout.write(`${JSON.stringify({ passed: results.length - failed, failed, tests: results })}\n`)
    else if (!stopped.signal.aborted) process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`)
    if (stopped.signal.aborted) return EXIT.interrupted
    if (results.some(({ outcome }) => outcome === 'invalid')) return EXIT.invalid
    return failed === 0 ? EXIT.done : EXIT.failed
  },
})

/** Throws TEST_UNKNOWN. */
function chosen(tests: readonly PipelineTest[], names: readonly string[], file: string): readonly PipelineTest[] {
  if (tests.length === 0)
    throw new ServerError('TEST_UNKNOWN', `${file} has no tests. Add some under \`tests\`, or in the page's panel Tests.`)
  const unknown = names.find((name) => !tests.some((test) => test.name === name))
  if (unknown !== undefined)
    throw new ServerError(
      'TEST_UNKNOWN',
      `${file} has no test ${JSON.stringify(unknown)}. It has: ${tests.map(({ name }) => JSON.stringify(name)).join(', ')}.`,
    )
  return names.length === 0 ? tests : tests.filter(({ name }) => names.includes(name))
}
