import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { RouteOptions } from 'fastify'
import { withPlaces } from '@belay/pipeline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../src/http/app.ts'
import { isProblemCode } from '../src/http/problems.ts'
import type { Right } from '../src/http/rights.ts'
import { ask, testApp, type TestApp } from './support/app.ts'
import { numbers } from './support/documents.ts'
import { receiveFile } from '../src/storage/upload.ts'
import { clientInterface } from './support/clientInterface.ts'
import { wrongWith, type OpenApi } from './support/openApi.ts'

let own: TestApp

beforeAll(async () => {
  own = await testApp()
})

afterAll(() => own.close())

describe('rights', () => {
  /** The documented table. A route that is new or gone has to be written down here. */
  const TABLE: Readonly<Record<string, Right>> = {
    'PUT /api/account/password': 'use-account',
    'GET /api/alerts': 'read-alerts',
    'POST /api/alerts/:id/acknowledge': 'write-alerts',
    'GET /api/alerts/rules': 'read-alerts',
    'POST /api/alerts/rules': 'write-alerts',
    'POST /api/alerts/rules/preview': 'read-alerts',
    'PUT /api/alerts/rules/:id': 'write-alerts',
    'DELETE /api/alerts/rules/:id': 'write-alerts',
    'POST /api/alerts/rules/:id/test': 'write-alerts',
    'GET /api/audit': 'read-audit',
    'GET /api/audit/export': 'read-audit',
    'GET /api/examples': 'read-pipelines',
    'POST /api/examples/:id/open': 'write-pipelines',
    'GET /api/files': 'read-files',
    'PUT /api/files': 'write-files',
    'POST /api/files/inspect': 'see-data',
    'GET /api/openapi.json': 'read-pipelines',
    'GET /api/operators': 'read-pipelines',
    'GET /api/operators/:type/manifest.js': 'read-pipelines',
    'GET /api/pipelines': 'read-pipelines',
    'POST /api/pipelines': 'write-pipelines',
    'GET /api/pipelines/:id': 'read-pipelines',
    'PUT /api/pipelines/:id': 'write-pipelines',
    'DELETE /api/pipelines/:id': 'write-pipelines',
    'POST /api/pipelines/:id/validate': 'read-pipelines',
    'GET /api/pipelines/:id/versions': 'read-pipelines',
    'GET /api/pipelines/:id/versions/:version': 'read-pipelines',
    'PUT /api/pipelines/:id/versions/:version': 'write-pipelines',
    'GET /api/roots': 'read-files',
    'GET /api/runs': 'read-runs',
    'POST /api/runs': 'start-runs',
    'GET /api/runs/:id': 'read-runs',
    'DELETE /api/runs/:id': 'delete-runs',
    'GET /api/runs/:id/checkpoints': 'read-runs',
    'POST /api/runs/:id/checkpoint-interval': 'command-runs',
    'POST /api/runs/:id/checkpoints': 'command-runs',
    'GET /api/runs/:id/checkpoints/:manifest/state': 'read-runs',
    'GET /api/runs/:id/checkpoints/:manifest/state/changes': 'see-data',
    'GET /api/runs/:id/checkpoints/:manifest/state/keys': 'see-data',
    'GET /api/runs/:id/events': 'read-runs',
    'GET /api/runs/:id/export': 'read-runs',
    'GET /api/runs/:id/history': 'read-runs',
    'POST /api/runs/:id/kill': 'command-runs',
    'POST /api/runs/:id/operators/:operator/kill': 'command-runs',
    'POST /api/runs/:id/operators/:operator/config': 'command-runs',
    'GET /api/runs/:id/logs': 'read-runs',
    'POST /api/runs/:id/operators/:operator/log-level': 'command-runs',
    'POST /api/runs/:id/operators/:operator/on-row-error': 'command-runs',
    'POST /api/runs/:id/operators/:operator/row-error-rules': 'command-runs',
    'GET /api/runs/:id/row-errors': 'read-runs',
    'POST /api/runs/:id/row-errors/file': 'write-files',
    'POST /api/script-columns': 'write-pipelines',
    'GET /api/runs/:id/state/key': 'see-data',
    'GET /api/runs/:id/streams/:stream/peek': 'see-data',
    'GET /api/runs/:id/row-errors/rows': 'see-data',
    'POST /api/runs/:id/operators/:operator/restore': 'command-runs',
    'POST /api/runs/:id/operators/:operator/stack': 'command-runs',
    'POST /api/runs/:id/operators/:operator/profile': 'command-runs',
    'POST /api/runs/:id/operators/:operator/rows': 'send-rows',
    'POST /api/runs/:id/pause': 'command-runs',
    'GET /api/runs/:id/preview': 'read-runs',
    'POST /api/runs/:id/restore': 'command-runs',
    'POST /api/runs/:id/resume': 'command-runs',
    'GET /api/runs/:id/snapshot': 'read-runs',
    'GET /api/runs/:id/standing': 'read-runs',
    'POST /api/runs/:id/stop': 'command-runs',
    'GET /api/secrets': 'use-secrets',
    'PUT /api/secrets/:name': 'manage-secrets',
    'DELETE /api/secrets/:name': 'manage-secrets',
    'GET /api/session': 'open',
    'POST /api/session': 'sign-in',
    'DELETE /api/session': 'use-account',
    'POST /api/session/oidc': 'sign-in',
    'POST /api/setup': 'sign-in',
    'GET /api/tokens': 'read-account',
    'POST /api/tokens': 'use-account',
    'DELETE /api/tokens/:id': 'use-account',
    'GET /api/users': 'read-users',
    'POST /api/users': 'manage-users',
    'PUT /api/users/:name': 'manage-users',
    'DELETE /api/users/:name': 'manage-users',
    'POST /api/tests': 'write-pipelines',
    'POST /api/tries': 'write-pipelines',
    'POST /api/validate': 'read-pipelines',
    'GET /api/webhooks': 'read-alerts',
    'POST /api/webhooks': 'write-webhooks',
    'GET /api/webhooks/deliveries': 'read-alerts',
    'PUT /api/webhooks/:id': 'write-webhooks',
    'DELETE /api/webhooks/:id': 'write-webhooks',
    'POST /api/webhooks/:id/test': 'write-webhooks',
    'GET /livez': 'open',
    'GET /metrics': 'read-metrics',
    'GET /readyz': 'open',
  }

  test('D11 every route has the right that the table gives it', () => {
    const found: Record<string, string | undefined> = {}
    for (const { method, url, config } of own.routes)
      for (const one of [method].flat())
        if (one !== 'HEAD' && (url.startsWith('/api') || url.endsWith('z') || url === '/metrics')) found[`${one} ${url}`] = config?.right
    expect(found).toEqual(TABLE)
  })

  test('what lies outside /api and needs no right only reads', () => {
    const open = own.routes.filter(({ config }) => config?.right === 'open')
    expect(open.length).toBeGreaterThan(0)
    for (const { method, url } of open) {
      expect([method].flat().filter((one) => one !== 'GET' && one !== 'HEAD')).toEqual([])
      if (url !== '/api/session') expect(url).not.toMatch(/^\/(api|live)(\/|$)/)
    }
    expect(own.routes.filter(({ config }) => config?.right === undefined)).toEqual([])
  })

  test.each<Pick<RouteOptions, 'method' | 'url'>>([
    { method: 'GET', url: '/api/secret' },
    { method: 'POST', url: '/elsewhere' },
  ])('a route without a right cannot be added: $method $url', async (route) => {
    const other = await createApp(own.services)
    expect(() => other.route({ ...route, handler: () => 'secret' })).toThrow(/has no right/)
    await other.close()
  })
})

