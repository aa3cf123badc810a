/** Tests of a pipeline (tests/tests.ts): one at a time, answered when it is over. */
import { Type } from 'typebox'
import { parsedDocument } from '../pipelines/preparation.ts'
import type { PortResult, TestResult } from '../tests/result.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { may } from './rights.ts'
import { answers } from './schemas/answers.ts'

export function testsRoutes(app: App, { tests, roots }: Services): void {
  app.post(
    '/tests',
    {
      // What is tested is a document of one's own, with code in it.
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'runTest',
        summary: 'Run one test of a draft on the real engine, with its rows in place of the sources and its sinks captured',
        description: 'Answered when the test is over, after a minute at the most. Rows that came are told to those who may see data.',
        body: Type.Object({ document: Type.Unknown(), test: Type.String({ maxLength: 200, description: 'Its name' }) }),
        response: answers(200, 'TestResult', 'What came of it', [404, 422, 500]),
      },
    },
    async (request, reply) => {
      const document = parsedDocument(request.body.document)
      const test = document.tests?.find(({ name }) => name === request.body.test)
      if (test === undefined)
        throw new ServerError('TEST_UNKNOWN', `The pipeline has no test ${JSON.stringify(request.body.test)}. Look at its list of tests.`)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const result = await tests.run(document, test, roots, gone.signal)
      return may(request.principal, 'see-data') ? result : rowless(result)
    },
  )
  app.post(
    '/script-columns',
    {
      // It runs code of one's own.
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'inferScriptColumns',
        summary: 'Columns that a Script of a draft gives, found out by running it on sample rows; nothing is written or changed',
        body: Type.Object({
          document: Type.Unknown(),
          operator: Type.String({ maxLength: 64 }),
          rows: Type.Optional(
            Type.Array(SampleRow, { minItems: 1, maxItems: 1000, description: 'At its input; absent = those of a test of the pipeline' }),
          ),
        }),
        response: answers(200, 'ScriptColumns', 'A proposal: the columns that are declared are those that count', [404, 409, 422]),
      },
    },
    async (request, reply) => {
      const { operator, rows = null } = request.body
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const found = await tests.scriptColumns(parsedDocument(request.body.document), operator, rows, roots, gone.signal)
      // What is said of a row may hold its values.
      return may(request.principal, 'see-data') ? found : { ...found, errors: [] }
    },
  )
}

const SampleRow = Type.Record(Type.String(), Type.Unknown())

/** Expected rows are the document's; those that came may hold values of files. */
function rowless(result: TestResult): TestResult {
  return { ...result, ports: result.ports.map((port): PortResult => ({ ...port, changed: [], missing: [], unexpected: [], rows: [] })) }
}
