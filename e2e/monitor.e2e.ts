/** The run page, used: hold, restore, stop, pause, scrub, by keyboard, on a phone, with the network and the server gone. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator, Page } from '@playwright/test'
import { Api } from './api.ts'
import { expect, killRuns, newHome, startBelay, stopBelay, test, type Belay } from './belay.ts'

const STEADY = { speed: 25_000 }

async function openRun(belay: Belay, page: Page, query = ''): Promise<{ readonly api: Api; readonly runId: string }> {
  const api = new Api(belay.url)
  await api.call('POST', '/examples/flights/open')
  const runId = await api.start('flights', { ...STEADY, output: `home:monitor-${Date.now()}` })
  await page.goto(`${belay.url}/runs/${runId}${query}`)
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')
  return { api, runId }
}

/** Steps with Tab until the element has the focus: what no mouse is needed for. */
async function tabTo(page: Page, target: Locator, most = 60): Promise<void> {
  for (let i = 0; i < most; i += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`not reached by ${most} presses of Tab`)
}

/** Events that the page has, by its own account: all of them, up to the run's newest. */
async function expectNoEventMissing(page: Page, api: Api, runId: string): Promise<void> {
  await page.getByRole('tab', { name: 'Events' }).click()
  const wholeness = page.getByTestId('wholeness')
  const newest = (await api.events(runId)).at(-1)?.seq ?? 0
  await expect.poll(async () => Number(await wholeness.getAttribute('data-last'))).toBeGreaterThanOrEqual(newest)
  await expect(wholeness).toHaveAttribute('data-missing', '0')
  await expect(wholeness).toHaveAttribute('data-first', '1')
}

test('kill and hold: nothing is committed until the operator is restored', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 4)
  const hourly = page.getByTestId('node-hourly')
  await hourly.click()
  await page.keyboard.press('k')
  await page.getByLabel(/Hold it down/).check()
  await page.getByRole('button', { name: 'Kill and hold hourly' }).click()
  await expect(hourly).toHaveAttribute('data-state', 'held')
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'degraded')
  await expect(page.getByTestId('sentence')).toContainText('hourly is held')

  const held = await api.figures(runId)
  const later = await api.until(
    () => api.figures(runId),
    (figures) => figures.targetWindow >= held.targetWindow + 5,
    'sources work on',
  )
  expect(later.committedWindow).toBe(held.committedWindow)
  const heldAtMs = (await api.events(runId)).at(-1)?.atMs ?? 0

  await page.getByTestId('sentence').getByRole('button', { name: 'Restore hourly' }).click()
  await expect(hourly).toHaveAttribute('data-state', 'running')
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')
  await api.committed(runId, held.committedWindow + 1)

  // A link to that moment opens it in a page that was not there, from what the server has kept.
  await page.goto(`${belay.url}/runs/${runId}?at=${heldAtMs}`)
  await expect(page.getByTestId('stored')).toHaveText(/^Stored, 1\s*s/)
  await expect(hourly).toHaveAttribute('data-state', 'held')
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'degraded')
  await expect(page.getByTestId('committed')).toContainText(String(held.committedWindow))
  await page.getByTestId('timeline').focus()
  await page.keyboard.press('End')
  await expect(page.getByTestId('stored')).toHaveCount(0)
  await expect(hourly).toHaveAttribute('data-state', 'running')
  await expect(page).not.toHaveURL(/at=/)
})

test('the table does everything without a mouse: kill, hold, restore', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 4)
  await page.keyboard.press('t')
  const table = page.getByTestId('operator-table')
  const row = table.locator('[data-operator=hourly]')
  await tabTo(page, row.getByRole('button', { name: 'Kill… hourly' }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByTestId('kill-preview')).toBeVisible()
  await tabTo(page, dialog.getByLabel(/Hold it down/))
  await page.keyboard.press('Space')
  await tabTo(page, dialog.getByRole('button', { name: 'Kill and hold hourly' }))
  await page.keyboard.press('Enter')
  await expect(row).toHaveAttribute('data-state', 'held')
  await tabTo(page, row.getByRole('button', { name: 'Restore hourly' }))
  await page.keyboard.press('Enter')
  await expect(row).toHaveAttribute('data-state', 'running')
  // Focus came back to where it was; Escape closes what lies on top.
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('incident')).toHaveCount(0)
})

test('arrow keys walk the graph, and K kills what is chosen', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 4)
  await tabTo(page, page.locator('.react-flow__node[data-id=flights]'))
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
  await expect(page.getByTestId('inspector')).toContainText('hourly')
  await page.keyboard.press('k')
  await expect(page.getByRole('dialog')).toContainText('Kill hourly')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.locator('.react-flow__node[data-id=hourly]')).toBeFocused()
})

