import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32, hex, md5, murmur3, sha1, sha256, sha512, utf8 } from './hash.ts'

test.each([
  ['md5', md5],
  ['sha1', sha1],
  ['sha256', sha256],
  ['sha512', sha512],
] as const)('%s equals the platform’s on messages around every block size', (name, digest) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      expect(hex(digest(message))).toBe(createHash(name).update(message).digest('hex'))
    }),
    { numRuns: 60 },
  )
})

test('crc32 and murmur3 give their published test values', () => {
  expect(crc32(utf8('123456789'))).toBe(0xcbf43926)
  expect(crc32(utf8(''))).toBe(0)
  // The engine routes rows by the same function (engine-spec H25).
  const texts = ['', 'test', 'Hello, world!', 'The quick brown fox jumps over the lazy dog']
  expect(texts.map((text) => murmur3(utf8(text)))).toEqual([0, 0xba6bd213, 0xc0363e43, 0x2e4ff723])
})
