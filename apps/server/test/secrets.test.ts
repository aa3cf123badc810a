import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { KeyRing } from '../src/secrets/keyRing.ts'
import { seal, unseal, newKey } from '../src/secrets/sealing.ts'
import { SecretStore } from '../src/secrets/secretStore.ts'
import { openDatabase } from '../src/storage/database.ts'
import { openHome } from '../src/storage/home.ts'
import { ask, testApp, type TestApp } from './support/app.ts'
import { belay, PROCESSES, spawnBelay, temporaryHome, testHome } from './support/belay.ts'
import { numbers } from './support/documents.ts'

const VALUE = 'correct-horse-canary-battery'

/** A webhook that sends a secret along. */
function signed(id: string, secret = 'shop-token') {
  const base = numbers({ id })
  return {
    ...base,
    operators: base.operators.map((operator) =>
      operator.id === 'table' ? { ...operator, config: { ...operator.config, hidden: { secret } } } : operator,
    ),
  }
}

async function ownApp(options: Parameters<typeof testApp>[0] = {}): Promise<TestApp> {
  const own = await testApp(options)
  onTestFinished(() => own.close())
  return own
}

function bearer(own: TestApp, name: string, role: 'designer' | 'operator' | 'admin', useSecrets: boolean): Record<string, string> {
  const { accounts } = own.services.access
  accounts.addUser({ name, role, seeData: false, useSecrets }, 'none', 0)
  const { text } = accounts.createToken({ label: 'test', owner: name, role, seeData: false, useSecrets, expiresAtMs: 9e15 }, 0)
  return { authorization: `Bearer ${text}` }
}