describe('who asks', () => {
  test.each([
    ['a foreign host', { host: 'evil.example' }, 421, 'HOST_REFUSED'],
    ['a host that looks like ours', { host: '127.0.0.1.evil.example:4600' }, 421, 'HOST_REFUSED'],
    ['another host in the local net', { host: '192.168.0.7:4600' }, 421, 'HOST_REFUSED'],
    ['a foreign origin', { origin: 'https://evil.example' }, 403, 'ORIGIN_REFUSED'],
    ['another port of this machine', { origin: 'http://127.0.0.1:8080' }, 403, 'ORIGIN_REFUSED'],
    ['the other scheme', { origin: 'https://127.0.0.1:4600' }, 403, 'ORIGIN_REFUSED'],
    ['a sandboxed page', { origin: 'null' }, 403, 'ORIGIN_REFUSED'],
    ['a page that sends no origin', { 'sec-fetch-site': 'cross-site' }, 403, 'ORIGIN_REFUSED'],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }, 403, 'ORIGIN_REFUSED'],
  ])('D11 %s is refused on every route of the interface', async (_who, headers, status, code) => {
    for (const { method, url } of own.routes) {
      const one = [method].flat()[0] as 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
      if (!url.startsWith('/api') || one === 'HEAD') continue
      const answer = await ask(own.app, one, url.replaceAll(/:\w+/g, 'x'), one === 'GET' || one === 'DELETE' ? undefined : {}, headers)
      expect({ url, status: answer.status, code: answer.body.code }).toEqual({ url, status, code })
    }
  })

  test.each<Record<string, string>>([
    { host: 'localhost:4600' },
    { host: 'LOCALHOST:4600' },
    { host: '[::1]:4600' },
    { origin: 'http://127.0.0.1:4600' },
    { 'sec-fetch-site': 'same-origin' },
  ])('our own page is served: %o', async (headers) => {
    const answer = await ask(own.app, 'GET', '/api/runs', undefined, headers)
    expect(answer.status).toBe(200)
  })

  test('a link from elsewhere may lead to the page, not to data', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await ask(own.app, 'GET', '/runs/x', undefined, headers)).status).not.toBe(403)
    expect((await ask(own.app, 'GET', '/api/runs', undefined, headers)).status).toBe(403)
  })

  test('answers carry the headers that keep browsers in', async () => {
    for (const url of ['/api/runs', '/api/nothing', '/', '/livez']) {
      const { headers } = await ask(own.app, 'GET', url)
      expect(headers['content-security-policy']).toMatch(/script-src 'self';/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['x-frame-options']).toBe('DENY')
    }
  })
})

