import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { oidcConfigOf } from '../src/access/oidc/config.ts'
import { identityOf } from '../src/access/oidc/identity.ts'
import { returnPath } from '../src/access/oidc/returnPath.ts'
import { auditPath } from '../src/storage/home.ts'
import { ask, testApp, type Asked, type TestApp } from './support/app.ts'
import { testHome } from './support/belay.ts'
import { CLIENT_ID, CLIENT_SECRET, signingKey, TestProvider } from './support/oidcProvider.ts'

const HASH = 'scrypt-15-8-3.AAAA.AAAA'

function configFile(folder: string, more: object): string {
  const path = join(folder, 'oidc.json')
  writeFileSync(path, JSON.stringify({ clientId: CLIENT_ID, ...more }))
  return path
}

describe('signing in at a provider of OpenID Connect', () => {
  const provider = new TestProvider()
  let own: TestApp
  let refusal = ''

  beforeAll(async () => {
    await provider.listen('http://127.0.0.1:4600/oidc/callback')
    own = await testApp({
      signIn: true,
      signInRefused: ({ message }) => (refusal = message),
      oidc: {
        issuer: new URL(provider.issuer),
        clientId: CLIENT_ID,
        clientSecret: { kind: 'secret', name: 'oidc-client' },
        label: 'Example',
        scopes: ['openid', 'profile', 'email'],
        nameClaim: null,
        groupsClaim: 'groups',
        roles: new Map([
          ['staff', 'operator'],
          ['platform', 'admin'],
        ] as const),
        defaultRole: null,
        seeData: ['analysts'],
        useSecrets: [],
        allowedAddresses: ['127.0.0.0/8'],
      },
    })
    own.services.secrets.put('oidc-client', CLIENT_SECRET, 'test', 0)
    own.services.access.accounts.addUser({ name: 'root', role: 'admin', seeData: true, useSecrets: true }, HASH, 0)
    provider.accounts.set('ana', { preferred_username: 'Ana', groups: ['staff', 'analysts'] })
  })

  afterEach(() => {
    provider.tamper = null
    vi.useRealTimers()
  })

  afterAll(async () => {
    provider.close()
    await own.close()
  })

  const cookiesOf = (answer: Asked): string =>
    [answer.headers['set-cookie']]
      .flat()
      .map((line) => String(line).split(';')[0])
      .join('; ')
  /** A new address each time: five tries of one would be enough. */
  let address = 1
  const request = (method: 'GET' | 'POST', url: string, body?: unknown, cookie = ''): Promise<Asked> =>
    own.app
      .inject({
        method,
        url,
        remoteAddress: `10.0.0.${(address = (address % 250) + 1)}`,
        headers: { host: '127.0.0.1:4600', cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      .then((answer) => ({
        status: answer.statusCode,
        type: String(answer.headers['content-type']),
        headers: answer.headers,
        body: answer.body === '' ? '' : JSON.parse(answer.body),
      }))

  interface Begun {
    readonly url: string
    readonly cookie: string
  }

  const begin = async (returnTo?: string): Promise<Begun> => {
    const begun = await request('POST', '/api/session/oidc', { returnTo })
    expect(begun.status).toBe(200)
    expect(String(begun.headers['set-cookie'])).toMatch(/^belay-session-oidc=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)
    return { url: begun.body.url, cookie: cookiesOf(begun) }
  }
  const comeBack = (at: URL, cookie: string): Promise<Asked> => request('GET', at.pathname + at.search, undefined, cookie)
  const signIn = async (account: string, returnTo?: string): Promise<Asked> => {
    const { url, cookie } = await begin(returnTo)
    return comeBack(await provider.signIn(url, account), cookie)
  }
  const session = async (answer: Asked): Promise<Asked['body']> => (await request('GET', '/api/session', undefined, cookiesOf(answer))).body

  test('gives a session as any other, with the role and grants that the groups are mapped to', async () => {
    const { url } = await begin()
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' })
    const back = await signIn('ana', '/runs/some?tab=1')
    expect([back.status, back.headers['location']]).toEqual([303, '/runs/some?tab=1'])
    expect(back.headers['set-cookie']).toEqual([
      expect.stringMatching(/^belay-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
      expect.stringMatching(/^belay-session-oidc=; .*Max-Age=0$/),
    ])
    const here = await session(back)
    expect(here).toMatchObject({
      signIn: true,
      oidc: { label: 'Example' },
      user: { name: 'ana', role: 'operator', seeData: true, useSecrets: false, issuer: `${provider.issuer}/` },
    })
    const out = await ask(own.app, 'DELETE', '/api/session', undefined, { cookie: cookiesOf(back) })
    expect(out.status).toBe(204)
    expect((await session(back)).user).toBe(null)
  })

  test('takes the role anew each time, and ends everything of who has none any more', async () => {
    const { accounts } = own.services.access
    provider.accounts.set('bo', { preferred_username: 'bo', groups: ['platform'] })
    const first = await signIn('bo')
    expect((await session(first)).user).toMatchObject({ name: 'bo', role: 'admin' })
    const { text } = accounts.createToken({ label: 't', owner: 'bo', role: 'admin', seeData: true, useSecrets: true, expiresAtMs: 9e15 }, 0)
    provider.accounts.set('bo', { preferred_username: 'renamed', groups: ['staff'] })
    expect((await session(await signIn('bo'))).user).toMatchObject({ name: 'bo', role: 'operator' })
    expect(accounts.token(text, 1)?.role).toBe('operator')
    provider.accounts.set('bo', { preferred_username: 'bo', groups: ['others'] })
    expect((await signIn('bo')).headers['location']).toBe('/?sign-in=OIDC_NO_ROLE')
    expect((await session(first)).user).toBe(null)
    expect(accounts.token(text, 1)).toBe(null)
  })

  test('never makes somebody the user with a password who has the same name, nor the last administrator', async () => {
    const { accounts } = own.services.access
    provider.accounts.set('eve', { preferred_username: 'root', groups: ['platform'] })
    expect((await session(await signIn('eve'))).user).toMatchObject({ name: 'root-2', role: 'admin' })
    expect(accounts.user('root')).toMatchObject({ issuer: null, role: 'admin' })
    expect(() => accounts.removeUser('root')).toThrow(/only administrator with a password/)
    expect(() => accounts.setPassword('root-2', HASH)).toThrow(/signs in at/)
    const tried = await ask(own.app, 'POST', '/api/session', { name: 'root-2', password: '' })
    expect([400, 401]).toContain(tried.status)
  })

  test('is refused with another state, without the cookie and for the second time', async () => {
    const { url, cookie } = await begin()
    const back = await provider.signIn(url, 'ana')
    const other = new URL(back)
    other.searchParams.set('state', 'x'.repeat(43))
    for (const [at, with_] of [
      [other, cookie],
      [back, ''],
      [back, 'belay-session-oidc=guessed'],
    ] as const)
      expect((await comeBack(at, with_)).headers['location']).toBe('/?sign-in=OIDC_EXPIRED')
    expect((await comeBack(back, cookie)).headers['location']).toBe('/')
    const again = await comeBack(back, cookie)
    expect([again.headers['location'], again.headers['set-cookie']]).toEqual(['/?sign-in=OIDC_EXPIRED', undefined])
  })

  test('is refused with a code that was used', async () => {
    const first = await begin()
    const used = await provider.signIn(first.url, 'ana')
    await comeBack(used, first.cookie)
    const second = await begin()
    const back = await provider.signIn(second.url, 'ana')
    back.searchParams.set('code', used.searchParams.get('code') ?? '')
    expect((await comeBack(back, second.cookie)).headers['location']).toBe('/?sign-in=OIDC_REFUSED')
  })

  test('is refused when another issuer answers', async () => {
    const { url, cookie } = await begin()
    const back = await provider.signIn(url, 'ana')
    expect(back.searchParams.get('iss')).toBe(provider.issuer)
    back.searchParams.set('iss', 'https://evil.example')
    expect((await comeBack(back, cookie)).headers['location']).toBe('/?sign-in=OIDC_REFUSED')
  })

  test.each<readonly [string, NonNullable<TestProvider['tamper']>, RegExp]>([
    ['another nonce', ({ claims }) => void (claims['nonce'] = 'other'), /"nonce"/],
    ['no nonce', ({ claims }) => void delete claims['nonce'], /"nonce"|nonce/],
    ['another audience', ({ claims }) => void (claims['aud'] = 'other'), /"aud"/],
    ['another audience beside this one', ({ claims }) => void (claims['aud'] = [CLIENT_ID, 'other']), /"azp"|"aud"/],
    ['another issuer', ({ claims }) => void (claims['iss'] = 'https://evil.example'), /"iss"/],
    ['an end that has passed', ({ claims }) => void (claims['exp'] = Math.floor(Date.now() / 1000) - 60), /"exp"|expir/],
    ['no end', ({ claims }) => void delete claims['exp'], /"exp"/],
    ['no signature', ({ header }) => void (header['alg'] = 'none'), /alg/],
    ['a signature by the shared secret', ({ header }) => void (header['alg'] = 'HS256'), /alg/],
    ['an unknown key', ({ header }) => void (header['kid'] = 'unknown'), /key/],
  ])('is refused with an ID token that has %s', async (_what, tamper, why) => {
    provider.tamper = tamper
    const back = await signIn('ana')
    expect([back.headers['location'], back.headers['set-cookie']]).toEqual(['/?sign-in=OIDC_REFUSED', undefined])
    expect(refusal).toMatch(why)
  })

  test('goes by keys that the provider has exchanged, and takes none of before', async () => {
    const before = provider.key
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    provider.tamper = ({ header }) => void (header['kid'] = provider.key.kid)
    expect((await signIn('ana')).headers['location']).toBe('/')
    provider.key = signingKey('second')
    vi.setSystemTime(Date.now() + 61_000)
    expect((await signIn('ana')).headers['location']).toBe('/')
    provider.key = { ...before, jwk: provider.key.jwk }
    expect((await signIn('ana')).headers['location']).toBe('/?sign-in=OIDC_REFUSED')
    provider.key = before
    vi.setSystemTime(Date.now() + 301_000)
    expect((await signIn('ana')).headers['location']).toBe('/')
  })

  test('is in the audit log, without the code', () => {
    const log = readFileSync(auditPath(own.home.path), 'utf8')
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; who: string; target: string; code: string | null })
      .filter(({ action }) => action === 'finishOidc')
    expect(entries).toContainEqual(expect.objectContaining({ who: 'ana', target: '/oidc/callback', code: null }))
    expect(entries.map(({ code }) => code)).toEqual(expect.arrayContaining(['OIDC_REFUSED', 'OIDC_NO_ROLE']))
    expect(entries.map(({ code }) => code)).not.toContain('OIDC_EXPIRED')
    expect(log).not.toMatch(/code=|state=/)
  })

  test('says so when the provider is away, and other ways in stay', async () => {
    const away = await testApp({
      signIn: true,
      oidc: oidcConfigOf(configFile(testHome(), { issuer: 'http://127.0.0.1:9', defaultRole: 'viewer' })),
    })
    const answer = await ask(away.app, 'POST', '/api/session/oidc', {})
    await away.close()
    expect([answer.status, answer.body.code]).toEqual([503, 'OIDC_UNREACHABLE'])
  })
})

test.each([
  [undefined, '/'],
  ['/runs/a?x=1#y', '/runs/a?x=1#y'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/..//evil.example', '/'],
  ['/./\n/evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['evil.example', '/'],
  ['/api/session', '/'],
  ['/oidc/callback?code=1', '/'],
])('after signing in, %j leads to %j', (wanted, to) => {
  expect(returnPath(wanted)).toBe(to)
})

describe('the file that --oidc names', () => {
  test.each([
    ['http beyond this machine', { issuer: 'http://id.example.org' }, /https address/],
    ['a name that only looks like loopback', { issuer: 'http://127.0.0.1.example.org' }, /https address/],
    ['a misspelt setting', { issuer: 'https://id.example.org', defualtRole: 'viewer' }, /Security/],
    ['everybody as administrator', { issuer: 'https://id.example.org', defaultRole: 'admin' }, /cannot be admin/],
    ['a secret that others can read', { issuer: 'https://id.example.org', clientSecretFile: 'secret.txt' }, /mode 644/],
    ['a range that is none', { issuer: 'https://id.example.org', allowAddresses: ['10.0.0.0/99'] }, /no range/],
  ])('is refused with %s', (_what, more, why) => {
    const home = testHome()
    writeFileSync(join(home, 'secret.txt'), 'secret\n')
    chmodSync(join(home, 'secret.txt'), 0o644)
    expect(() => oidcConfigOf(configFile(home, more))).toThrow(why)
  })

  test('is as the docs write it', () => {
    const docs = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'security.md'), 'utf8')
    const [, example] = /^```json\n(\{\n {2}"issuer".*?)^```/ms.exec(docs) ?? []
    const home = testHome()
    writeFileSync(join(home, 'oidc-client-secret'), 'secret\n', { mode: 0o600 })
    const config = oidcConfigOf(configFile(home, JSON.parse(example) as object))
    expect(config).toMatchObject({ clientSecret: { kind: 'value', value: 'secret' }, label: 'Example ID', defaultRole: null })
  })

  test('maps the highest role among the groups, and nothing by default', () => {
    const home = testHome()
    const config = oidcConfigOf(
      configFile(home, { issuer: 'https://id.example.org', roles: { a: 'viewer', b: 'designer' }, useSecrets: ['b'] }),
    )
    expect(identityOf({ sub: '1', groups: ['b', 'a'], email: 'Ana.B+x@Example.org' }, config)).toEqual({
      subject: '1',
      name: 'ana.b-x@example.org',
      role: 'designer',
      seeData: false,
      useSecrets: true,
    })
    expect(identityOf({ sub: '1', groups: { b: true }, preferred_username: '../Ö 7' }, config)).toMatchObject({ name: 'user', role: null })
  })
})