describe('the interface', () => {
  test('takes values and gives none; says who uses a secret; refuses to take away what is used', async () => {
    const own = await ownApp()
    expect((await ask(own.app, 'PUT', '/api/secrets/shop-token', { value: VALUE })).status).toBe(204)
    expect((await ask(own.app, 'POST', '/api/pipelines', { document: signed('shop') })).status).toBe(201)
    const list = await ask(own.app, 'GET', '/api/secrets')
    expect(list.body).toEqual([
      {
        name: 'shop-token',
        changedAtMs: expect.any(Number),
        changedBy: 'you',
        pipelines: [{ id: 'shop', name: 'Numbers' }],
        runs: [],
        webhooks: [],
      },
    ])
    const refused = await ask(own.app, 'DELETE', '/api/secrets/shop-token')
    expect([refused.status, refused.body.code, refused.body.pipelines]).toEqual([409, 'SECRET_IN_USE', [{ id: 'shop', name: 'Numbers' }]])
    expect((await ask(own.app, 'DELETE', '/api/secrets/shop-token?force=true')).status).toBe(204)
    expect((await ask(own.app, 'DELETE', '/api/secrets/shop-token')).body.code).toBe('SECRET_UNKNOWN')
  })

  test.each([
    ['a name with capitals', 'Shop', { value: 'x' }],
    ['a name that leaves the folder', '..%2fx', { value: 'x' }],
    ['no value', 'shop', { value: '' }],
    ['a value that is no text', 'shop', { value: 7 }],
    ['a value without end', 'shop', { value: 'x'.repeat(20_000) }],
  ])('refuses %s', async (_what, name, body) => {
    const own = await ownApp()
    const answer = await ask(own.app, 'PUT', `/api/secrets/${name}`, body)
    expect([answer.status, answer.body.code]).toEqual([400, 'REQUEST_INVALID'])
  })

  test('a secret that is not there is a problem of the pipeline, and keeps it from running', async () => {
    const own = await ownApp()
    const unknown = { code: 'SECRET_UNKNOWN', severity: 'error', place: { operator: 'table', configPath: '/hidden' } }
    const { body } = await ask(own.app, 'POST', '/api/validate', { document: signed('shop') })
    expect(body.problems).toContainEqual(expect.objectContaining(unknown))
    const run = await ask(own.app, 'POST', '/api/runs', { document: signed('shop') })
    expect([run.status, run.body.code]).toEqual([422, 'PIPELINE_HAS_ERRORS'])
    await ask(own.app, 'PUT', '/api/secrets/shop-token', { value: VALUE })
    const again = await ask(own.app, 'POST', '/api/validate', { document: signed('shop') })
    expect(JSON.stringify(again.body)).not.toContain('SECRET_UNKNOWN')
  })

  test('H34 saving, running and trying a pipeline with secrets needs the grant, in whatever role', async () => {
    const own = await ownApp({ signIn: true })
    const admin = bearer(own, 'ada', 'admin', true)
    const designer = bearer(own, 'dan', 'designer', false)
    const granted = bearer(own, 'gil', 'designer', true)
    const operator = bearer(own, 'olga', 'operator', false)
    await ask(own.app, 'PUT', '/api/secrets/shop-token', { value: VALUE }, admin)
    const code = async (headers: Record<string, string>, method: 'POST' | 'PUT', url: string, body: unknown, more = {}) =>
      (await ask(own.app, method, url, body, { ...headers, ...more })).body.code as string | undefined
    expect(await code(designer, 'POST', '/api/pipelines', { document: signed('shop') })).toBe('RIGHT_MISSING')
    expect(await code(granted, 'POST', '/api/pipelines', { document: signed('shop') })).toBeUndefined()
    expect(await code(designer, 'PUT', '/api/pipelines/shop', { document: signed('shop') }, { 'if-match': '"1"' })).toBe('RIGHT_MISSING')
    const hook = { name: 'h', url: 'https://example.org', events: [], pipelineId: null, enabled: true, signWith: { secret: 'shop-token' } }
    expect(await code(designer, 'POST', '/api/webhooks', hook)).toBe('RIGHT_MISSING')
    expect(await code(granted, 'POST', '/api/webhooks', hook)).toBeUndefined()
    expect(await code(designer, 'POST', '/api/tries', { document: signed('shop') })).toBe('RIGHT_MISSING')
    expect(await code(operator, 'POST', '/api/runs', { pipelineId: 'shop' })).toBe('RIGHT_MISSING')
    expect(await code(designer, 'POST', '/api/pipelines', { document: numbers({ id: 'plain' }) })).toBeUndefined()
    // Taking the reference out is no use of it.
    expect(await code(designer, 'PUT', '/api/pipelines/shop', { document: numbers({ id: 'shop' }) }, { 'if-match': '"1"' })).toBeUndefined()
  })

  test('the audit log says who set what, and not what to', async () => {
    const own = await ownApp()
    await ask(own.app, 'PUT', '/api/secrets/shop-token', { value: VALUE })
    await ask(own.app, 'PUT', '/api/secrets/shop-token', { value: `${VALUE}2` })
    const { body } = await ask(own.app, 'GET', '/api/audit?text=setSecret')
    expect(body).toMatchObject([
      { action: 'setSecret', target: '/secrets/shop-token', after: 'replaced' },
      { action: 'setSecret', after: 'set' },
    ])
    expect(readFileSync(own.services.auditLog.path, 'utf8')).not.toContain(VALUE)
  })
})