describe('problems', () => {
  test.each<[string, Parameters<typeof ask>[1], string, unknown, number, string]>([
    ['an unknown path', 'GET', '/api/nothing', undefined, 404, 'NOT_FOUND'],
    ['a wrong method', 'PUT', '/api/runs', {}, 404, 'NOT_FOUND'],
    ['an unknown pipeline', 'GET', '/api/pipelines/none', undefined, 404, 'PIPELINE_UNKNOWN'],
    ['an unknown pipeline to validate', 'POST', '/api/pipelines/none/validate', undefined, 404, 'PIPELINE_UNKNOWN'],
    ['an unknown example', 'POST', '/api/examples/none/open', {}, 404, 'EXAMPLE_UNKNOWN'],
    ['an unknown run', 'GET', '/api/runs/none', undefined, 404, 'RUN_UNKNOWN'],
    ['a snapshot of an unknown run', 'GET', '/api/runs/none/snapshot', undefined, 404, 'RUN_UNKNOWN'],
    ['events of an unknown run', 'GET', '/api/runs/none/events', undefined, 404, 'RUN_UNKNOWN'],
    ['checkpoints of an unknown run', 'GET', '/api/runs/none/checkpoints', undefined, 404, 'RUN_UNKNOWN'],
    ['figures over time of an unknown run', 'GET', '/api/runs/none/history', undefined, 404, 'RUN_UNKNOWN'],
    ['state of an unknown run', 'GET', '/api/runs/none/checkpoints/1/state', undefined, 404, 'RUN_UNKNOWN'],
    ['keys of an unknown run', 'GET', '/api/runs/none/checkpoints/1/state/keys?instance=x', undefined, 404, 'RUN_UNKNOWN'],
    ['changes of an unknown run', 'GET', '/api/runs/none/checkpoints/2/state/changes?instance=x&since=1', undefined, 404, 'RUN_UNKNOWN'],
    ['a preview of an unknown run', 'GET', '/api/runs/none/preview?operator=x', undefined, 404, 'RUN_UNKNOWN'],
    ['a command to an unknown run', 'POST', '/api/runs/none/stop', { commandId: 'c' }, 404, 'RUN_UNKNOWN'],
    ['a kill in an unknown run', 'POST', '/api/runs/none/operators/x/kill', { commandId: 'c' }, 404, 'RUN_UNKNOWN'],
    ['the deletion of an unknown run', 'DELETE', '/api/runs/none', undefined, 404, 'RUN_UNKNOWN'],
    ['a run id that leaves the folder', 'GET', '/api/runs/..%2f..%2fetc', undefined, 404, 'RUN_UNKNOWN'],
    ['the deletion of a run id that leaves the folder', 'DELETE', '/api/runs/..%2fruns', undefined, 400, 'RUN_ID_INVALID'],
    ['a command without an id', 'POST', '/api/runs/none/stop', {}, 400, 'REQUEST_INVALID'],
    ['an unknown mode', 'POST', '/api/runs/none/stop', { commandId: 'c', mode: 'gently' }, 400, 'REQUEST_INVALID'],
    ['a text for a switch', 'POST', '/api/runs/none/operators/x/kill', { commandId: 'c', hold: 'false' }, 400, 'REQUEST_INVALID'],
    ['an unknown verb', 'POST', '/api/runs/none/restore', { commandId: 'c', manifest: 1, verbs: { x: 'drop' } }, 400, 'REQUEST_INVALID'],
    ['a limit that is too high', 'GET', '/api/runs/none/events?limit=1000000', undefined, 400, 'REQUEST_INVALID'],
    ['JSON that is none', 'POST', '/api/validate', '{"document":', 400, 'REQUEST_INVALID'],
    ['a document that is none', 'POST', '/api/pipelines', { document: { format: 1, id: 'X' } }, 400, 'DOCUMENT_INVALID'],
    ['a document of a newer version', 'POST', '/api/pipelines', { document: { format: 99 } }, 400, 'DOCUMENT_NEWER'],
    ['nothing to run', 'POST', '/api/runs', { commandId: 'c' }, 400, 'REQUEST_INVALID'],
    ['two things to run', 'POST', '/api/runs', { pipelineId: 'a', document: {} }, 400, 'REQUEST_INVALID'],
    ['a run of an unknown pipeline', 'POST', '/api/runs', { pipelineId: 'none' }, 404, 'PIPELINE_UNKNOWN'],
    ['a run with an unknown parameter', 'POST', '/api/runs', { document: numbers(), parameters: { sped: 1 } }, 400, 'PARAMETERS_INVALID'],
    ['a run with a text for a number', 'POST', '/api/runs', { document: numbers(), parameters: { speed: '1' } }, 400, 'PARAMETERS_INVALID'],
    ['a run with a list for a number', 'POST', '/api/runs', { document: numbers(), parameters: { speed: [1] } }, 400, 'REQUEST_INVALID'],
    ['a run of a pipeline with errors', 'POST', '/api/runs', { document: { ...numbers(), streams: [] } }, 422, 'PIPELINE_HAS_ERRORS'],
    ['a file that is not there', 'POST', '/api/files/inspect', { file: 'home:none.csv' }, 404, 'FILE_NOT_FOUND'],
    ['a folder that is not there', 'GET', '/api/files?root=home&path=none', undefined, 404, 'FOLDER_NOT_FOUND'],
  ])('%s: %s %s', async (_what, method, url, body, status, code) => {
    const answer = await ask(own.app, method, url, body)
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code })
    expect(answer.type).toMatch(/^application\/problem\+json/)
    expect(answer.body).toMatchObject({ type: `urn:belay:problem:${code.toLowerCase().replaceAll('_', '-')}`, status })
    expect(answer.body.title).toMatch(/./)
    expect(answer.body.detail).toMatch(/ .*\.$/s)
  })

  test('every reason for which a run refuses a command is in the catalogue', () => {
    const job = join(import.meta.dirname, '..', '..', '..', 'packages', 'engine', 'src', 'job')
    const codes = readdirSync(job).flatMap((name) =>
      [...readFileSync(join(job, name), 'utf8').matchAll(/refuse\(\s*draft,\s*command,\s*'(\w+)'/g)].map(([, code]) => code),
    )
    expect(codes.length).toBeGreaterThan(10)
    expect(codes.filter((code) => !isProblemCode(code))).toEqual([])
  })

  test('a body over 1 MB is refused', async () => {
    const answer = await ask(own.app, 'POST', '/api/validate', { document: { text: 'x'.repeat(1_100_000) } })
    expect([answer.status, answer.body.code]).toEqual([413, 'BODY_TOO_LARGE'])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/octet-stream'])(
    'a body of another type is refused: %s',
    async (type) => {
      const answer = await ask(own.app, 'POST', '/api/validate', JSON.stringify({ document: numbers() }), { 'content-type': type })
      expect([answer.status, answer.body.code]).toEqual([415, 'CONTENT_TYPE_REFUSED'])
    },
  )

  test.each(['{"document":{"__proto__":{"x":1}}}', '{"document":{"constructor":{"prototype":{"x":1}}}}'])(
    'a body that reaches for prototypes is refused: %s',
    async (body) => {
      const answer = await ask(own.app, 'POST', '/api/validate', body)
      expect([answer.status, answer.body.code]).toEqual([400, 'REQUEST_INVALID'])
    },
  )
})

