import { expect, test } from 'vitest'
import { SecretMask } from './secretMask.ts'

const VALUE = 'c4n/ary+ "value" & <more> ü'
const mask = SecretMask.NONE.and([
  ['token', VALUE],
  ['short', 'ab'],
  ['key', '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASC\n-----END KEY-----'],
])
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

test.each([
  ['as it is', VALUE],
  ['in JSON', JSON.stringify({ said: VALUE })],
  ['in JSON in JSON', JSON.stringify(JSON.stringify({ said: VALUE }))],
  ['in an address', `https://example.org/?q=${encodeURIComponent(VALUE)}`],
  ['in a form', `q=${new URLSearchParams({ q: VALUE }).toString()}`],
  ['in HTML', 'c4n/ary+ &quot;value&quot; &amp; &lt;more&gt; ü'],
  ['in hexadecimal', Buffer.from(VALUE, 'utf8').toString('hex')],
  ['as the password of Basic', `Basic ${base64(`user:${VALUE}`)}`],
  ['as the password of Basic, one on', `Basic ${base64(`user1:${VALUE}`)}`],
  ['as the password of Basic, two on', `Basic ${base64(`user12:${VALUE}!`)}`],
  ['in Base64 for addresses', Buffer.from(VALUE, 'utf8').toString('base64url')],
  ['a line of a key', 'bad key: MIIEvQIBADANBgkqhkiG9w0'],
])('a value is found %s', (_how, text) => {
  const masked = mask.text(text)
  expect(masked).toMatch(/\[secret (?:token|key)\]/)
  expect(masked).not.toContain(VALUE)
  expect(Buffer.from(masked.replace(/.*Basic /, ''), 'base64').toString('utf8')).not.toContain('ary+ "value"')
})

test('what is no secret stays, and so do values too short to be told from words', () => {
  expect(mask.text('abc said canary')).toBe('abc said canary')
  expect(SecretMask.NONE.text(VALUE)).toBe(VALUE)
})

test('the longest is taken out whole, and a value that was replaced is still found', () => {
  const both = mask.and([
    ['longer', `${VALUE} and more`],
    ['token', 'another value'],
  ])
  expect(both.text(`x ${VALUE} and more, ${VALUE}, another value`)).toBe('x [secret longer], [secret token], [secret token]')
})
