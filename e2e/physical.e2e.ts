/** The physical view of a run: partitions in their containers, followed, killed and read as a table. */
import type { Page } from '@playwright/test'
import { expectClean } from './accessible.ts'
import { Api } from './api.ts'
import { expect, test, type Belay } from './belay.ts'

const filter = (id: string) => ({ id, type: 'filter', typeVersion: 1, name: id, partitions: 2, config: { condition: 'id >= 0' } })
const to = (operator: string) => [{ operator, port: 'in' }]

/** Rows shared out over two filters each, which run fused, then by key over two sums. */
const DOCUMENT = {
  format: 1,
  id: 'shared-out',
  name: 'Shared out',
  parameters: {},
  settings: { windowMs: 100, checkpointIntervalMs: 400, memoryBytes: 134_217_728 },
  operators: [
    { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows: 0, rowsPerSecond: 2000, seed: 7, keys: 200 } },
    filter('even'),
    filter('small'),
    {
      id: 'sums',
      type: 'window-aggregate',
      typeVersion: 1,
      name: 'sums',
      partitions: 2,
      config: { sizeMs: 500, keys: ['key'], aggregates: [{ name: 'rows', function: 'count', column: null }] },
    },
    { id: 'seen', type: 'null-sink', typeVersion: 1, name: 'seen', config: {} },
  ],
  streams: [
    { id: 's1', from: { operator: 'rows', port: 'out' }, to: to('even') },
    { id: 's2', from: { operator: 'even', port: 'true' }, to: to('small') },
    { id: 's3', from: { operator: 'small', port: 'true' }, to: to('sums') },
    { id: 's4', from: { operator: 'sums', port: 'out' }, to: to('seen') },
  ],
  layout: {},
}

async function openRun(belay: Belay, page: Page, query: string): Promise<{ readonly api: Api; readonly runId: string }> {
  const api = new Api(belay.url)
  await api.call('POST', '/pipelines', { document: DOCUMENT }).catch(() => undefined)
  const runId = await api.start('shared-out', {})
  await page.goto(`${belay.url}/runs/${runId}${query}`)
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'running')
  return { api, runId }
}

test('partitions stand in their containers, one is killed, and only what goes back with it is lit', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page, '')
  await api.committed(runId, 4)
  await expect(page.getByTestId('node-sums')).toBeVisible()
  await page.keyboard.press('l')
  await expect(page).toHaveURL(/level=physical/)
  await expect(page.locator('[data-instance]')).toHaveCount(8)
  // What runs fused is framed; what is alone in its thread is not.
  await expect(page.locator('.py-frame')).toHaveCount(2)
  await expect(page.locator('[data-container="c-even#1"]')).toContainText('c-even#1')
  await expect(page.getByTestId('instance-sums#1')).toContainText('keys 64–127')
  await expect(page.getByTestId('instance-sums#1')).toContainText(/in[\d.,]+\s?k?\s?\/s/)
  await expectClean(page, 'physical graph')

  // A fused instance takes its container along, and the other half of the operator stays lit.
  await page.getByTestId('instance-small#1').click()
  await expect(page).toHaveURL(/operator=small%231/)
  await expect(page.getByTestId('partitions').locator('[aria-pressed=true]')).toContainText('#1')
  await page.keyboard.press('k')
  await expect(page.getByTestId('kill-preview')).toBeVisible()
  await expect(page.getByTestId('instance-small#1')).toHaveClass(/rn-target/)
  await expect(page.getByTestId('instance-even#1')).toHaveClass(/rn-target/)
  await expect(page.locator('[data-container="c-even#1"]')).toHaveClass(/py-dies/)
  await expect(page.getByTestId('instance-even#0')).toHaveClass(/rn-faded/)
  await expect(page.getByTestId('instance-sums#0')).not.toHaveClass(/rn-faded/)
  await page.getByRole('dialog').getByRole('button', { name: 'Kill small #1' }).click()
  await expect(page.getByTestId('back-after')).toBeVisible()
  const planned = (await api.events(runId)).find((event) => event.type === 'recovery-planned') as { partitions?: string[] } | undefined
  expect(planned?.partitions).toContain('even#1')
  expect(planned?.partitions).not.toContain('even#0')
})

test('the physical table says the same and does the same; a link opens it', async ({ belay, page }) => {
  const { api, runId } = await openRun(belay, page, '?view=table&level=physical&operator=sums%230')
  await api.committed(runId, 2)
  const table = page.getByTestId('instance-table')
  await expect(table.locator('tbody tr')).toHaveCount(8)
  await expect(table.locator('tr[data-instance="sums#0"]')).toHaveAttribute('aria-selected', 'true')
  await expect(table.locator('tr[data-instance="sums#0"]')).toContainText('small ×2, by key')
  await expect(table.locator('tr[data-instance="small#1"]')).toContainText('even #1, in its thread')
  await expectClean(page, 'physical table')
  await table.getByRole('button', { name: 'Kill… sums #1' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Kill sums #1' }).click()
  await expect(page.getByTestId('back-after')).toBeVisible()
})

test('on a phone an operator tells its partitions, and checkpoints can be gone back to', async ({ belay, page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await openRun(belay, page, '?level=physical&operator=sums%231')
  await page.getByRole('tab', { name: 'sums' }).click()
  await expect(page.getByTestId('partitions').locator('li')).toHaveCount(2)
  await expect(page.getByTestId('inspector')).toContainText('64–127')
  await page.getByRole('tab', { name: /^Checkpoints/ }).click()
  await expect(page.locator('.rn-cp').first().getByRole('button', { name: 'Restore…' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})