test('restore to a kept checkpoint asks for a verb, and begins a new lineage; then stop', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 8)
  await page.getByRole('button', { name: 'Restore…' }).first().click()
  const dialog = page.getByRole('dialog')
  const restore = dialog.getByRole('button', { name: /^Restore to/ })
  await dialog.getByRole('combobox').selectOption({ index: 1 })
  await expect(restore).toBeDisabled()
  await dialog.getByRole('radio', { name: /Rewind/ }).check()
  await restore.click()
  await expect(dialog).toHaveCount(0)
  const restored = await api.until(
    () => api.events(runId),
    (events) => events.some((event) => event.type === 'restored'),
    'the run is restored',
  )
  expect(restored.find((event) => event.type === 'restored')?.lineage).toBe(2)
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')

  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('menuitem', { name: /^Stop/ }).click()
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'stopped')
  await expect(page.getByTestId('sentence')).toContainText('Stopped after')
  await expect(page.getByRole('button', { name: 'Pause' })).toBeDisabled()

  // What has ended can still be looked at.
  await page.reload()
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'stopped')
  await expectNoEventMissing(page, api, runId)
})

test('pause, take a checkpoint, kill the run process, and look at a past moment', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 4)
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'paused')
  await page.getByTestId('sentence').getByRole('button', { name: 'Resume' }).click()
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')

  await page.getByRole('tab', { name: 'Checkpoints' }).click()
  await page.getByRole('button', { name: 'Take and pin' }).click()
  await expect(page.getByTestId('checkpoints').getByText('pinned')).toBeVisible()
  // Another interval is tried and holds from then on, also for whoever joins later.
  await page.getByRole('button', { name: /^every / }).click()
  const advisor = page.getByRole('dialog', { name: 'Time between checkpoints' })
  const row = advisor.locator('tr[data-interval]:not([aria-selected=true])').first()
  const intervalMs = Number(await row.getAttribute('data-interval'))
  await row.getByRole('button').click()
  await api.until(
    () => api.events(runId),
    (events) => events.some((event) => event.type === 'checkpoint-interval-set' && event.intervalMs === intervalMs),
    `checkpoints come every ${intervalMs} ms`,
  )
  await expect(advisor.locator(`tr[data-interval='${intervalMs}']`)).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Escape')

  await page.keyboard.press('k')
  await page.getByRole('radio', { name: /whole run process/ }).check()
  await page.getByRole('button', { name: 'Kill the run process' }).click()
  await expect(page.getByTestId('incident')).toHaveAttribute('data-outcome', 'recovered')
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')

  // The view stands still while the run goes on, and comes back to it.
  await page.getByRole('tab', { name: 'Timeline' }).click()
  await page.getByTestId('timeline').focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByTestId('sentence').getByRole('button', { name: 'Back to live' })).toBeVisible()
  const committed = page.getByTestId('committed')
  const frozen = await committed.textContent()
  const now = (await api.figures(runId)).committedWindow
  await api.committed(runId, now + 2)
  await expect(committed).toHaveText(frozen ?? '')
  await page.keyboard.press('.')
  await expect(committed).not.toHaveText(frozen ?? '')
})

test('the table view fills live, and says that its rows are not yet committed', async ({ belay, page }) => {
  await openRun(belay, page, '?tab=table:board')
  const rows = page.locator('.rn-bottom').getByTestId('table-board').locator('tbody tr')
  await expect(rows.first()).toBeVisible()
  const total = page.locator('.rn-bottom').getByText(/newest of .* rows, .* not yet committed/)
  const before = await total.textContent()
  await expect(total).not.toHaveText(before ?? '')
})

test('without network nothing is lost: the page catches up by sequence', async ({ belay, page, context }) => {
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 4)
  await context.setOffline(true)
  await expect(page.getByTestId('link')).not.toHaveAttribute('data-link', 'live')
  await api.command(runId, '/operators/hourly/kill', { hold: false })
  await api.until(
    () => api.events(runId),
    (events) => events.some((event) => event.type === 'recovered'),
    'the operator is back',
  )
  await context.setOffline(false)
  await expect(page.getByTestId('link')).toHaveAttribute('data-link', 'live', { timeout: 30_000 })
  await expectNoEventMissing(page, api, runId)
  await page.getByRole('searchbox', { name: 'Filter events' }).fill('killed')
  await expect(page.getByTestId('events')).toContainText('hourly killed by you')
})

test('on a phone the graph is a rope, and an operator can be killed with the thumb', async ({ belay, page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const { api, runId } = await openRun(belay, page)
  await api.committed(runId, 4)
  await expect(page.getByTestId('operator-table').getByRole('listitem')).toHaveCount(7)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  for (const button of await page.getByRole('navigation', { name: 'Actions' }).getByRole('button').all())
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  await page.getByRole('button', { name: /^Show hourly/ }).click()
  await page.getByRole('button', { name: 'Kill hourly…' }).click()
  await expect(page.getByTestId('kill-preview')).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: 'Kill hourly' }).click()
  await expect(page.getByTestId('incident')).toHaveAttribute('data-outcome', 'recovered')
  await expect(page.getByTestId('back-after')).toBeVisible()
})

