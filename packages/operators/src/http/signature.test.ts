import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { signatureAgeMs, signatureFits, signatureHeaders, signedRequest } from './signature.ts'

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = Buffer.from('{"test": 2432232314}')

test('signatures are those of Standard Webhooks', () => {
  expect(signatureHeaders(KEY, 'msg_p5jXN8AQM9LWM0D4loKWxJek', body, 1_614_265_330_999)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
  const plain = signatureHeaders('a key', 'id', body, 5000)['webhook-signature']
  expect(plain).toBe(`v1,${createHmac('sha256', 'a key').update('id.5.{"test": 2432232314}').digest('base64')}`)
})

test('one fits with its key, id, time and body, and with none of them changed', () => {
  const headers = signatureHeaders(KEY, 'id', body, 5000)
  const fits = (changed: Partial<typeof headers>, key = KEY, of = body): boolean => {
    const signed = signedRequest({ ...headers, ...changed })
    return signed !== null && signatureFits(key, signed, of)
  }
  expect(fits({})).toBe(true)
  // While a key is exchanged, the sender signs with both.
  expect(fits({ 'webhook-signature': `v1,${'A'.repeat(44)} ${headers['webhook-signature']}` })).toBe(true)
  expect(fits({}, 'another key')).toBe(false)
  expect(fits({}, KEY, Buffer.from('{"test": 2432232315}'))).toBe(false)
  expect(fits({ 'webhook-id': 'id2' })).toBe(false)
  expect(fits({ 'webhook-timestamp': '6' })).toBe(false)
  for (const signature of ['', 'v1,', headers['webhook-signature'].slice(0, -2), headers['webhook-signature'].replace('v1,', 'v1a,')])
    expect(fits({ 'webhook-signature': signature })).toBe(false)
  for (const changed of [
    { 'webhook-id': '' },
    { 'webhook-id': 'x'.repeat(201) },
    { 'webhook-timestamp': '-5' },
    { 'webhook-timestamp': '5e3' },
  ])
    expect(signedRequest({ ...headers, ...changed })).toBe(null)
  expect(signedRequest({ 'webhook-id': 'id' })).toBe(null)
  expect(signatureAgeMs({ id: '', timestamp: '5', signatures: [] }, 6500)).toBe(1500)
})
