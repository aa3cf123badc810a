import { crc32, hex, md5, murmur3, sha1, sha256, sha512, utf8 } from '../scalar/hash.ts'
import { entries, noSql, signature, text, type FunctionEntry } from './entry.ts'

const define = entries('hash')
const digest = (name: string, doc: string, expression: string, result: string, compute: (bytes: Uint8Array) => Uint8Array): FunctionEntry =>
  define(name, [signature('string', 'string')], doc, expression, result, ([a]) => hex(compute(utf8(text(a)))))

export const HASH: readonly FunctionEntry[] = [
  digest('MD5', 'MD5 of the UTF-8 bytes, as 32 hexadecimal digits.', "MD5('belay')", '061eaabbdda24310e16edaa8354c9b63', md5),
  digest('SHA1', 'SHA-1 of the UTF-8 bytes, as 40 hexadecimal digits.', "SHA1('belay')", '61ad834fb9544f4f0a2c97d253356f5540ba628c', sha1),
  digest(
    'SHA256',
    'SHA-256 of the UTF-8 bytes, as 64 hexadecimal digits.',
    "SHA256('belay')",
    '7f72937a338ece153c4ad8c39b1b81ed80eb0f709804bda546046396a975329a',
    sha256,
  ),
  digest(
    'SHA512',
    'SHA-512 of the UTF-8 bytes, as 128 hexadecimal digits.',
    "LEFT(SHA512('belay'), 32)",
    'b2b3ce0edef45fc8a57b57d249179ef7',
    sha512,
  ),
  define(
    'CRC32',
    [signature('string', 'int64')],
    'CRC-32 of the UTF-8 bytes, as in zip files.',
    "CRC32('123456789')",
    3_421_780_262,
    ([a]) => crc32(utf8(text(a))),
    {
      flink: noSql('Flink SQL has no CRC.'),
    },
  ),
  define(
    'MURMUR3',
    [signature('string', 'int64')],
    'MurmurHash3 of the UTF-8 bytes, 0 to 2^32 − 1; spreads keys evenly.',
    "MURMUR3('test')",
    3_127_628_307,
    ([a]) => murmur3(utf8(text(a))),
    {
      flink: noSql('Flink SQL has no MurmurHash.'),
    },
  ),
]
