/** What a stranger must be able to see of the engine (engine-spec §6), by the interface alone; docs/engine-proof.md says where the rest is. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckpointSummary, RunFigures } from '@belay/run'
import { expect, test } from 'vitest'
import { PROCESSES, seqOf, startRun, testHome, testServer, until, untilEvent, untilState, type TestServer } from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { numbersWritten } from './support/written.ts'

async function figuresOf(server: TestServer, runId: string): Promise<RunFigures> {
  return (await server.call('GET', `/api/runs/${runId}/snapshot`)).body.figures as RunFigures
}

const upTo = (count: number, step = 1): number[] => Array.from({ length: count / step }, (_, i) => i * step)

test(
  '§6.6 one of two branches is held: the other goes on, nothing is committed and it is said because of whom; then both are whole',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    const document = numbers({ folder: 'home:held' })
    document.operators.push({
      id: 'every',
      type: 'file-sink',
      typeVersion: 1,
      name: 'every',
      config: { folder: 'home:held', name: 'every', format: 'json-lines', layout: 'parts' },
    })
    document.streams[0].to.push({ operator: 'every', port: 'in' })
    const runId = await startRun(server, document)
    await untilEvent(server, runId, 0, (event) => event.type === 'committed')
    await server.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'hold', hold: true })
    const { reason } = await untilState(server, runId, 'degraded')
    expect(reason).toContain('some')
    const before = await figuresOf(server, runId)
    const after = await until('more rows of the other branch', async () => {
      const figures = await figuresOf(server, runId)
      return figures.operators['every'].rowsIn > before.operators['every'].rowsIn && figures
    })
    expect(after.committedWindow).toBe(before.committedWindow)
    expect(after.operators['some'].state).toBe('held')
    expect(after.operators['every'].attempt).toBe(before.operators['every'].attempt)
    const seq = await seqOf(server, runId)
    await server.call('POST', `/api/runs/${runId}/operators/some/restore`, { commandId: 'restore' })
    await untilEvent(server, runId, seq, (event) => event.type === 'committed')
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop' })
    await untilState(server, runId, 'stopped')
    const every = numbersWritten(home, 'id', 'held', 'every-')
    expect(every).toEqual(upTo(every.length))
    expect(numbersWritten(home, 'id', 'held', 'numbers-')).toEqual(every.filter((id) => id % 2 === 0))
  },
)

test(
  '§6.10 restored to a checkpoint behind its output: rewind leaves the rows of an undisturbed run, fork what was there as it was',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    for (const verb of ['rewind', 'fork'] as const) {
      const runId = await startRun(server, numbers({ folder: `home:${verb}` }))
      const [{ manifest, window }] = await until('a checkpoint beyond the first', async () => {
        const found = (await server.call('GET', `/api/runs/${runId}/checkpoints`)).body as CheckpointSummary[]
        return found.length >= 3 && found
      })
      const folder = join(home, 'files', verb)
      await untilEvent(server, runId, 0, (event) => event.type === 'sink-committed' && event.operator === 'file' && event.window > window)
      const written = new Map(
        readdirSync(folder)
          .filter((name) => name.startsWith('numbers-1-'))
          .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
      )
      expect(written.size).toBeGreaterThan(1)
      const restore = (verbs: Record<string, string>, commandId: string) =>
        server.call('POST', `/api/runs/${runId}/restore`, { manifest, verbs, commandId })
      expect((await restore({}, `${verb}-none`)).status).toBe(400)
      const seq = await seqOf(server, runId)
      expect((await restore({ file: verb }, verb)).status).toBe(202)
      const restored = await untilEvent(server, runId, seq, (event) => event.type === 'restored')
      await untilEvent(server, runId, restored.seq, (event) => event.type === 'committed' && event.window > window)
      await server.call('POST', `/api/runs/${runId}/stop`, { commandId: `${verb}-stop` })
      await untilState(server, runId, 'stopped')
      const ids = numbersWritten(home, 'id', verb, verb === 'rewind' ? 'numbers-' : 'numbers-2-')
      expect(ids.length).toBeGreaterThan(0)
      expect(ids).toEqual(upTo(2 * ids.length, 2))
      if (verb === 'fork') for (const [name, text] of written) expect(readFileSync(join(folder, name), 'utf8')).toBe(text)
    }
  },
)
