/** What operators write while they work, with real processes: kept over kills and the end, filtered, followed, bounded. */
import type { LogLine, LogPage } from '@belay/run'
import { expect, test } from 'vitest'
import { belay, pidOf, PROCESSES, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'

/** A flood at one row, a line at each hundredth. */
const CODE = `
if (row.id === 50) for (let i = 0; i < 100000; i += 1) ctx.log.info('flood', { i })
if (row.id % 100 === 0) console.log('hundred', row.id)
if (row.id % 100 === 1) ctx.log.debug('a detail', { id: row.id })
if (row.id === 1003) ctx.log.error('a bad one', { id: row.id })
return { id: row.id }
`

test(
  'V3 lines are kept over a kill -9 and the end, of a flood only some, and the level changes while the run goes on',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    const document = numbers({ rows: 9000, rowsPerSecond: 1000, folder: 'home:logged' })
    const script = {
      ...document.operators[1],
      type: 'script',
      config: { code: CODE, columns: [{ name: 'id', type: 'int64', nullable: false }], keys: [], changelogAware: false, ttlMs: 0 },
    }
    const runId = await startRun(server, {
      ...document,
      operators: document.operators.map((operator) => (operator.id === 'some' ? script : operator)),
      streams: document.streams.map((stream) => (stream.id === 's2' ? { ...stream, from: { operator: 'some', port: 'out' } } : stream)),
    })
    const page = async (query: string): Promise<LogPage> =>
      (await server.call('GET', `/api/runs/${runId}/logs?operator=some&${query}`)).body
    const follow = belay(['logs', runId, '-f', '--operator', 'some', '--level', 'info', '--json', '--home', home])

    const seen = await until('lines', async () => {
      const { lines } = await page('text=hundred')
      return lines.length >= 3 ? lines : null
    })
    expect(seen[0]).toMatchObject({ level: 'info', from: 'console', operator: 'some', instance: 'some', text: 'hundred 0' })
    const dropped = await until('what was dropped', async () => {
      const { lines } = await page('text=dropped')
      return lines.reduce((sum, { fields }) => sum + Number(fields?.['dropped']), 0) > 90_000 ? lines[0] : null
    })
    expect(dropped).toMatchObject({ level: 'warning', from: 'engine', text: expect.stringContaining('more than 200 a second') as string })
    expect((await page('text=a%20detail')).lines).toEqual([])

    expect((await server.call('POST', `/api/runs/${runId}/operators/nobody/log-level`, { commandId: 'x', level: 'debug' })).status).toBe(
      404,
    )
    const set = await belay(['logs', runId, '--operator', 'some', '--set-level', 'debug', '--home', home])
    expect([set.code, set.stdout]).toEqual([0, 'accepted\n'])
    const told = await untilEvent(server, runId, 0, (event) => event.type === 'log-level-set')
    process.kill(pidOf(home, runId), 'SIGKILL')
    await untilEvent(server, runId, told.seq, (event) => event.type === 'recovered')
    // Journaled: the operator of the process after it works with it.
    const detail = await until('a detail', async () => (await page('text=a%20detail')).lines.at(-1))
    expect(detail).toMatchObject({ level: 'debug', from: 'operator', fields: { id: expect.any(Number) as number } })
    await untilState(server, runId, 'finished')

    const all = (await page('limit=1000&text=hundred')).lines
    expect(all.slice(0, seen.length)).toEqual(seen)
    // Behind the flood, where rows wait, some are lost as well; later none is.
    const later = Array.from({ length: 40 }, (_, i) => `hundred ${(i + 50) * 100}`)
    expect(all.map(({ text }) => text)).toEqual(expect.arrayContaining(later))
    expect(new Set(all.map(({ attempt }) => attempt)).size).toBeGreaterThan(1)
    const places = all.map(({ at }) => at)
    expect(places).toEqual(places.toSorted((a, b) => a - b))

    // Pages back and on meet, and miss nothing.
    const newest = await page('limit=7&text=hundred')
    const before = await page(`limit=7&text=hundred&before=${newest.previous ?? 0}`)
    expect([...before.lines, ...newest.lines]).toEqual(all.slice(-14))
    expect((await page(`limit=1000&text=hundred&from=${all[4].at}`)).lines).toEqual(all.slice(4))
    expect((await page('level=error')).lines.filter(({ from }) => from === 'operator').map(({ text }) => text)).toContain('a bad one')

    const followed = (await follow).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine)
    const hundreds = followed.filter(({ text }) => text.startsWith('hundred'))
    expect(hundreds).toEqual(all.slice(all.length - hundreds.length))
    expect(hundreds.length).toBeGreaterThan(40)
  },
)
