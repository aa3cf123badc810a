import { describe, expect, test } from 'vitest'
import type { SecretAccess } from '@belay/engine/operator'
import { requestHeaders } from './requestHeaders.ts'
import { requestProblems, type RequestSettings } from './requestSettings.ts'

const values: Readonly<Record<string, string>> = { token: 'abc123', broken: 'abc\r\nx-admin: yes', password: 'p:ä' }
const secrets: SecretAccess = { value: ({ secret }) => values[secret] ?? '', mask: (text) => text }
const url = 'https://example.org/'
const codes = (config: RequestSettings & { url?: string }): string[] =>
  requestProblems({ url, ...config }, ['idempotency-key']).map(({ code }) => code)
const header = (name: string, value: string | { secret: string } = 'x') => ({ headers: [{ name, value }] })

describe('settings', () => {
  test.each([
    ['Host', 'HEADER_RESERVED'],
    ['content-length', 'HEADER_RESERVED'],
    ['Transfer-Encoding', 'HEADER_RESERVED'],
    ['Proxy-Authorization', 'HEADER_RESERVED'],
    ['Idempotency-Key', 'HEADER_RESERVED'],
    ['', 'HEADER_INVALID'],
    ['X Key', 'HEADER_INVALID'],
    ['X-Key:', 'HEADER_INVALID'],
    ['X\r\nHost', 'HEADER_INVALID'],
  ])('a header %j is refused', (name, code) => {
    expect(codes(header(name))).toEqual([code])
  })

  test.each(['X-Api-Key', 'Accept', 'User-Agent', 'cookie'])('a header %s with a secret is taken', (name) => {
    expect(codes(header(name, { secret: 'token' }))).toEqual([])
  })

  test('values without line breaks, names once, one Authorization', () => {
    expect(codes(header('X-Key', 'a\r\nHost: b'))).toEqual(['HEADER_INVALID'])
    expect(codes(header('X-Key', '€'))).toEqual(['HEADER_INVALID'])
    expect(
      codes({
        headers: [
          { name: 'X-Key', value: 'a' },
          { name: 'x-key', value: 'b' },
        ],
      }),
    ).toEqual(['HEADER_TWICE'])
    expect(codes({ ...header('Authorization', { secret: 'a' }), auth: 'bearer', authSecret: { secret: 'token' } })).toEqual([
      'HEADER_TWICE',
    ])
    expect(codes(header('Authorization', 'Bearer abc'))).toEqual(['SECRET_IN_DOCUMENT'])
  })

  test('a sign-in is whole, and a secret does not go over an open line unsaid', () => {
    expect(codes({ auth: 'bearer' })).toEqual(['SECRET_MISSING'])
    expect(codes({ authSecret: { secret: 'token' } })).toEqual(['SECRET_UNUSED'])
    expect(codes({ auth: 'basic', authSecret: { secret: 'token' }, authUser: 'a:b' })).toEqual(['HEADER_INVALID'])
    expect(codes({ url: 'http://example.org', auth: 'bearer', authSecret: { secret: 'token' } })).toEqual(['SECRET_IN_CLEAR'])
    expect(codes({ url: 'http://127.0.0.1:80/x', auth: 'bearer', authSecret: { secret: 'token' } })).toEqual([])
  })
})

describe('what is sent', () => {
  test('token, password and headers, over what the operator sends itself', () => {
    expect(
      requestHeaders({ ...header('X-Key', { secret: 'token' }), auth: 'bearer', authSecret: { secret: 'token' } }, secrets, {
        accept: 'a',
      }),
    ).toEqual({
      accept: 'a',
      'x-key': 'abc123',
      authorization: 'Bearer abc123',
    })
    const { authorization } = requestHeaders({ auth: 'basic', authUser: 'ada', authSecret: { secret: 'password' } }, secrets, {})
    expect(Buffer.from(authorization.slice(6), 'base64').toString('utf8')).toBe('ada:p:ä')
    expect(requestHeaders({}, secrets, {})).toEqual({})
  })

  test('a value that would begin another header is not sent, and not told', () => {
    for (const config of [header('X-Key', { secret: 'broken' }), { auth: 'bearer' as const, authSecret: { secret: 'broken' } }])
      expect(() => requestHeaders(config, secrets, {})).toThrow(
        expect.objectContaining({ code: 'SECRET_UNUSABLE', message: expect.not.stringContaining('admin') }),
      )
  })
})
