/** Pipelines: read, write with a version check, validate, open examples. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import { documentHash } from '../audit/auditLog.ts'
import { parseDocument, planHash, readDocument, validate, type PipelineDocument } from '@belay/pipeline'
import { Type } from 'typebox'
import { documentProblems, parsedDocument } from '../pipelines/preparation.ts'
import { checkSecretsRight } from '../pipelines/secretProblems.ts'
import type { PipelineStore, StoredPipeline } from '../storage/pipelineStore.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { answers } from './schemas/answers.ts'

export const IdParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const DocumentBody = Type.Object({ document: Type.Unknown({ description: 'A pipeline document; older formats are brought forward' }) })
const IfMatch = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'The version read, as its ETag. 428 without, 412 when stale.' })),
})

interface PipelineView {
  readonly id: string
  readonly document: PipelineDocument
  readonly version: number
  readonly updatedAtMs: number
  readonly planHash: string
  readonly problems: { readonly errors: number; readonly warnings: number }
}

function view(pipeline: StoredPipeline): PipelineView {
  const problems = validate(pipeline.document, manifests)
  return {
    ...pipeline,
    planHash: planHash(pipeline.document),
    problems: {
      errors: problems.filter((problem) => problem.severity === 'error').length,
      warnings: problems.filter((problem) => problem.severity === 'warning').length,
    },
  }
}

function versionOf(ifMatch: string | undefined): number {
  if (ifMatch === undefined)
    throw new ServerError('VERSION_MISSING', 'Send the version you have read as If-Match, so that nobody overwrites another one unseen.')
  const version = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch.trim())
  if (version === null) throw new ServerError('VERSION_STALE', `If-Match ${ifMatch} is not a version of this pipeline. Read it again.`)
  return Number(version[1])
}

interface ExampleFile {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly document: PipelineDocument
}

/** What a newcomer learns most from comes first. */
const FIRST_EXAMPLES = [
  'flights.json',
  'word-count.json',
  'machine-data.json',
  'auction-leaders.json',
  'late-rows.json',
  'running-mean.json',
]

function rankOf(name: string): number {
  const at = FIRST_EXAMPLES.indexOf(name)
  return at < 0 ? FIRST_EXAMPLES.length : at
}

function readExamples(folder: string): ExampleFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .flatMap((name) => {
      const result = parseDocument(JSON.parse(readFileSync(join(folder, name), 'utf8')))
      if (!result.ok) return []
      const { document } = result
      return [{ id: document.id, name: document.name, description: document.description ?? '', document }]
    })
}

/** Throws PIPELINE_UNKNOWN. */
export function knownPipeline(pipelines: PipelineStore, id: string): StoredPipeline {
  const pipeline = pipelines.get(id)
  if (pipeline === null) throw new ServerError('PIPELINE_UNKNOWN', `There is no pipeline ${id}. Look at the list of pipelines.`)
  return pipeline
}

