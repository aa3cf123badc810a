/** The tour on the demo: offered once, moved on by what one does, ended by key, and there again when asked for. */
import { readFileSync } from 'node:fs'
import { expectClean } from './accessible.ts'
import { expect, test } from './belay.ts'

test('the tour waits for one’s own action, ends by key and is offered only once', async ({ page, belay }) => {
  const document: unknown = JSON.parse(readFileSync(new URL('../examples/flights.json', import.meta.url), 'utf8'))
  const response = await fetch(`${belay.url}/api/pipelines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ document }),
  })
  expect(response.status).toBeLessThan(410)
  await page.goto(`${belay.url}/pipelines/flights`)
  const tour = page.getByRole('region', { name: 'Tour' })
  await tour.getByRole('button', { name: 'Show me' }).click()
  await expect(tour).toContainText('1 of 5')
  await expectClean(page, 'tour')

  await page.getByTestId('node-late').click()
  await expect(tour).toContainText('2 of 5')
  await tour.getByRole('button', { name: 'Next' }).click()
  await tour.getByRole('button', { name: 'Next' }).click()
  await expect(tour).toContainText('4 of 5')
  await page.keyboard.press('Control+k')
  const commands = page.getByRole('dialog', { name: 'Commands' })
  await expect(commands).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(commands).toHaveCount(0)
  await expect(tour).toContainText('5 of 5')
  await tour.getByRole('button', { name: 'Done' }).focus()
  await page.keyboard.press('Escape')
  await expect(tour).toHaveCount(0)

  await page.reload()
  await expect(page.getByTestId('node-late')).toBeVisible()
  await expect(tour).toHaveCount(0)
  await page.getByLabel('Canvas of the pipeline').focus()
  await page.keyboard.press('?')
  await page.getByRole('button', { name: 'Take the tour' }).click()
  await expect(tour).toContainText('1 of 5')
})
