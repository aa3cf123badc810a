/** German: from the browser or chosen, on every page, without overflow on a phone; nothing of it comes to those who read English. */
import type { Page } from '@playwright/test'
import { expect, test } from './belay.ts'

const PHONE = { width: 390, height: 844 }
const WIDE = { width: 1440, height: 900 }

async function post(url: string, path: string, body?: unknown): Promise<Record<string, string>> {
  const response = await fetch(`${url}/api${path}`, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  expect(response.status).toBeLessThan(300)
  return (await response.json()) as Record<string, string>
}

async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
}

test('start page, designer and monitor speak German where the browser does, and change without losing a draft', async ({
  browser,
  belay,
}) => {
  const context = await browser.newContext({ locale: 'de-DE', viewport: PHONE })
  const page = await context.newPage()
  await page.goto(belay.url)
  await expect(page.getByRole('heading', { name: 'Beispiele' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
  await fits(page)

  await post(belay.url, '/examples/growing-log/open')
  await page.goto(`${belay.url}/pipelines/growing-log`)
  await expect(page.getByText('Zum Zeichnen muss das Fenster')).toBeVisible()
  await fits(page)
  const { runId } = await post(belay.url, '/runs', { pipelineId: 'growing-log', parameters: {}, commandId: crypto.randomUUID() })
  await page.goto(`${belay.url}/runs/${runId}`)
  await expect(page.getByRole('tab', { name: 'Zeitleiste' })).toBeVisible()
  await fits(page)

  await page.setViewportSize(WIDE)
  await page.goto(`${belay.url}/pipelines/growing-log`)
  await expect(page.getByRole('button', { name: /JSON-Zeilen-Datei/ })).toBeVisible()
  await page.getByLabel('Name der Pipeline').fill('Wachsend')
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 Änderung ungespeichert')).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Operator oder Befehl suchen' }).fill('English')
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 change not saved')).toBeVisible()
  await expect(page.getByLabel('Name of the pipeline')).toHaveValue('Wachsend')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
  await context.close()
})

test('English loads no German', async ({ page, belay }) => {
  const scripts: Promise<string>[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) scripts.push(response.text())
  })
  await page.goto(belay.url, { waitUntil: 'networkidle' })
  const texts = await Promise.all(scripts)
  expect(texts.length).toBeGreaterThan(3)
  expect(texts.filter((text) => /Zeilen|Läufe/.test(text))).toEqual([])
})

test('German fits a small laptop: rows of an operator stay in their panel, and the kill dialog shows its buttons', async ({
  browser,
  belay,
}) => {
  const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 720 } })
  const page = await context.newPage()
  await post(belay.url, '/examples/flights/open')
  await page.goto(`${belay.url}/pipelines/flights`)
  await page.getByTestId('node-late').click()
  await page.getByRole('tab', { name: 'Zeilen', exact: true }).click()
  await expect(page.getByRole('cell', { name: 'ATL' }).first()).toBeVisible()
  await fits(page)
  const { runId } = await post(belay.url, '/runs', {
    pipelineId: 'flights',
    parameters: { speed: 25_000, output: 'home:small' },
    commandId: crypto.randomUUID(),
  })
  await page.goto(`${belay.url}/runs/${runId}`)
  await page.getByTestId('node-hourly').click()
  await page.keyboard.press('k')
  await expect(page.getByTestId('kill-preview')).toBeVisible()
  const foot = await page.getByRole('dialog').getByRole('button', { name: 'hourly abschießen' }).boundingBox()
  expect((foot?.y ?? Infinity) + (foot?.height ?? 0)).toBeLessThanOrEqual(720)
  await post(belay.url, `/runs/${runId}/stop`, { commandId: crypto.randomUUID(), mode: 'abort' })
  await context.close()
})