export function pipelinesRoutes(app: App, services: Services): void {
  const { pipelines, roots, secrets } = services
  const known = (name: string): boolean => secrets.has(name)
  const stored = (id: string): StoredPipeline => knownPipeline(pipelines, id)
  const stale = (id: string): ServerError =>
    new ServerError('VERSION_STALE', 'The pipeline was changed since you read it. Read it again before you write over it.', {
      more: { version: stored(id).version },
    })

  app.get(
    '/pipelines',
    {
      config: { right: 'read-pipelines' },
      schema: {
        operationId: 'listPipelines',
        summary: 'All pipelines, newest first',
        response: answers(200, ['PipelineItem'], 'Pipelines'),
      },
    },
    () =>
      pipelines.list().map((pipeline) => {
        const { document, ...rest } = view(pipeline)
        return { ...rest, name: document.name, operators: document.operators.length }
      }),
  )
  app.post(
    '/pipelines',
    {
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'createPipeline',
        summary: 'Create a pipeline',
        body: DocumentBody,
        response: answers(201, 'PipelineView', 'It is there now', [409]),
      },
    },
    async (request, reply) => {
      const document = parsedDocument(request.body.document)
      request.audited.after = documentHash(document)
      checkSecretsRight(document, request.principal)
      const pipeline = pipelines.create(document, Date.now())
      if (pipeline === null)
        throw new ServerError('PIPELINE_EXISTS', `There is a pipeline ${document.id} already. Choose another id, or change that one.`)
      return reply.status(201).header('etag', `"${pipeline.version}"`).send(view(pipeline))
    },
  )
  app.get(
    '/pipelines/:id',
    {
      config: { right: 'read-pipelines' },
      schema: {
        operationId: 'readPipeline',
        summary: 'One pipeline',
        params: IdParams,
        response: answers(200, 'PipelineView', 'The pipeline; its version is the ETag', [404]),
      },
    },
    async (request, reply) => {
      const pipeline = stored(request.params.id)
      return reply.header('etag', `"${pipeline.version}"`).send(view(pipeline))
    },
  )
  app.put(
    '/pipelines/:id',
    {
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'writePipeline',
        summary: 'Change a pipeline; If-Match names the version read',
        params: IdParams,
        headers: IfMatch,
        body: DocumentBody,
        response: answers(200, 'PipelineView', 'The pipeline as it is now', [404, 412, 428]),
      },
    },
    async (request, reply) => {
      const version = versionOf(request.headers['if-match'])
      const { id, document: before } = stored(request.params.id)
      const document = parsedDocument(request.body.document)
      request.audited = { before: documentHash(before), after: documentHash(document) }
      if (document.id !== id)
        throw new ServerError(
          'DOCUMENT_INVALID',
          `The document has the id ${document.id}, not ${id}. An id is given once; create another pipeline instead.`,
        )
      checkSecretsRight(document, request.principal)
      const pipeline = pipelines.update(document, version, Date.now(), request.principal?.name ?? 'somebody')
      if (pipeline === null) throw stale(id)
      return reply.header('etag', `"${pipeline.version}"`).send(view(pipeline))
    },
  )
  app.delete(
    '/pipelines/:id',
    {
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'deletePipeline',
        summary: 'Delete a pipeline; its runs stay',
        params: IdParams,
        headers: IfMatch,
        response: answers(204, null, 'It is gone', [404, 412, 428]),
      },
    },
    async (request, reply) => {
      const version = versionOf(request.headers['if-match'])
      const { id, document } = stored(request.params.id)
      request.audited.before = documentHash(document)
      if (!pipelines.delete(id, version)) throw stale(id)
      return reply.status(204).send()
    },
  )
  app.post(
    '/pipelines/:id/validate',
    {
      config: { right: 'read-pipelines' },
      schema: {
        operationId: 'validatePipeline',
        summary: 'Everything wrong with a stored pipeline',
        params: IdParams,
        response: answers(200, 'Problems', 'Empty if nothing is wrong', [404]),
      },
    },
    async (request) => ({ problems: await documentProblems(stored(request.params.id).document, roots, known) }),
  )
  app.post(
    '/validate',
    {
      config: { right: 'read-pipelines' },
      schema: {
        operationId: 'validateDocument',
        summary: 'Everything wrong with a document',
        body: DocumentBody,
        response: answers(200, 'Problems', 'Empty if nothing is wrong'),
      },
    },
    async (request) => {
      const result = readDocument(request.body.document, manifests)
      return { problems: result.ok ? await documentProblems(result.document, roots, known) : result.problems }
    },
  )

  app.get(
    '/examples',
    {
      config: { right: 'read-pipelines' },
      schema: { operationId: 'listExamples', summary: 'Pipelines to begin with', response: answers(200, ['Example'], 'Examples') },
    },
    () => readExamples(services.examples),
  )
  app.post(
    '/examples/:id/open',
    {
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'openExample',
        summary: 'The example as a pipeline of your own; the one that is there if it has been opened before',
        params: IdParams,
        response: answers(200, 'PipelineView', 'The pipeline', [404]),
      },
    },
    async (request, reply) => {
      const example = readExamples(services.examples).find((candidate) => candidate.id === request.params.id)
      if (example === undefined)
        throw new ServerError('EXAMPLE_UNKNOWN', `There is no example ${request.params.id}. Look at /api/examples.`)
      const pipeline = pipelines.get(example.id) ?? pipelines.create(example.document, Date.now()) ?? stored(example.id)
      return reply.header('etag', `"${pipeline.version}"`).send(view(pipeline))
    },
  )
}