test('a server killed with -9 and started again finds the run; the page goes on by sequence', async ({ page }) => {
  const home = newHome()
  let belay = await startBelay(home)
  try {
    const { api, runId } = await openRun(belay, page)
    const { committedWindow } = await api.committed(runId, 4)
    await stopBelay(belay, 'SIGKILL')
    await expect(page.getByTestId('link')).toHaveAttribute('data-link', 'lost')
    // The run does not need its server.
    await sleep(500)
    belay = await startBelay(home, Number(new URL(belay.url).port))
    await expect(page.getByTestId('link')).toHaveAttribute('data-link', 'live', { timeout: 30_000 })
    await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')
    await api.committed(runId, committedWindow + 2)
    expect(await api.call<readonly unknown[]>('GET', '/runs')).toHaveLength(1)
    expect((await api.events(runId)).filter((event) => event.type === 'process-started')).toHaveLength(1)
    await expectNoEventMissing(page, api, runId)
  } finally {
    await stopBelay(belay)
    killRuns(home)
    rmSync(home, { recursive: true, force: true })
  }
})

test('a click on a stream shows rows that pass, one in so many, until one looks elsewhere', async ({ belay, page }) => {
  await openRun(belay, page)
  const from = await page.getByTestId('node-flights').boundingBox()
  const to = await page.getByTestId('node-enrich').boundingBox()
  if (from === null || to === null) throw new Error('the graph is not drawn')
  await page.mouse.click((from.x + from.width + to.x) / 2, from.y + from.height / 2)
  await expect(page.getByTestId('peek-rows').locator('tbody tr').nth(5)).toBeVisible()
  await expect(page.getByTestId('peek-sample')).toContainText(/sampled 1 in \d+.*not yet committed/)
  await page.getByRole('button', { name: 'Freeze rows' }).click()
  await page.getByRole('searchbox', { name: 'Find in these rows' }).fill('no airport is called this')
  await expect(page.getByTestId('peek').getByText(/None of the \d+\s+rows here contains/)).toBeVisible()
  await page.getByRole('tab', { name: 'Timeline' }).click()
  await expect(page.getByTestId('peek')).toHaveCount(0)
  // And without a mouse.
  await page.locator('.react-flow__node[data-id="hourly"]').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('p')
  await expect(page.getByTestId('peek-sample')).toContainText('hourly → top10')
})

test('bad rows that are kept are written into a root; the name that is taken gets a number', async ({ belay, page }) => {
  const api = new Api(belay.url)
  const operator = (id: string, type: string, config: object, more: object = {}) => ({
    id,
    type,
    typeVersion: 1,
    name: id,
    config,
    ...more,
  })
  const code = "if (row.id % 100 === 7) throw new Error('seven')\nreturn row"
  const document = {
    format: 1,
    id: 'some-bad',
    name: 'Some bad',
    parameters: {},
    settings: { windowMs: 200, checkpointIntervalMs: 400, memoryBytes: 67_108_864 },
    operators: [
      operator('made', 'generator', { rows: 0, rowsPerSecond: 500, keys: 10, seed: 1 }),
      operator('checked', 'script', { code, columns: [], keys: [], changelogAware: false }, { onRowError: 'skip' }),
      operator('gone', 'null-sink', {}),
    ],
    streams: [
      { id: 's1', from: { operator: 'made', port: 'out' }, to: [{ operator: 'checked', port: 'in' }] },
      { id: 's2', from: { operator: 'checked', port: 'out' }, to: [{ operator: 'gone', port: 'in' }] },
    ],
    layout: {},
  }
  await api.call('POST', '/pipelines', { document })
  const runId = await api.start('some-bad')
  await page.goto(`${belay.url}/runs/${runId}?node=checked`)
  await page.getByTestId('node-checked').click()
  await page.getByRole('tab', { name: 'Errors' }).click()
  const write = page.getByTestId('row-errors').getByRole('button', { name: 'Write to a root…' }).last()
  for (const name of [/home:dead\/seven\.jsonl/, /home:dead\/seven\S+\.jsonl/]) {
    await write.click()
    const dialog = page.getByRole('dialog', { name: 'Write the kept rows into a root' })
    await expect(dialog.getByLabel('Root')).toHaveValue('home')
    await dialog.getByLabel('File in it').fill('dead/seven.jsonl')
    await page.keyboard.press('Enter')
    await expect(dialog.getByRole('status')).toContainText(name)
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
  }
  const [line] = readFileSync(join(belay.home, 'files/dead/seven.jsonl'), 'utf8').split('\n')
  const written = JSON.parse(line) as { readonly operator: string; readonly message: string }
  expect([written.operator, written.message]).toEqual(['checked', expect.stringContaining('seven')])
})