describe('pipelines', () => {
  test('are created once, read with a version, written with If-Match, and deleted', async () => {
    const { app } = own
    const document = numbers({ id: 'written' })
    const created = await ask(app, 'POST', '/api/pipelines', { document })
    expect([created.status, created.headers['etag'], created.body.version]).toEqual([201, '"1"', 1])
    expect((await ask(app, 'POST', '/api/pipelines', { document })).body.code).toBe('PIPELINE_EXISTS')
    const read = await ask(app, 'GET', '/api/pipelines/written')
    expect(read.body.document).toEqual(withPlaces(document))
    expect(read.headers['etag']).toBe('"1"')

    const changed = { document: { ...document, name: 'Changed' } }
    const without = await ask(app, 'PUT', '/api/pipelines/written', changed)
    expect([without.status, without.body.code]).toEqual([428, 'VERSION_MISSING'])
    const first = await ask(app, 'PUT', '/api/pipelines/written', changed, { 'if-match': '"1"' })
    expect([first.status, first.headers['etag'], first.body.document.name]).toEqual([200, '"2"', 'Changed'])
    const stale = await ask(app, 'PUT', '/api/pipelines/written', { document }, { 'if-match': '"1"' })
    expect([stale.status, stale.body.code, stale.body.version]).toEqual([412, 'VERSION_STALE', 2])
    for (const wrong of ['*', '"x"', '2.0', '1e0', '-1', ''])
      expect((await ask(app, 'PUT', '/api/pipelines/written', { document }, { 'if-match': wrong })).status).toBe(412)
    expect((await ask(app, 'GET', '/api/pipelines/written')).body).toMatchObject({ version: 2, document: { name: 'Changed' } })

    const other = await ask(app, 'PUT', '/api/pipelines/written', { document: { ...document, id: 'other' } }, { 'if-match': '"2"' })
    expect([other.status, other.body.code]).toEqual([400, 'DOCUMENT_INVALID'])

    expect((await ask(app, 'DELETE', '/api/pipelines/written')).status).toBe(428)
    expect((await ask(app, 'DELETE', '/api/pipelines/written', undefined, { 'if-match': '"1"' })).status).toBe(412)
    expect((await ask(app, 'DELETE', '/api/pipelines/written', undefined, { 'if-match': '"2"' })).status).toBe(204)
    expect((await ask(app, 'GET', '/api/pipelines/written')).status).toBe(404)
  })

  test('only one of many writers with the same version wins', async () => {
    const { app } = own
    const document = numbers({ id: 'contested' })
    await ask(app, 'POST', '/api/pipelines', { document })
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        ask(app, 'PUT', '/api/pipelines/contested', { document: { ...document, name: `n${n}` } }, { 'if-match': '"1"' }),
      ),
    )
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 412, 412, 412, 412])
    const winner = answers.find(({ status }) => status === 200)
    expect((await ask(app, 'GET', '/api/pipelines/contested')).body).toEqual(winner?.body)
  })

  test('an operator of an unknown type is kept and shown, but does not run', async () => {
    const { app } = own
    const document = numbers({ id: 'unknown-type' })
    document.operators[1] = { ...document.operators[1], type: 'teleport', config: { to: 'mars' } }
    expect((await ask(app, 'POST', '/api/pipelines', { document })).status).toBe(201)
    expect((await ask(app, 'GET', '/api/pipelines/unknown-type')).body.document).toEqual(withPlaces(document))
    const { body } = await ask(app, 'POST', '/api/pipelines/unknown-type/validate')
    expect(body.problems.find((problem: { code: string }) => problem.code === 'UNKNOWN_OPERATOR_TYPE')).toMatchObject({
      severity: 'error',
      place: { operator: 'some' },
    })
    const started = await ask(app, 'POST', '/api/runs', { pipelineId: 'unknown-type' })
    expect([started.status, started.body.code]).toEqual([422, 'PIPELINE_HAS_ERRORS'])
    expect(started.body.problems[0].message).toMatch(/teleport.*Update Belay, .*or remove it/)
  })

  test('names of object members are no operator types', async () => {
    for (const type of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const document = numbers()
      document.operators[1] = { ...document.operators[1], type }
      const { status, body } = await ask(own.app, 'POST', '/api/validate', { document })
      expect(status).toBe(200)
      expect(body.problems.map((problem: { code: string }) => problem.code)).toContain('UNKNOWN_OPERATOR_TYPE')
    }
  })

  test('every saved version is kept, can be read again and named; a deleted pipeline leaves none', async () => {
    const { app } = own
    const document = numbers({ id: 'kept' })
    await ask(app, 'POST', '/api/pipelines', { document })
    for (const version of [1, 2])
      await ask(app, 'PUT', '/api/pipelines/kept', { document: { ...document, name: `Name ${version}` } }, { 'if-match': `"${version}"` })
    // Refused: it is not the newest, so it makes no version.
    expect((await ask(app, 'PUT', '/api/pipelines/kept', { document }, { 'if-match': '"1"' })).status).toBe(412)
    const listed = (await ask(app, 'GET', '/api/pipelines/kept/versions')).body as { version: number; name: string | null }[]
    expect(listed.map(({ version, name }) => [version, name])).toEqual([
      [3, null],
      [2, null],
      [1, null],
    ])
    expect((await ask(app, 'GET', '/api/pipelines/kept/versions/1')).body).toEqual(withPlaces(document))
    expect((await ask(app, 'GET', '/api/pipelines/kept/versions/2')).body.name).toBe('Name 1')
    const named = await ask(app, 'PUT', '/api/pipelines/kept/versions/1', { name: ' before the rebuild ' })
    expect(named.body.at(-1)).toMatchObject({ version: 1, name: 'before the rebuild' })
    for (const [method, url] of [
      ['GET', 'versions/9'],
      ['PUT', 'versions/9'],
    ] as const)
      expect((await ask(app, method, `/api/pipelines/kept/${url}`, method === 'PUT' ? { name: 'x' } : undefined)).body.code).toBe(
        'VERSION_UNKNOWN',
      )
    await ask(app, 'DELETE', '/api/pipelines/kept', undefined, { 'if-match': '"3"' })
    expect((await ask(app, 'GET', '/api/pipelines/kept/versions')).status).toBe(404)
    await ask(app, 'POST', '/api/pipelines', { document })
    expect((await ask(app, 'GET', '/api/pipelines/kept/versions')).body).toHaveLength(1)
  })

  test('versions without a name are bounded, those with one are kept', () => {
    const { pipelines } = own.services
    const document = numbers({ id: 'often' })
    pipelines.create(document, 1)
    pipelines.nameVersion('often', 1, 'first')
    for (let version = 1; version <= 210; version += 1) pipelines.update({ ...document, name: `n${version}` }, version, version + 1, 'ana')
    const versions = pipelines.versions('often')
    expect(versions).toHaveLength(201)
    expect([versions[0]?.version, versions.at(-1)]).toEqual([211, { version: 1, savedAtMs: 1, name: 'first' }])
  })

  test('examples open as pipelines, and the same one again', async () => {
    const { app } = own
    const examples = (await ask(app, 'GET', '/api/examples')).body as { id: string }[]
    expect(examples.map(({ id }) => id)[0]).toBe('flights')
    expect(examples.length).toBeGreaterThanOrEqual(16)
    for (const { id } of examples) {
      const opened = await ask(app, 'POST', `/api/examples/${id}/open`, {})
      expect([opened.status, opened.body.id, opened.body.problems.errors]).toEqual([200, id, 0])
      expect((await ask(app, 'POST', `/api/examples/${id}/open`, {})).body).toEqual(opened.body)
    }
  })
})

