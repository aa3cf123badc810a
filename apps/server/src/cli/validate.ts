/** `belay validate FILE`: every problem with its place; exit 2 if there is an error. */
import { dirname, join, resolve } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import { readDocument, type Problem } from '@belay/pipeline'
import { documentProblems } from '../pipelines/preparation.ts'
import { loadOperators } from '../operators/ownOperators.ts'
import { homePath } from '../storage/home.ts'
import { standardRoots } from '../storage/roots.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, OPERATORS_OPTION, type Command } from './command.ts'
import { readDocumentFile } from './programFile.ts'
import { EXIT } from './exitCodes.ts'
import { infer } from './infer.ts'
import { ISOLATION_OPTION } from './isolation.ts'
import { plainRunWithColumns, toStderr } from './plainPaths.ts'
import { placeText } from './problemText.ts'

export const validateCommand: Command = defineCommand({
  name: 'validate',
  summary: 'everything wrong with a pipeline, files included',
  usage: 'validate FILE [--infer SCRIPT [--rows FILE]] [--json]',
  examples: [
    'belay validate examples/flights.json',
    'belay validate pipeline.yaml',
    'belay validate pipeline.json --infer enrich --rows sample.jsonl',
    'belay validate pipeline.json --json | jq .problems[].code',
  ],
  options: {
    ...JSON_OPTION,
    ...HOME_OPTION,
    ...OPERATORS_OPTION,
    ...ISOLATION_OPTION,
    infer: { type: 'string', value: 'SCRIPT', help: 'the columns that this Script gives, found out by running it on sample rows' },
    rows: { type: 'string', value: 'FILE', help: 'with --infer: rows at its input, as JSON lines; else those of a test of the pipeline' },
  },
  async run(values, [file, ...rest]) {
    if (file === undefined || rest.length > 0) {
      process.stderr.write('belay validate takes one file: belay validate pipeline.json\n')
      return EXIT.invalid
    }
    const own = values.operators === undefined ? [] : await loadOperators(values.operators)
    if (values.infer !== undefined) return infer(file, values.infer, values, own)
    const problems = await problemsOf(file, values.home)
    const errors = problems.filter((problem) => problem.severity === 'error').length
    if (values.json === true) process.stdout.write(`${JSON.stringify({ problems })}\n`)
    else {
      for (const problem of problems)
        process.stdout.write(`${problem.severity} ${problem.code} at ${placeText(problem)}: ${problem.message}\n`)
      process.stdout.write(errors === 0 ? 'valid\n' : `${errors} ${errors === 1 ? 'error' : 'errors'}\n`)
    }
    return errors === 0 ? EXIT.done : EXIT.invalid
  },
})

async function problemsOf(file: string, givenHome: string | undefined): Promise<readonly Problem[]> {
  const parsed = readDocument(await readDocumentFile(file), manifests)
  if (!parsed.ok) return parsed.problems
  const path = homePath(givenHome)
  const roots = standardRoots({ path, files: join(path, 'files'), database: join(path, 'belay.db') })
  const plain = await plainRunWithColumns(parsed.document, [], dirname(resolve(file)), roots, toStderr)
  return documentProblems(plain.document, plain.roots, null)
}
