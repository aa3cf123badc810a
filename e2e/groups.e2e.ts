/** Groups in a real browser: made, folded, walked, dragged, undone in the designer; folded again in the monitor of a run. */
import type { Page } from '@playwright/test'
import { expectClean } from './accessible.ts'
import { expect, test, type Belay } from './belay.ts'

const OPERATORS = [
  ['rows', 'generator', { rows: 0, rowsPerSecond: 200, seed: 1, keys: 10 }],
  ['even', 'filter', { condition: 'MOD(id, 2) = 0' }],
  ['large', 'filter', { condition: 'id > 10' }],
  ['board', 'table-view', { rows: 100, key: [] }],
] as const

function documentOf(id: string) {
  const ids = OPERATORS.map(([operator]) => operator)
  return {
    format: 1,
    id,
    name: id,
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: OPERATORS.map(([operator, type, config]) => ({ id: operator, type, typeVersion: 1, name: operator, config })),
    streams: ids.slice(1).map((to, i) => ({
      id: `s${i}`,
      from: { operator: ids[i], port: i === 0 ? 'out' : 'true' },
      to: [{ operator: to, port: 'in' }],
    })),
    layout: Object.fromEntries(ids.map((operator, i) => [operator, { x: i * 280, y: 0 }])),
  }
}

async function open(page: Page, belay: Belay, id: string): Promise<void> {
  const response = await fetch(`${belay.url}/api/pipelines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ document: documentOf(id) }),
  })
  if (!response.ok) throw new Error(await response.text())
  await page.goto(`${belay.url}/pipelines/${id}`)
  await expect(page.getByTestId('node-rows')).toBeVisible()
}

const node = (page: Page, id: string) => page.getByTestId(`node-${id}`)
const group = (page: Page) => page.getByTestId('group-g1')
const frame = (page: Page) => page.getByTestId('frame-g1')

async function groupBoth(page: Page): Promise<void> {
  await node(page, 'even').click()
  await node(page, 'large').click({ modifiers: ['Shift'] })
  await page.keyboard.press('Control+g')
  await expect(frame(page)).toBeVisible()
}

async function placeOf(page: Page, id: string): Promise<{ x: number; y: number }> {
  const transform = await page.locator(`.react-flow__node[data-id="${id}"]`).evaluate((element) => (element as HTMLElement).style.transform)
  const [x = NaN, y = NaN] = (/translate\(([-\d.]+)px, ?([-\d.]+)px\)/.exec(transform) ?? []).slice(1).map(Number)
  return { x, y }
}

test('a group is made, named, folded by key and by double click, and undone step by step', async ({ page, belay }) => {
  await open(page, belay, 'folding')
  await groupBoth(page)
  await page.getByLabel('Name of the group').fill('Clean up')
  await page.getByRole('button', { name: 'violet' }).click()
  await expect(frame(page)).toHaveAttribute('data-colour', 'violet')
  await expect(frame(page)).toContainText('Clean up')

  await page.getByLabel('Canvas of the pipeline').focus()
  await page.keyboard.press('g')
  await expect(group(page)).toBeVisible()
  await expect(group(page)).toContainText('2 operators')
  await expect(node(page, 'even')).toHaveCount(0)
  await expect(page.locator('.react-flow__edge')).toHaveCount(2)

  // What is wrong inside is told outside.
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find an operator or a command' }).fill('large')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: /Condition/ }).fill('nothing > 10')
  await expect(group(page)).toContainText('! 1')
  await page.keyboard.press('Control+z')
  await expect(group(page)).not.toContainText('! 1')

  await group(page).dblclick()
  await expect(node(page, 'even')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(group(page)).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(frame(page)).toHaveAttribute('data-colour', 'violet')
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Control+z')
  await expect(frame(page)).toHaveCount(0)
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
})

test('a frame takes what is in it along, a collapsed group too, and the keyboard walks over it', async ({ page, belay }) => {
  await open(page, belay, 'dragging')
  await groupBoth(page)
  const before = { even: await placeOf(page, 'even'), rows: await placeOf(page, 'rows') }
  const title = await frame(page).locator('.gr-frame-title').boundingBox()
  if (title === null) throw new Error('no title')
  await page.mouse.move(title.x + 12, title.y + 8)
  await page.mouse.down()
  await page.mouse.move(title.x + 12, title.y + 68, { steps: 5 })
  // It goes along while it is dragged, not only when it is dropped.
  await expect.poll(async () => (await placeOf(page, 'even')).y).toBeGreaterThan(before.even.y)
  await page.mouse.move(title.x + 12, title.y + 118, { steps: 5 })
  await page.mouse.up()
  const after = { even: await placeOf(page, 'even'), large: await placeOf(page, 'large') }
  expect(after.even.y).toBeGreaterThan(before.even.y + 40)
  expect(after.large.y).toBe(after.even.y)
  expect(await placeOf(page, 'rows')).toEqual(before.rows)
  await page.keyboard.press('Control+z')
  await expect.poll(() => placeOf(page, 'even')).toEqual(before.even)

  await page.getByRole('button', { name: 'Collapse the group Group 1' }).click()
  await expect(group(page)).toBeVisible()
  await node(page, 'rows').click()
  await page.locator('.react-flow__node[data-id="rows"]').focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.locator('.react-flow__node[data-id="group:g1"]')).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(page.locator('.react-flow__node[data-id="board"]')).toBeFocused()

  // Pasted as a whole it is a group of its own; the layout is made with groups as they are.
  await group(page).click()
  await page.keyboard.press('Control+d')
  await expect(page.getByTestId('group-g2')).toBeVisible()
  await page.getByRole('button', { name: 'Tidy the layout' }).click()
  await expect(page.getByTestId('group-g2')).toBeVisible()
  await expectClean(page, 'groups')
})

test('the text beside the drawing has the group', async ({ page, belay }) => {
  await open(page, belay, 'written')
  await groupBoth(page)
  await page.getByRole('tab', { name: 'Text' }).click()
  await expect(page.locator('.cm-content')).toContainText('group: g1')
  await page.getByRole('tab', { name: 'Problems' }).click()
  await expect(page.getByText('Nothing is wrong with this pipeline')).toBeVisible()
})

test('in the monitor a collapsed group tells the worst of its operators, and can be opened while one watches', async ({ page, belay }) => {
  await open(page, belay, 'watched')
  await groupBoth(page)
  await page.keyboard.press('g')
  await expect(group(page)).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Save and run' }).click()
  await expect(page.getByTestId('run-state')).toHaveText(/running/, { timeout: 30_000 })
  await expect(group(page)).toHaveAttribute('data-state', 'running')
  await expect(page.getByTestId('node-even')).toHaveCount(0)

  // Killed and held: the group says so, and leads to the operator.
  const response = await fetch(`${page.url().replace('/runs/', '/api/runs/').split('?')[0]}/operators/even/kill`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ commandId: 'hold-even', hold: true }),
  })
  expect(response.ok).toBe(true)
  await expect(group(page)).toHaveAttribute('data-state', 'held', { timeout: 20_000 })
  await expect(group(page)).toContainText('held: even')
  await page.getByRole('button', { name: 'Open the group Group 1' }).click()
  await expect(page.getByTestId('node-even')).toHaveAttribute('data-state', 'held')
  await expect(frame(page)).toBeVisible()
})
