/** Settings that change while a run goes on, with real processes, by command line and API. */
import { expect, test } from 'vitest'
import { belay, eventsOf, pidOf, PROCESSES, startRun, testHome, testServer, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { numbersWritten } from './support/written.ts'

const ROWS = 9000

test(
  'H26 F18 a condition that is set holds from one row on, over a kill of the process, and the rows before keep the old one',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    const runId = await startRun(server, numbers({ rows: ROWS, rowsPerSecond: 3000, folder: 'home:live' }))
    const path = `/api/runs/${runId}/operators/some/config`
    await untilEvent(server, runId, 0, (event) => event.type === 'committed')
    const refused = async (operator: string, values: unknown): Promise<[number, string]> => {
      const { status, body } = await server.call('POST', `/api/runs/${runId}/operators/${operator}/config`, {
        commandId: JSON.stringify(values),
        values,
      })
      return [status, body.refusal ?? body.code]
    }
    expect(await refused('some', { condition: 'id +' })).toEqual([400, expect.any(String)])
    expect(await refused('source', { seed: 8 })).toEqual([400, 'SETTING_NOT_LIVE'])
    expect((await refused('nobody', { condition: 'TRUE' }))[0]).toBe(404)

    const set = await belay(['set', runId, 'some', 'condition=id % 3 = 0', '--home', home])
    expect([set.code, set.stdout]).toEqual([0, 'accepted\n'])
    const told = await untilEvent(server, runId, 0, (event) => event.type === 'config-set')
    if (told.type !== 'config-set') throw new Error('another event')
    expect(told).toMatchObject({ operator: 'some', values: { condition: 'id % 3 = 0' }, before: {} })
    // The value of the document ends the difference; the same id has one effect.
    const again = { commandId: 'back', values: { condition: 'id % 3 = 0' } }
    expect((await server.call('POST', path, again)).status).toBe(202)
    expect((await server.call('POST', path, { ...again, values: { condition: 'id % 2 = 0' } })).status).toBe(202)
    const { figures } = (await server.call('GET', `/api/runs/${runId}/snapshot`)).body
    expect(figures.operators.some.live).toEqual({ from: told.window, values: { condition: 'id % 3 = 0' } })

    await untilEvent(server, runId, told.seq, (event) => event.type === 'committed' && event.window >= told.window)
    process.kill(pidOf(home, runId), 'SIGKILL')
    await untilState(server, runId, 'finished')
    const ids = numbersWritten(home, 'id', 'live')
    // Somewhere the condition changes, once.
    const border = ids.find((id) => id % 2 !== 0) ?? ROWS
    const expected = Array.from({ length: ROWS }, (_, id) => id)
    const wanted = (from: number): number[] => expected.filter((id) => (id < from ? id % 2 === 0 : id % 3 === 0))
    // The first odd id that passes comes at most six after it.
    const changes = Array.from({ length: 7 }, (_, back) => wanted(border - back))
    expect(changes).toContainEqual(ids)
    expect(border).toBeGreaterThan(0)
    expect(border).toBeLessThan(ROWS)
    expect((await eventsOf(server, runId)).filter((event) => event.type === 'config-set')).toHaveLength(1)
  },
)

test('H16 the time between checkpoints changes while the run goes on, and stays so when its process dies', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const runId = await startRun(server, numbers())
  await untilEvent(server, runId, 0, (event) => event.type === 'committed')
  const set = await belay(['set', runId, '--checkpoint-interval', '1500', '--home', home])
  expect([set.code, set.stdout]).toEqual([0, 'accepted\n'])
  const told = await untilEvent(server, runId, 0, (event) => event.type === 'checkpoint-interval-set')
  expect(told).toMatchObject({ intervalMs: 1500, before: 200 })
  process.kill(pidOf(home, runId), 'SIGKILL')
  await untilEvent(server, runId, told.seq, (event) => event.type === 'recovered')
  expect((await server.call('GET', `/api/runs/${runId}/snapshot`)).body.figures.checkpointIntervalMs).toBe(1500)
  const wrong = await server.call('POST', `/api/runs/${runId}/checkpoint-interval`, { commandId: 'x', intervalMs: 100 })
  expect(wrong.status).toBe(400)
})
