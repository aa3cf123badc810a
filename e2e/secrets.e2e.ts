/** Secrets on the page: added, chosen, added in the form, replaced and removed, by keyboard, and never shown. */
import { expectClean } from './accessible.ts'
import { Api } from './api.ts'
import { expect, test } from './belay.ts'

const VALUE = 'c4nary-typed-on-the-page'

function polling(id: string) {
  return {
    format: 1,
    id,
    name: 'Polling',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 33_554_432 },
    operators: [
      {
        id: 'poll',
        type: 'http-poll',
        typeVersion: 1,
        name: 'poll',
        config: {
          url: 'https://example.org/items',
          intervalMs: 10_000,
          rowsPath: '',
          columns: [{ name: 'id', type: 'int64', nullable: false }],
          eventTime: null,
          key: null,
          cursorFrom: 'none',
          cursorPath: '',
          cursorParameter: '',
          outOfOrderMs: 0,
          timeoutMs: 30_000,
          logMb: 64,
          auth: 'bearer',
          authSecret: { secret: 'not-there' },
        },
      },
      { id: 'table', type: 'table-view', typeVersion: 1, name: 'table', config: { rows: 10, key: [] } },
    ],
    streams: [{ id: 's1', from: { operator: 'poll', port: 'out' }, to: [{ operator: 'table', port: 'in' }] }],
    layout: { poll: { x: 80, y: 120 }, table: { x: 420, y: 120 } },
  }
}

test('secrets on the page', async ({ belay, browser }) => {
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const api = new Api(belay.url)
  const id = 'polling'
  const name = 'shop'
  await api.call('POST', '/pipelines', { document: polling(id) })

  await page.goto(belay.url)
  await page.getByRole('button', { name: 'This server' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Secrets' }).press('Enter')
  await expect(page.getByRole('heading', { name: 'Secrets' })).toBeVisible()
  await expect(page.getByText('No secrets yet').or(page.getByRole('table'))).toBeVisible()
  await expectClean(page, 'secrets before the first')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Value; it is not shown again').fill(VALUE)
  await page.keyboard.press('Enter')
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row).toContainText('nobody')
  await expect(page.getByLabel('Value; it is not shown again')).toHaveValue('')

  await page.goto(`${belay.url}/pipelines/${id}`)
  await expect(page.getByText('The secret not-there is not there.').first()).toBeVisible()
  await page.locator('.react-flow__node').first().click()
  const choice = page.getByLabel('Token or password', { exact: true })
  await expect(choice).toHaveValue('not-there')
  await choice.selectOption(name)
  await expect(page.getByText('The secret not-there is not there.')).toHaveCount(0)
  await choice.selectOption('new secret…')
  await page.getByLabel('Name of the new secret').fill(`${name}-2`)
  await page.getByLabel('Its value').fill(VALUE)
  await expectClean(page, 'a new secret in the form')
  await page.keyboard.press('Enter')
  await expect(choice).toHaveValue(`${name}-2`)
  await page.getByRole('button', { name: /Advanced/ }).click()
  await page.getByRole('button', { name: 'Add header' }).click()
  await page.getByLabel('Name of header 1').fill('Host')
  await expect(page.getByText('Host is set by Belay itself. Remove it.').first()).toBeVisible()
  await page.getByLabel('Name of header 1').fill('X-Api-Key')
  await page.getByLabel('Kind of header 1').selectOption('secret')
  await page.getByLabel('Secret of header 1').selectOption(name)
  await expectClean(page, 'headers in the form')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('version 2')).toBeVisible()
  const { document } = await api.call<{ document: { operators: { config: unknown }[] } }>('GET', `/pipelines/${id}`)
  expect(document.operators[0].config).toMatchObject({
    authSecret: { secret: `${name}-2` },
    headers: [{ name: 'X-Api-Key', value: { secret: name } }],
  })

  await page.goto(`${belay.url}/secrets`)
  await expect(page.getByRole('row', { name: new RegExp(`${name} `) })).toContainText('Polling')
  await expectClean(page, 'secrets')
  await page.getByRole('button', { name: `Replace ${name}`, exact: true }).press('Enter')
  await page.getByRole('dialog').getByLabel('New value').fill(`${VALUE}-2`)
  await expectClean(page, 'replace')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.getByRole('button', { name: `Remove ${name}`, exact: true }).press('Enter')
  await expect(page.getByRole('dialog')).toContainText('It is used.')
  await expectClean(page, 'remove')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: `Remove ${name}`, exact: true })).toBeFocused()
  await page.setViewportSize({ width: 390, height: 844 })
  await expectClean(page, 'secrets on a phone')
  expect(await page.content()).not.toContain(VALUE)

  for (const secret of [name, `${name}-2`]) {
    await page.getByRole('button', { name: `Remove ${secret}`, exact: true }).click()
    await page.getByRole('button', { name: 'Remove all the same' }).click()
    await expect(page.getByRole('button', { name: `Remove ${secret}`, exact: true })).toHaveCount(0)
  }
  await context.close()
})
