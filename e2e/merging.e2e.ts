/** One pipeline in two windows: what fits together comes together by itself, what does not is asked, and nothing is lost. */
import type { Page } from '@playwright/test'
import { expectClean } from './accessible.ts'
import { expect, test, type Belay } from './belay.ts'

const ID = 'shared'

function documentOf(id: string) {
  return {
    format: 1,
    id,
    name: id,
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows: 0, rowsPerSecond: 200, seed: 1, keys: 10 } },
      { id: 'some', type: 'filter', typeVersion: 1, name: 'some', config: { condition: 'id > 10' } },
      { id: 'board', type: 'table-view', typeVersion: 1, name: 'board', config: { rows: 100, key: [] } },
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'some', port: 'in' }] },
      { id: 's2', from: { operator: 'some', port: 'true' }, to: [{ operator: 'board', port: 'in' }] },
    ],
    layout: { rows: { x: 0, y: 0 }, some: { x: 280, y: 0 }, board: { x: 560, y: 0 } },
  }
}

async function openIn(page: Page, belay: Belay, id: string): Promise<void> {
  await page.goto(`${belay.url}/pipelines/${id}`)
  await expect(page.getByTestId('node-some')).toBeVisible()
}

async function create(belay: Belay, id: string): Promise<void> {
  const response = await fetch(`${belay.url}/api/pipelines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ document: documentOf(id) }),
  })
  if (!response.ok) throw new Error(await response.text())
}

async function stored(belay: Belay, id: string): Promise<{ version: number; document: ReturnType<typeof documentOf> }> {
  return (await (await fetch(`${belay.url}/api/pipelines/${id}`)).json()) as { version: number; document: ReturnType<typeof documentOf> }
}

async function setCondition(page: Page, condition: string): Promise<void> {
  await page.getByTestId('node-some').click()
  await page.getByRole('textbox', { name: /Condition/ }).fill(condition)
  await expect(page.getByTestId('node-some')).toContainText(condition)
}

async function rename(page: Page, operator: string, name: string): Promise<void> {
  await page.getByTestId(`node-${operator}`).click()
  await page.getByLabel('Name of the operator').fill(name)
}

async function save(page: Page): Promise<void> {
  await page.keyboard.press('Control+s')
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
}

test('changes of two windows come together, are told, and undo takes back only one’s own', async ({ page, belay, context }) => {
  await create(belay, ID)
  const other = await context.newPage()
  // Windows of one browser share what is stored in it; two people do not.
  await other.addInitScript(() => Object.defineProperty(window, 'localStorage', { value: window.sessionStorage }))
  await openIn(page, belay, ID)
  await openIn(other, belay, ID)

  await rename(other, 'board', 'wall')
  await setCondition(page, 'id > 20')
  await save(page)
  await expect(other.getByRole('status').filter({ hasText: 'changed this pipeline' })).toContainText('Taken in: changed some.')
  await expect(other.getByTestId('node-some')).toContainText('id > 20')
  await expect(other.getByTestId('node-board')).toContainText('wall')
  await expect(other.getByText('1 change not saved')).toBeVisible()

  // Undo is of what was done here: what came in stays.
  await other.getByLabel('Canvas of the pipeline').focus()
  await other.keyboard.press('Control+z')
  await expect(other.getByTestId('node-board')).toContainText('board')
  await expect(other.getByTestId('node-some')).toContainText('id > 20')
  await other.keyboard.press('Control+Shift+z')
  await save(other)
  await expect(page.getByTestId('node-board')).toContainText('wall')
  const { version, document } = await stored(belay, ID)
  expect(version).toBe(3)
  expect(document.operators.map(({ name }) => name)).toEqual(['rows', 'some', 'wall'])
  expect(document.operators[1]?.config).toEqual({ condition: 'id > 20' })
})

test('what both changed is asked, thing by thing, and what is chosen is saved', async ({ page, belay, context }) => {
  await create(belay, 'disputed')
  const other = await context.newPage()
  await other.addInitScript(() => Object.defineProperty(window, 'localStorage', { value: window.sessionStorage }))
  await openIn(page, belay, 'disputed')
  await openIn(other, belay, 'disputed')

  await setCondition(other, 'id > 30')
  await rename(other, 'rows', 'numbers')
  await setCondition(page, 'id > 40')
  await rename(page, 'board', 'wall')
  await save(page)
  const notice = other.getByRole('status').filter({ hasText: 'some of it is what you have changed too' })
  await expect(notice).toBeVisible()
  // Nothing has been taken in yet.
  await expect(other.getByTestId('node-board')).toContainText('board')
  await notice.getByRole('button', { name: 'Compare' }).click()
  const dialog = other.getByRole('dialog', { name: 'The pipeline was changed meanwhile' })
  await expect(dialog.getByRole('group', { name: 'some: condition' })).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Merge and save' })).toBeDisabled()
  await expectClean(other, 'what both changed')
  await dialog.getByRole('radio', { name: /mine id > 30/ }).check()
  await dialog.getByRole('button', { name: 'Merge and save' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(other.getByText('Saved', { exact: true })).toBeVisible()

  const { document } = await stored(belay, 'disputed')
  expect(document.operators.map(({ name }) => name)).toEqual(['numbers', 'some', 'wall'])
  expect(document.operators[1]?.config).toEqual({ condition: 'id > 30' })
  await expect(page.getByTestId('node-some')).toContainText('id > 30')
})