describe('files', () => {
  test('are listed with folders first, without hidden ones and links', async () => {
    const { files } = own.home
    mkdirSync(join(files, 'listed', 'inner'), { recursive: true })
    writeFileSync(join(files, 'listed', 'b.csv'), 'x\n1\n')
    writeFileSync(join(files, 'listed', '.hidden'), '')
    symlinkSync('/etc/passwd', join(files, 'listed', 'link'))
    const { body } = await ask(own.app, 'GET', '/api/files?root=home&path=listed')
    expect(body).toEqual([
      { name: 'inner', file: 'home:listed/inner', kind: 'folder', sizeBytes: expect.any(Number) },
      { name: 'b.csv', file: 'home:listed/b.csv', kind: 'file', sizeBytes: 4 },
    ])
  })

  test('are inspected with a config that reads them', async () => {
    writeFileSync(join(own.home.files, 'seen.csv'), 'name,size\na,1\nb,2\n')
    const { body } = await ask(own.app, 'POST', '/api/files/inspect', { file: 'home:seen.csv' })
    expect(body).toMatchObject({ format: 'csv', operatorType: 'csv-source', config: { file: 'home:seen.csv' } })
    expect(body.columns.map((column: { name: string }) => column.name)).toEqual(['name', 'size'])
  })

  test('of a folder or a pattern are looked into by the first, and checked with the pipeline', async () => {
    mkdirSync(join(own.home.files, 'days'))
    writeFileSync(join(own.home.files, 'days', '1.csv'), 'name,size\na,1\n')
    writeFileSync(join(own.home.files, 'days', '2.csv'), 'other\n1\n')
    const { body } = await ask(own.app, 'POST', '/api/files/inspect', { file: 'home:days/*.csv' })
    expect(body).toMatchObject({ operatorType: 'csv-source', config: { file: 'home:days/*.csv' } })
    const codes = async (file: string, follow: boolean): Promise<unknown> => {
      const config = { ...body.config, file, follow }
      const document = {
        ...numbers({ id: 'days' }),
        operators: [{ id: 'days', type: 'csv-source', typeVersion: 1, name: 'days', config }],
        streams: [],
      }
      const answer = await ask(own.app, 'POST', '/api/validate', { document })
      const problems = answer.body.problems as { code: string; severity: string; place: { configPath?: string } }[]
      return problems
        .filter(({ place }) => place.configPath === '/file' || place.configPath === '/columns')
        .map(({ code, severity }) => [code, severity])
    }
    expect(await codes('home:days/', false)).toEqual([])
    expect(await codes('home:days/2*', false)).toEqual([['COLUMN_NOT_IN_FILE', 'error']])
    expect(await codes('home:days/none*', false)).toEqual([['FILE_NOT_FOUND', 'error']])
    expect(await codes('home:days/none*', true)).toEqual([['FILE_NOT_FOUND', 'info']])
    expect(await codes('home:../*', true)).toEqual([['FILE_NAME_REFUSED', 'error']])
  })

  const upload = (file: string, body: string | Buffer) =>
    own.app.inject({
      method: 'PUT',
      url: `/api/files?file=${encodeURIComponent(file)}`,
      headers: { host: '127.0.0.1', 'content-type': 'application/octet-stream' },
      payload: body,
    })

  test('are brought in whole, numbered where the name is taken, and larger than any other body may be', async () => {
    const large = Buffer.alloc(3_000_000, 'x')
    expect(JSON.parse((await upload('home:uploads/rows.csv', large)).body)).toEqual({ file: 'home:uploads/rows.csv', sizeBytes: 3_000_000 })
    const second = await upload('home:uploads/rows.csv', 'a\n1\n')
    expect([second.statusCode, JSON.parse(second.body)]).toEqual([201, { file: 'home:uploads/rows-2.csv', sizeBytes: 4 }])
    expect(readFileSync(join(own.home.files, 'uploads', 'rows.csv')).equals(large)).toBe(true)
    // Nothing half is left beside them.
    expect(readdirSync(join(own.home.files, 'uploads')).sort()).toEqual(['rows-2.csv', 'rows.csv'])
  })

  test('are refused where nothing can be put, under hidden names and as another type', async () => {
    const codes = async (file: string): Promise<unknown> => (JSON.parse((await upload(file, 'x')).body) as { code: string }).code
    expect(await codes('demo:new.csv')).toBe('ROOT_READ_ONLY')
    expect(await codes('home:.hidden')).toBe('FILE_NAME_REFUSED')
    expect(await codes('home:folder/')).toBe('FILE_NAME_REFUSED')
    expect(await codes('home:../out.csv')).toBe('FILE_NAME_REFUSED')
    const json = await ask(own.app, 'PUT', '/api/files?file=home:a.csv', {})
    expect([json.status, json.body.code]).toEqual([415, 'CONTENT_TYPE_REFUSED'])
  })

  test('one that is larger than the limit leaves nothing behind', async () => {
    const folder = join(own.home.files, 'limited')
    await expect(
      receiveFile(own.services.roots, 'home:limited/a.csv', Readable.from([Buffer.alloc(600), Buffer.alloc(600)]), 1000),
    ).rejects.toMatchObject({
      code: 'FILE_TOO_LARGE',
    })
    expect(readdirSync(folder)).toEqual([])
  })

  const OUTSIDE = [
    '../secret',
    'a/../../secret',
    '/etc/passwd',
    '..',
    './../secret',
    '..\\secret',
    'a\\..\\..\\secret',
    'x\0.csv',
    'link/passwd',
    'link/new/file',
    'a/../../../../../../etc/passwd',
  ]

  test.each(['home', 'demo'].flatMap((root) => OUTSIDE.map((path) => `${root}:${path}`)))(
    '%j leaves its root and is refused',
    async (file) => {
      try {
        symlinkSync('/etc', join(own.home.files, 'link'))
      } catch {
        // There since the test before.
      }
      const answer = await ask(own.app, 'POST', '/api/files/inspect', { file })
      if (file.startsWith('demo:link')) expect(answer.body.code).toBe('FILE_NOT_FOUND')
      else expect([answer.status, answer.body.code]).toEqual([400, 'FILE_NAME_REFUSED'])
      const [root, path] = [file.slice(0, 4), file.slice(5)]
      const listed = await ask(own.app, 'GET', `/api/files?root=${root}&path=${encodeURIComponent(path)}`)
      expect(listed.status).toBeGreaterThanOrEqual(400)
      expect(listed.status).toBeLessThan(500)
    },
  )

  test.each(['etc:passwd', 'passwd', ':x', 'constructor:x', 'HOME:x', 'cwd:x', 'file:///etc/passwd', ''])(
    '%j begins with no root and is refused',
    async (file) => {
      const answer = await ask(own.app, 'POST', '/api/files/inspect', { file })
      expect([answer.status, answer.body.code]).toEqual([400, 'FILE_NAME_REFUSED'])
    },
  )

  test.each([
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/..%252f..%252fpackage.json',
    '/.%00/x',
  ])('the page folder gives nothing outside it: %s', async (url) => {
    const answer = await ask(own.app, 'GET', url)
    expect(String(answer.body)).not.toContain('devDependencies')
  })
})

