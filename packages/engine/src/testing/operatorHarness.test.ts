import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchOf, type Schema } from '@belay/columns'
import { expect, test } from 'vitest'
import type { OperatorModule } from '../operator/operator.ts'
import { createOperatorHarness } from './operatorHarness.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]

const counting: OperatorModule<{ readonly step: number }> = {
  create(ctx) {
    const total = ctx.state.value('total', 1, 0)
    return {
      role: 'transform',
      process(_port, batch, from, out) {
        for (let row = from; row < batch.rows; row += 1) {
          if (out.full) return row
          total.set(total.get() + ctx.config.step)
          out.emit(0, batchOf(SCHEMA, [[total.get()]]))
        }
        return batch.rows
      },
    }
  },
}

test('H20 an operator is resumed after full and its state comes back', async () => {
  const options = { config: { step: 2 }, inputs: { in: { schema: SCHEMA } }, outputs: { out: SCHEMA }, fullAfter: 2 }
  const first = await createOperatorHarness(counting, options)
  first.push('in', batchOf(SCHEMA, [[1], [2], [3], [4], [5]]))
  expect(first.takeRows()).toEqual([{ n: 2 }, { n: 4 }, { n: 6 }, { n: 8 }, { n: 10 }])
  const second = await createOperatorHarness(counting, { ...options, state: first.snapshot() })
  second.push(0, batchOf(SCHEMA, [[1]]))
  expect(second.takeRows('out')).toEqual([{ n: 12 }])
})

test('files outside their root are refused', async () => {
  const root = mkdtempSync(join(tmpdir(), 'belay-files-'))
  const outside = mkdtempSync(join(tmpdir(), 'belay-outside-'))
  writeFileSync(join(outside, 'secret'), 'x')
  symlinkSync(outside, join(root, 'link'))
  writeFileSync(join(root, 'a.txt'), 'a')
  const seen: string[] = []
  const probe: OperatorModule = {
    create(ctx) {
      for (const name of ['data:../x', 'data:/etc/passwd', 'data:link/secret', 'other:a.txt', 'a.txt', 'data:none']) {
        try {
          ctx.files.readable(name)
          seen.push('ok')
        } catch (error) {
          seen.push((error as { code: string }).code)
        }
      }
      expect(ctx.files.readable('data:a.txt')).toBe(join(root, 'a.txt'))
      expect(() => ctx.files.writable('data:link/new')).toThrow(/link/)
      expect(ctx.files.writable('data:deep/new')).toBe(join(root, 'deep/new'))
      return { role: 'transform', process: (_port, batch) => batch.rows }
    },
  }
  await createOperatorHarness(probe, { config: {}, inputs: {}, outputs: {}, files: { data: root } })
  expect(seen).toEqual([
    'FILE_OUTSIDE_ROOT',
    'FILE_OUTSIDE_ROOT',
    'FILE_OUTSIDE_ROOT',
    'FILE_ROOT_UNKNOWN',
    'FILE_ROOT_UNKNOWN',
    'FILE_NOT_FOUND',
  ])
})
