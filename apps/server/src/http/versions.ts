/** Versions of a pipeline that were saved: list, read, name. */
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { IdParams, knownPipeline } from './pipelines.ts'
import { ServerError } from './problems.ts'
import { answers } from './schemas/answers.ts'

const VersionParams = Type.Object({ id: Type.String({ maxLength: 64 }), version: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }) })

export function versionsRoutes(app: App, services: Services): void {
  const { pipelines } = services
  const known = (id: string): string => knownPipeline(pipelines, id).document.id
  const unknown = (id: string, version: string): ServerError =>
    new ServerError('VERSION_UNKNOWN', `There is no version ${version} of ${id}, or it is no longer kept. Look at the list of versions.`)

  app.get(
    '/pipelines/:id/versions',
    {
      config: { right: 'read-pipelines' },
      schema: {
        operationId: 'listPipelineVersions',
        summary: 'Versions that were saved, newest first',
        params: IdParams,
        response: answers(200, ['SavedVersion'], 'Versions', [404]),
      },
    },
    (request) => pipelines.versions(known(request.params.id)),
  )
  app.get(
    '/pipelines/:id/versions/:version',
    {
      config: { right: 'read-pipelines' },
      schema: {
        operationId: 'readPipelineVersion',
        summary: 'The pipeline as it was saved then',
        params: VersionParams,
        response: answers(200, 'PipelineDocument', 'The document', [404]),
      },
    },
    (request) => {
      const { id, version } = request.params
      const document = pipelines.version(known(id), Number(version))
      if (document === null) throw unknown(id, version)
      return document
    },
  )
  app.put(
    '/pipelines/:id/versions/:version',
    {
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'namePipelineVersion',
        summary: 'Give a version a name, or take it away; what has a name is kept for ever',
        params: VersionParams,
        body: Type.Object({ name: Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 100 }) }),
        response: answers(200, ['SavedVersion'], 'Versions', [404]),
      },
    },
    (request) => {
      const { id, version } = request.params
      const name = request.body.name?.trim() ?? ''
      if (!pipelines.nameVersion(known(id), Number(version), name === '' ? null : name)) throw unknown(id, version)
      return pipelines.versions(id)
    },
  )
}