describe('at rest', () => {
  function store(): { readonly home: string; readonly ring: KeyRing; readonly secrets: SecretStore; readonly again: () => SecretStore } {
    const folder = temporaryHome()
    const home = openHome(folder.path)
    const database = openDatabase(home.database)
    onTestFinished(() => {
      database.close()
      folder.remove()
    })
    const ring = new KeyRing(home.path)
    return {
      home: home.path,
      ring,
      secrets: new SecretStore(database, ring),
      again: () => new SecretStore(database, new KeyRing(home.path)),
    }
  }

  afterEach(() => {
    for (const name of ['BELAY_SECRETS_KEY', 'BELAY_SECRETS_KEY_OLD', 'BELAY_SECRETS_KEY_FILE']) delete process.env[name]
  })

  test('nothing of a value is in the database, and each write looks different', () => {
    const { home, secrets } = store()
    secrets.put('a', VALUE, 'ada', 1)
    secrets.put('b', VALUE, 'ada', 1)
    const written = ['belay.db', 'belay.db-wal'].map((name) => join(home, name)).filter(existsSync)
    const text = written.map((path) => readFileSync(path, 'latin1')).join('')
    for (const form of [VALUE, Buffer.from(VALUE).toString('base64').slice(0, 30), Buffer.from(VALUE).toString('hex')])
      expect(text).not.toContain(form)
    const key = newKey()
    expect(seal('a', VALUE, key)).not.toBe(seal('a', VALUE, key))
    expect(secrets.values(['a', 'b', 'none'])).toEqual({ a: VALUE, b: VALUE })
  })

  test('a sealed value opens under its own name, with its own key, unchanged, and not else', () => {
    const key = newKey()
    const sealed = seal('a', VALUE, key)
    expect(unseal('a', sealed, key)).toBe(VALUE)
    expect(unseal('b', sealed, key)).toBeNull()
    expect(unseal('a', sealed, newKey())).toBeNull()
    const bytes = Buffer.from(sealed, 'base64')
    for (const at of [0, 1, 13, 30, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at] ^= 1
      expect(unseal('a', changed.toString('base64'), key)).toBeNull()
    }
  })

  test('the key is made at first need for its owner alone; one that others can read is refused', () => {
    const { ring, secrets } = store()
    expect(existsSync(ring.path)).toBe(false)
    secrets.put('a', VALUE, 'ada', 1)
    expect(statSync(ring.path).mode & 0o777).toBe(0o600)
    chmodSync(ring.path, 0o640)
    expect(() => secrets.values(['a'])).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_OPEN' }))
    expect(() => secrets.put('b', VALUE, 'ada', 1)).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_OPEN' }))
  })

  test('a key that is lost is not replaced by another one in silence', () => {
    const { ring, secrets } = store()
    secrets.put('a', VALUE, 'ada', 1)
    rmSync(ring.path)
    expect(() => secrets.values(['a'])).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_MISSING' }))
    expect(() => secrets.put('b', VALUE, 'ada', 1)).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_MISSING' }))
    ring.write([newKey()])
    expect(() => secrets.values(['a'])).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_WRONG' }))
    secrets.remove('a')
    secrets.put('a', 'anew', 'ada', 1)
    expect(secrets.values(['a'])).toEqual({ a: 'anew' })
    writeFileSync(ring.path, 'nonsense\n')
    expect(() => secrets.values(['a'])).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_INVALID' }))
  })

  test('another key opens everything, the old one nothing; interrupted between the two, both do', () => {
    const { ring, secrets, again } = store()
    secrets.put('a', VALUE, 'ada', 1)
    secrets.put('b', 'other', 'ada', 1)
    const [before] = ring.keys()
    // As a crash would leave it: the new key is written, the rows are not.
    ring.write([newKey(), before])
    expect(secrets.values(['a'])).toEqual({ a: VALUE })
    expect(secrets.rotateKey()).toBe(2)
    expect(ring.keys()).toHaveLength(1)
    expect(ring.keys()[0].id).not.toBe(before.id)
    expect(again().values(['a', 'b'])).toEqual({ a: VALUE, b: 'other' })
    ring.write([before])
    expect(() => again().values(['a'])).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_WRONG' }))
  })

  test('the key may come from the environment, and be exchanged there', () => {
    process.env['BELAY_SECRETS_KEY'] = Buffer.alloc(32, 1).toString('base64')
    const { ring, secrets } = store()
    secrets.put('a', VALUE, 'ada', 1)
    expect(existsSync(ring.path)).toBe(false)
    expect(() => secrets.rotateKey()).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_GIVEN' }))
    process.env['BELAY_SECRETS_KEY_OLD'] = process.env['BELAY_SECRETS_KEY']
    process.env['BELAY_SECRETS_KEY'] = Buffer.alloc(32, 2).toString('hex')
    expect(secrets.rotateKey()).toBe(1)
    delete process.env['BELAY_SECRETS_KEY_OLD']
    expect(secrets.values(['a'])).toEqual({ a: VALUE })
    process.env['BELAY_SECRETS_KEY'] = 'short'
    expect(() => secrets.values(['a'])).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_INVALID' }))
  })
})

