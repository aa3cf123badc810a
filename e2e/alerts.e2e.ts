/** Alerts on the page: a suggested rule with a click, one of one's own with a preview, live in the run's top bar. */
import { expectClean } from './accessible.ts'
import { Api } from './api.ts'
import { expect, test } from './belay.ts'

test('a rule is made with a preview, fires live in the run, and is acknowledged', async ({ belay, page }) => {
  const api = new Api(belay.url)
  await api.call('POST', '/examples/flights/open')
  const runId = await api.start('flights', { speed: 2000, output: 'home:alerts' })
  await page.goto(`${belay.url}/alerts`)
  const suggestions = page.getByTestId('suggestions')
  await suggestions.getByRole('button', { name: 'Add Run is behind' }).click()
  await expect(page.getByTestId('rules')).toContainText('lag_seconds > 60')
  await expect(suggestions.getByRole('button', { name: 'Add Run is behind' })).toHaveCount(0)

  await page.getByRole('button', { name: 'New rule' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Rows come')
  await dialog.getByLabel('Fires when').fill('rows > 10')
  await expect(dialog.locator('.al-problem')).toContainText('rows')
  await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled()
  await dialog.getByLabel('Fires when').fill('rows_per_second > 10')
  await dialog.getByLabel('Must hold for, s').fill('0')
  await expect(page.getByTestId('rule-preview')).toContainText('Would have fired 1 time in 1 run')
  await expectClean(page, 'a new rule')
  await page.goto(`${belay.url}/runs/${runId}`)
  await expect(page.getByTestId('committed')).toBeVisible()
  await expect(page.getByTestId('run-alerts')).toHaveCount(0)
  // Somebody else adds it: the chip comes by itself.
  await api.call('POST', '/alerts/rules', {
    name: 'Rows come',
    pipelineId: null,
    runId: null,
    scope: 'run',
    operator: null,
    condition: 'rows_per_second > 10',
    until: null,
    forMs: 0,
    resolveAfterMs: 0,
    noData: 'keep',
    severity: 'critical',
    webhooks: [],
    enabled: true,
  })
  await page.getByTestId('run-alerts').click()
  await expect(page.getByRole('heading', { name: '1 fires' })).toBeVisible()
  await page.getByRole('button', { name: 'Acknowledge Rows come' }).click()
  await expect(page.getByTestId('alerts')).toContainText('seen by')
  await expectClean(page, 'alerts of a run')
  await api.call('POST', `/runs/${runId}/stop`, { commandId: 'stop', mode: 'abort' })
  await expect(page.getByTestId('alerts')).toContainText('over: the run has ended')
})
