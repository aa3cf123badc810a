/** No violation of WCAG 2.2 A and AA that axe can find, in light and dark, on every screen. */
import { expectClean } from './accessible.ts'
import { Api } from './api.ts'
import { expect, test } from './belay.ts'

test('no accessibility violations', async ({ belay, browser }) => {
  // Some twenty screens, each looked at whole.
  test.setTimeout(300_000)
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const api = new Api(belay.url)
  await api.call('POST', '/examples/flights/open')
  const runId = await api.start('flights', { speed: 25_000, output: 'home:axe' })

  await page.goto(belay.url)
  await expect(page.getByRole('button', { name: 'Run again Flights' }).or(page.getByRole('button', { name: 'Show Flights' }))).toBeVisible()
  await expectClean(page, 'start')

  await page.goto(`${belay.url}/pipelines/flights`)
  await expect(page.locator('.react-flow__node').first()).toBeVisible()
  await expectClean(page, 'designer')

  await page.goto(`${belay.url}/runs/${runId}`)
  await expect(page.getByTestId('table-board').locator('tbody tr').first()).toBeVisible()
  await expectClean(page, 'monitor')
  for (const key of ['2', '6', '1']) {
    await page.keyboard.press(key)
    await expectClean(page, `colours ${key}`)
  }
  await page.getByTestId('node-hourly').click()
  await expectClean(page, 'inspector')
  await page.keyboard.press('p')
  await expect(page.getByTestId('peek-rows')).toBeVisible()
  await expectClean(page, 'peek')
  await page.keyboard.press('k')
  await expect(page.getByTestId('kill-preview')).toBeVisible()
  await expectClean(page, 'kill dialog')
  await page.getByRole('dialog').getByRole('button', { name: 'Kill hourly' }).click()
  await expect(page.getByTestId('back-after')).toBeVisible()
  await expectClean(page, 'incident')
  await page.keyboard.press('t')
  await page.getByRole('tab', { name: 'Events' }).click()
  await expectClean(page, 'table and events')
  await page.getByRole('tab', { name: 'Metrics' }).click()
  await expect(page.getByTestId('metrics').locator('svg').first()).toBeVisible()
  await expectClean(page, 'metrics')
  await page.getByRole('tab', { name: 'Explain' }).click()
  await expect(page.getByText('Checkpoint of').first()).toBeVisible()
  await expectClean(page, 'explain')
  await page.getByRole('tab', { name: 'Checkpoints' }).click()
  await expectClean(page, 'checkpoints')
  await page
    .getByRole('button', { name: /phases by operator/ })
    .first()
    .click()
  await expect(page.getByTestId('phases')).toBeVisible()
  await expectClean(page, 'phases of a checkpoint')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'State…' }).first().click()
  await expect(page.getByTestId('state-count')).toBeVisible()
  await expectClean(page, 'state of a checkpoint')
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('tab', { name: 'Operators' }).click()
  await expectClean(page, 'phone')
  await context.close()
})