describe('on the command line', () => {
  test('values come from stdin alone, and are told to nobody', PROCESSES, async () => {
    const home = testHome()
    const setting = spawnBelay(['secret', 'set', 'shop-token', '--home', home, '--json'], { stdin: `${VALUE}\n` })
    expect(await setting.finished).toMatchObject({ code: 0, stdout: '{"name":"shop-token","done":"set"}\n' })
    const listed = await belay(['secret', 'list', '--home', home, '--json'])
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'shop-token', pipelines: [] }])
    expect(listed.stdout + listed.stderr).not.toContain(VALUE)
    const database = openDatabase(join(home, 'belay.db'))
    expect(new SecretStore(database, new KeyRing(home)).values(['shop-token'])).toEqual({ 'shop-token': VALUE })
    database.close()
    expect((await belay(['secret', 'rotate-key', '--home', home])).stdout).toBe('1 secret is sealed with a new key\n')
    expect(await belay(['secret', 'set', 'shop-token', VALUE, '--home', home])).toMatchObject({ code: 2 })
    expect(await belay(['secret', 'remove', 'shop-token', '--home', home])).toMatchObject({ code: 0 })
    expect(await belay(['secret', 'remove', 'shop-token', '--home', home])).toMatchObject({ code: 2 })
    expect(readFileSync(join(home, 'audit.jsonl'), 'utf8')).not.toContain(VALUE)
  })

  test('a backup holds secrets sealed; their key only where it was asked for, and a restore without it says so', PROCESSES, async () => {
    const home = testHome()
    await spawnBelay(['secret', 'set', 'shop-token', '--home', home], { stdin: VALUE }).finished
    const key = readFileSync(join(home, 'secrets.key'))
    const folder = testHome()
    const opened = (of: string): Record<string, string> => {
      const database = openDatabase(join(of, 'belay.db'))
      try {
        return new SecretStore(database, new KeyRing(of)).values(['shop-token'])
      } finally {
        database.close()
      }
    }
    for (const [name, more, missing] of [
      ['without', [], true],
      ['with', ['--with-key'], false],
    ] as const) {
      const file = join(folder, `${name}.backup`)
      const into = join(folder, name)
      expect((await belay(['backup', file, '--home', home, ...more])).code).toBe(0)
      const { code, stdout } = await belay(['restore-backup', file, '--home', into])
      expect([code, stdout.includes('not their key')]).toEqual([0, missing])
      if (missing) {
        expect(() => opened(into)).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_MISSING' }))
        writeFileSync(join(into, 'secrets.key'), key, { mode: 0o600 })
      }
      expect(statSync(join(into, 'secrets.key')).mode & 0o777).toBe(0o600)
      expect(opened(into)).toEqual({ 'shop-token': VALUE })
    }
  })

  test('a run without a server takes secrets from a file, its environment or the home, and none from an argument', PROCESSES, async () => {
    const home = testHome()
    const folder = testHome()
    const file = join(folder, 'pipeline.json')
    const base = signed('shop')
    const rows = base.operators.map((operator) =>
      operator.id === 'source' ? { ...operator, config: { ...operator.config, rows: 50 } } : operator,
    )
    writeFileSync(file, JSON.stringify({ ...base, operators: rows }))
    const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => belay(['run', file, '--home', home, '--quiet', ...args], { env })
    expect(await run([])).toMatchObject({ code: 2, stderr: expect.stringContaining('The secret shop-token is not there') })
    expect(await run(['--secret', `shop-token=${VALUE}`])).toMatchObject({ code: 2, stderr: expect.not.stringContaining(VALUE) })
    writeFileSync(join(folder, 'token'), `${VALUE}\n`)
    expect(await run(['--secret', `shop-token=@${join(folder, 'token')}`])).toMatchObject({ code: 0 })
    expect(await run([], { BELAY_SECRET_SHOP_TOKEN: VALUE })).toMatchObject({ code: 0 })
    await spawnBelay(['secret', 'set', 'shop-token', '--home', home], { stdin: VALUE }).finished
    expect(await run([])).toMatchObject({ code: 0 })
  })
})
