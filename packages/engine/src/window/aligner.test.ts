import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AlignedWindow, Aligner } from './aligner.ts'

const ports = fc.array(
  fc.array(fc.record({ watermark: fc.integer({ min: -5, max: 50 }), idle: fc.boolean() }), { minLength: 1, maxLength: 8 }),
  { minLength: 1, maxLength: 4 },
)

test('H16 a port whose stream ended in a window that was skipped closes without an END', () => {
  const aligner = new Aligner(2, 9)
  expect(aligner.end(1, { window: 9, watermark: 50, idle: false, checkpoint: false })).toBe(null)
  expect(aligner.close(0)).toMatchObject({ window: 9, watermark: 50, last: false })
  expect(aligner.close(0)).toBe(null)
  aligner.next()
  expect(aligner.close(1)).toMatchObject({ window: 10, last: true, checkpoint: true })
})

test('H12 H14 H17 windows end once each, in order, with a watermark that never goes back', () => {
  fc.assert(
    fc.property(ports, fc.infiniteStream(fc.nat()), (streams, picks) => {
      const aligner = new Aligner(streams.length, 1)
      const at = streams.map(() => 0)
      const ended: AlignedWindow[] = []
      for (;;) {
        const free = streams.map((_, port) => port).filter((port) => !aligner.parked(port))
        if (free.length === 0) break
        const port = free[(picks.next().value as number) % free.length]
        const stream = streams[port]
        const step = stream[at[port]]
        at[port] += 1
        const closing = at[port] === stream.length
        const aligned = aligner.end(port, {
          window: at[port],
          watermark: closing ? Infinity : step.watermark,
          idle: !closing && step.idle,
          checkpoint: at[port] % 3 === 0,
        })
        if (aligned !== null) {
          ended.push(aligned)
          if (!aligned.last) aligner.next()
        }
      }
      const longest = Math.max(...streams.map((stream) => stream.length))
      expect(ended.map((end) => end.window)).toEqual(Array.from({ length: longest }, (_, i) => i + 1))
      expect(ended.map((end) => end.last)).toEqual(ended.map((_, i) => i === longest - 1))
      expect(ended[longest - 1]).toMatchObject({ watermark: Infinity, checkpoint: true })
      for (let i = 1; i < ended.length; i += 1) expect(ended[i].watermark).toBeGreaterThanOrEqual(ended[i - 1].watermark)
      // Until the last window the checkpoint flag is that of the ports still open.
      for (const end of ended) if (!end.last) expect(end.checkpoint).toBe(end.window % 3 === 0)
    }),
  )
})

test('H14 an idle input does not hold the watermark back, and all idle says so', () => {
  const aligner = new Aligner(2, 1)
  aligner.end(0, { window: 1, watermark: 10, idle: false, checkpoint: false })
  expect(aligner.end(1, { window: 1, watermark: -Infinity, idle: true, checkpoint: false })).toMatchObject({ watermark: 10, idle: false })
  aligner.next()
  aligner.end(0, { window: 2, watermark: 20, idle: true, checkpoint: false })
  expect(aligner.end(1, { window: 2, watermark: -Infinity, idle: true, checkpoint: false })).toMatchObject({ watermark: 10, idle: true })
})

test('H12 a port that skips a window is a defect', () => {
  const aligner = new Aligner(1, 4)
  expect(() => aligner.end(0, { window: 5, watermark: 1, idle: false, checkpoint: false })).toThrow(/expected 4/)
})

test('H14 restored at any window, the watermarks and what lateness is judged against are those of the undisturbed run', () => {
  const windows = fc.array(
    fc.array(fc.record({ watermark: fc.oneof(fc.constant(-Infinity), fc.integer({ min: -5, max: 50 })), idle: fc.boolean() }), {
      minLength: 3,
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(windows, fc.nat(), (ends, pick) => {
      const cut = pick % ends.length
      const play = (aligner: Aligner, from: number): unknown[] =>
        ends.slice(from).map((window, i) => {
          const base = aligner.latenessBase
          const aligned = window.map((end, port) => aligner.end(port, { ...end, window: from + i + 1, checkpoint: false })).at(-1)
          const kept = JSON.stringify(aligner.kept())
          aligner.next()
          return { base, aligned, kept }
        })
      const undisturbed = play(new Aligner(3, 1), 0) as { kept: string }[]
      const restored = new Aligner(3, cut + 1)
      if (cut > 0) restored.restore(JSON.parse(undisturbed[cut - 1].kept))
      expect(play(restored, cut)).toEqual(undisturbed.slice(cut))
    }),
  )
})

test('H14 an input that wakes with an old watermark after a restore does not take the operator back', () => {
  const aligner = new Aligner(2, 8)
  aligner.restore({ operator: 100, ports: [100, null] })
  expect(aligner.latenessBase).toBe(100)
  aligner.end(0, { window: 8, watermark: 100, idle: false, checkpoint: false })
  expect(aligner.end(1, { window: 8, watermark: 20, idle: false, checkpoint: false })).toMatchObject({ watermark: 100 })
})
