import { parseTimestamp } from '@belay/expressions'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimestampReader } from './storedText.ts'

/** Two minutes and what is nearly one of them, so that the one before is often the same. */
const minutes = fc.constantFrom('2026-03-14T07:59', '2026-03-14T08:00', '2026-03-14 07:59', '1969-12-31T23:59', '2026-02-30T07:59')
const rest = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 61 }), fc.integer({ min: 0, max: 999 }))
    .map(([s, ms]) => `:${String(s).padStart(2, '0')}.${String(ms).padStart(3, '0')}Z`),
  fc.constantFrom(':10Z', ':10', ':10.5Z', ':1x.001Z', ':10.0x1Z', ':10,001Z', '.10.001Z', ':10.001X', ':10.0011'),
)

test('a time is read as the plain way reads it, or left to it, whatever times came before', () => {
  let read = 0
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(minutes, rest).map((parts) => parts.join('')),
        { minLength: 1, maxLength: 12 },
      ),
      (times) => {
        const reader = new TimestampReader()
        for (const time of times) {
          const bytes = Buffer.from(`"${time}"`)
          const ms = reader.read(bytes, 1, bytes.length - 1)
          if (Number.isNaN(ms)) continue
          read += 1
          expect(ms).toBe(parseTimestamp(time))
        }
      },
    ),
    { numRuns: 5000 },
  )
  expect(read).toBeGreaterThan(5000)
})
