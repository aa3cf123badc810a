/** Files under the roots: list, read the columns of one, bring one in. */
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { inspectFile } from '../pipelines/inspection.ts'
import { filesNamed, listFolder, resolveFile } from '../storage/roots.ts'
import { receiveFile } from '../storage/upload.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { answers } from './schemas/answers.ts'

const config = { right: 'read-files' as const }

export function filesRoutes(app: App, services: Services): void {
  const { roots } = services
  app.get(
    '/roots',
    {
      config,
      schema: {
        operationId: 'listRoots',
        summary: 'Folders that operators may name files in',
        response: answers(200, ['Root'], 'Roots'),
      },
    },
    () => Object.entries(roots).map(([name, root]) => ({ name, writable: root.writable })),
  )
  app.get(
    '/files',
    {
      config,
      schema: {
        operationId: 'listFiles',
        summary: 'What lies in a folder of a root: folders first, at most 1000 entries',
        querystring: Type.Object({
          root: Type.String({ maxLength: 100 }),
          path: Type.Optional(Type.String({ maxLength: 4096, description: 'Relative to the root; empty = the root itself' })),
        }),
        response: answers(200, ['FileEntry'], 'Entries', [404]),
      },
    },
    (request) => listFolder(roots, request.query.root, request.query.path ?? ''),
  )
  app.post(
    '/files/inspect',
    {
      // Its first rows are data.
      config: { right: 'see-data' },
      schema: {
        operationId: 'inspectFile',
        summary: 'Columns and first rows of a file, and the source that reads it',
        body: Type.Object({
          file: Type.String({ maxLength: 4096, description: 'root:path; of a folder or a pattern the first file' }),
          sampleRows: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: 20, description: 'At most so many first rows' })),
        }),
        response: answers(200, 'FileInspection', 'What is in it', [404]),
      },
    },
    async (request) => {
      const { file, sampleRows } = request.body
      const [first] = filesNamed(roots, file)
      const path = first === undefined ? null : resolveFile(roots, first).path
      if (path === null || !existsSync(path))
        throw new ServerError('FILE_NOT_FOUND', `${file} is not there. Put the file there, or choose another.`)
      return inspectFile(path, file, sampleRows)
    },
  )

  void app.register(async (scope) => {
    // The body goes to the disk as it comes; the limit of bodies in memory is not its.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    scope.withTypeProvider<TypeBoxTypeProvider>().put(
      '/files',
      {
        config: { right: 'write-files' },
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          operationId: 'uploadFile',
          summary: 'Brings a file into a root; where the name is taken, it gets a number',
          description: 'The body is the file, as application/octet-stream.',
          querystring: Type.Object({ file: Type.String({ minLength: 3, maxLength: 1024, description: 'root:path' }) }),
          response: answers(201, 'UploadedFile', 'Where it lies now', [403, 413, 415]),
        },
      },
      async (request, reply) => {
        if (request.headers['content-type'] !== 'application/octet-stream')
          throw new ServerError('CONTENT_TYPE_REFUSED', 'Send the file itself, as application/octet-stream.')
        const uploaded = await receiveFile(roots, request.query.file, request.body as Readable)
        return reply.status(201).send(uploaded)
      },
    )
  })
}