describe('OpenAPI', () => {
  test('describes every route of the interface, with answers, problems and an id of its own', async () => {
    const document = (await ask(own.app, 'GET', '/api/openapi.json')).body as OpenApi
    const ids = new Set<string>()
    for (const { method, url } of own.routes) {
      if (!url.startsWith('/api') || url === '/api/openapi.json') continue
      for (const one of [method].flat()) {
        if (one === 'HEAD') continue
        const operation = document.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[one.toLowerCase()]
        expect(operation, `${one} ${url}`).toBeDefined()
        expect(operation?.summary, `${one} ${url}`).toMatch(/./)
        const responses = Object.entries(operation?.responses ?? {})
        expect(
          responses.some(([status]) => status.startsWith('2')),
          `${one} ${url}`,
        ).toBe(true)
        for (const [status, response] of responses)
          if (status !== '204') expect(Object.keys(response.content ?? {}), `${one} ${url} ${status}`).toHaveLength(1)
        ids.add(operation?.operationId ?? '')
      }
    }
    expect(ids.has('')).toBe(false)
    expect(ids.size).toBe(Object.values(document.paths).reduce((sum, path) => sum + Object.keys(path).length, 0))
  })

  test('is committed as it is, for who builds clients; `BELAY_WRITE_OPENAPI=1` writes it anew', async () => {
    const path = join(import.meta.dirname, '..', 'openapi.json')
    const { body } = await ask(own.app, 'GET', '/api/openapi.json')
    if (process.env['BELAY_WRITE_OPENAPI'] === '1') writeFileSync(path, `${JSON.stringify(body, null, 2)}\n`)
    const how =
      'The interface has changed: BELAY_WRITE_OPENAPI=1 npx vitest run apps/server/test/routes.test.ts writes apps/server/openapi.json anew'
    expect(body, how).toEqual(JSON.parse(readFileSync(path, 'utf8')))
    const client = join(import.meta.dirname, '..', '..', '..', 'packages', 'client', 'src', 'interface.ts')
    const made = clientInterface(body)
    if (process.env['BELAY_WRITE_OPENAPI'] === '1') writeFileSync(client, made)
    expect(readFileSync(client, 'utf8'), how).toBe(made)
  })

  test('every reference in it leads somewhere', async () => {
    const document = (await ask(own.app, 'GET', '/api/openapi.json')).body as OpenApi
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name.replace('#/components/schemas/', ''))
  })

  test('answers are as it describes them', async () => {
    const { app } = own
    const document = (await ask(app, 'GET', '/api/openapi.json')).body as OpenApi
    await ask(app, 'POST', '/api/pipelines', { document: numbers({ id: 'described' }) })
    writeFileSync(join(own.home.files, 'described.csv'), 'a\n1\n')
    const asked: readonly [Parameters<typeof ask>[1], string, string, unknown][] = [
      ['GET', '/api/pipelines', '/api/pipelines', undefined],
      ['GET', '/api/pipelines/{id}', '/api/pipelines/described', undefined],
      ['GET', '/api/pipelines/{id}', '/api/pipelines/none', undefined],
      ['PUT', '/api/pipelines/{id}', '/api/pipelines/described', { document: {} }],
      ['POST', '/api/pipelines/{id}/validate', '/api/pipelines/described/validate', undefined],
      ['POST', '/api/validate', '/api/validate', { document: { ...numbers(), streams: [] } }],
      ['GET', '/api/examples', '/api/examples', undefined],
      ['POST', '/api/examples/{id}/open', '/api/examples/flights/open', {}],
      ['GET', '/api/roots', '/api/roots', undefined],
      ['GET', '/api/files', '/api/files?root=home', undefined],
      ['POST', '/api/files/inspect', '/api/files/inspect', { file: 'home:described.csv' }],
      ['POST', '/api/files/inspect', '/api/files/inspect', { file: 'demo:airports.csv' }],
      ['GET', '/api/runs', '/api/runs', undefined],
      ['POST', '/api/runs', '/api/runs', { document: numbers(), parameters: { speed: 'x' } }],
    ]
    for (const [method, path, url, body] of asked) expect(wrongWith(document, method, path, await ask(app, method, url, body))).toEqual([])
  })
})
