/** A run as one file: opened from the disk, with the network off and its server gone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectClean } from './accessible.ts'
import { Api } from './api.ts'
import { expect, test } from './belay.ts'

test('an exported run opens without a server, and its scrubber shows each moment', async ({ belay, browser }) => {
  const api = new Api(belay.url)
  await api.call('POST', '/examples/flights/open')
  const runId = await api.start('flights', { speed: 2000, output: 'home:session' })
  const page = await browser.newPage()
  await page.goto(`${belay.url}/runs/${runId}`)
  await expect
    .poll(async () => (await api.call<{ figures: { committedWindow: number } }>('GET', `/runs/${runId}/snapshot`)).figures.committedWindow)
    .toBeGreaterThan(4)
  await api.call('POST', `/runs/${runId}/operators/hourly/kill`, { commandId: 'kill', hold: false })
  await expect
    .poll(async () =>
      (await api.call<{ type: string }[]>('GET', `/runs/${runId}/events?limit=10000`)).some(({ type }) => type === 'recovered'),
    )
    .toBe(true)
  await api.call('POST', `/runs/${runId}/stop`, { commandId: 'stop', mode: 'stop' })
  await expect.poll(async () => (await api.call<{ state: string }>('GET', `/runs/${runId}`)).state).toBe('stopped')
  await page.getByRole('button', { name: 'Export this run' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('dialog').getByRole('link', { name: 'Export' }).click()
  const folder = mkdtempSync(join(tmpdir(), 'belay-session-'))
  const file = join(folder, 'session.html')
  await (await download).saveAs(file)
  await page.close()

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  await context.setOffline(true)
  const viewer = await context.newPage()
  const requests: string[] = []
  const problems: string[] = []
  viewer.on('request', (request) => requests.push(request.url()))
  viewer.on('pageerror', (error) => problems.push(error.message))
  viewer.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await viewer.goto(`file://${file}`)
  await expect(viewer.getByRole('heading', { level: 1 })).toHaveText('Flights')
  await expect(viewer.getByTestId('facts')).toContainText('stopped')
  const hourly = viewer.locator('[data-operator="hourly"]')
  await expect(viewer.locator('[data-operator]')).toHaveCount(7)
  // To the moment of the kill: the operator is down, later it runs again.
  await viewer.locator('details', { hasText: 'Incidents' }).getByRole('button').first().click()
  const states = new Set<string | null>()
  for (let press = 0; press < 60 && !states.has('running'); press += 1) {
    await viewer.getByRole('button', { name: 'Event after' }).click()
    states.add(await hourly.getAttribute('data-state'))
  }
  expect([...states]).toContain('down')
  expect([...states]).toContain('running')
  // The scrubber goes by keys as well.
  const before = await viewer.getByTestId('moment').textContent()
  await viewer.getByLabel('Moment shown').press('Home')
  await expect(viewer.getByTestId('moment')).not.toHaveText(before ?? '')
  await hourly.click()
  await expect(viewer.getByTestId('facts')).toContainText('works on')
  await viewer.locator('summary', { hasText: 'Checkpoints' }).click()
  expect(await viewer.locator('details', { hasText: 'Checkpoints' }).locator('tbody tr').count()).toBeGreaterThan(0)
  await viewer.locator('summary', { hasText: 'Settings' }).click()
  await expect(viewer.locator('pre')).toContainText('"checkpointIntervalMs"')
  await expect(viewer.getByText('Rows: of tables, of errors')).toBeVisible()
  expect(problems).toEqual([])
  expect(requests).toEqual([`file://${file}`])
  await expectClean(viewer, 'exported run')
  await context.close()
  rmSync(folder, { recursive: true, force: true })
})
