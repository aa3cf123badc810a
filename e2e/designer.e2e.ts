/** The designer with a real browser and a real server: drawn by mouse and by keyboard alone, refused, fixed, undone, saved, run. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expectClean } from './accessible.ts'
import { expect, test, type Belay } from './belay.ts'

const PEOPLE = 'name,age,born\nana,31,2001-01-01\nbo,12,2010-02-01\ncem,55,1980-03-04\ndee,18,1999-05-06\n'
const ADULTS = [
  '{"name":"ana","age":31,"born":"2001-01-01T00:00:00.000Z"}',
  '{"name":"cem","age":55,"born":"1980-03-04T00:00:00.000Z"}',
  '{"name":"dee","age":18,"born":"1999-05-06T00:00:00.000Z"}',
]
const PEOPLE_COLUMNS = [
  { name: 'name', type: 'string', nullable: false },
  { name: 'age', type: 'int64', nullable: false },
  { name: 'born', type: 'timestamp', nullable: false },
]

interface Operator {
  readonly id: string
  readonly type: string
  readonly config: Readonly<Record<string, unknown>>
}

interface Link {
  readonly from: readonly [string, string]
  readonly to: readonly (readonly [string, string])[]
}

const SOURCE: Operator = {
  id: 'people',
  type: 'csv-source',
  config: {
    file: 'home:people.csv',
    columns: PEOPLE_COLUMNS,
    eventTime: 'born',
    outOfOrderMs: 0,
    rowsPerSecond: 0,
    follow: false,
    header: true,
    delimiter: ',',
  },
}
const FILTER: Operator = { id: 'adults', type: 'filter', config: { condition: 'age >= 18' } }
const SINK: Operator = { id: 'out', type: 'file-sink', config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' } }

function documentOf(id: string, operators: readonly Operator[], links: readonly Link[]) {
  const port = ([operator, name]: readonly [string, string]) => ({ operator, port: name })
  return {
    format: 1,
    id,
    name: id,
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: operators.map((operator) => ({ typeVersion: 1, name: operator.id, ...operator })),
    streams: links.map(({ from, to }, i) => ({ id: `s${i + 1}`, from: port(from), to: to.map(port) })),
    layout: Object.fromEntries(operators.map((operator, i) => [operator.id, { x: (i % 3) * 280, y: Math.floor(i / 3) * 160 }])),
  }
}

async function call(
  belay: Belay,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const response = await fetch(`${belay.url}/api${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}

async function open(page: Page, belay: Belay, document: ReturnType<typeof documentOf>): Promise<void> {
  await call(belay, 'POST', '/pipelines', { document })
  await page.goto(`${belay.url}/pipelines/${document.id}`)
  await expect(page.getByTestId(`node-${document.operators[0]?.id ?? ''}`)).toBeVisible()
}

async function newPipeline(page: Page, belay: Belay): Promise<void> {
  await page.goto(belay.url)
  await page.getByRole('button', { name: 'New pipeline', exact: true }).click()
  await expect(page.getByText('to add a source, drag one here')).toBeVisible()
}

function rowsWritten(belay: Belay, folder: string): string[] {
  const path = join(belay.home, 'files', folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(path, name), 'utf8').split('\n').filter(Boolean))
}

function node(page: Page, id: string) {
  return page.getByTestId(`node-${id}`)
}

/** Draws from one port to another with the mouse. */
async function drawStream(page: Page, from: string, to: string): Promise<void> {
  const start = await page.getByLabel(from, { exact: true }).boundingBox()
  const end = await page.getByLabel(to, { exact: true }).boundingBox()
  if (start === null || end === null) throw new Error('a port is not on screen')
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2)
  await page.mouse.down()
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 4 })
  await page.mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 4 })
  await page.mouse.up()
}

test.beforeAll(({ belay }) => {
  mkdirSync(join(belay.home, 'files'), { recursive: true })
  writeFileSync(join(belay.home, 'files', 'people.csv'), PEOPLE)
})

test('source, filter and sink drawn, saved and run by keyboard alone', async ({ page, belay }) => {
  await newPipeline(page, belay)
  const { keyboard } = page
  // As the empty canvas says, without a way there first.
  await keyboard.press('Tab')
  await expect(page.getByRole('combobox', { name: 'Find an operator' })).toBeFocused()
  await keyboard.type('csv')
  await keyboard.press('Enter')
  const source = page.locator('.react-flow__node[data-id="csv-source"]')
  await expect(source).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByLabel('File or files', { exact: true })).toBeFocused()
  await keyboard.type('home:people.csv')
  await keyboard.press('Enter')
  await expect(node(page, 'csv-source')).toContainText('3 columns')
  await keyboard.press('Escape')
  await expect(source).toBeFocused()

  await keyboard.press('Tab')
  await keyboard.type('where')
  await keyboard.press('Enter')
  const filter = page.locator('.react-flow__node[data-id="filter"]')
  await expect(filter).toBeFocused()
  await keyboard.press('Enter')
  const condition = page.getByLabel('Condition', { exact: true })
  await expect(condition).toBeFocused()
  await keyboard.press('Control+a')
  // Completion: the column from its first letters.
  await keyboard.type('ag')
  await expect(page.getByRole('listbox', { name: 'Completions' })).toBeVisible()
  await keyboard.press('Tab')
  await expect(condition).toHaveValue('age')
  await keyboard.type(' >= 18')
  await keyboard.press('Escape')
  await expect(filter).toBeFocused()

  await keyboard.press('Tab')
  await keyboard.type('write')
  await keyboard.press('Enter')
  await expect(page.locator('.react-flow__node[data-id="file-sink"]')).toBeFocused()
  await keyboard.press('Enter')
  await keyboard.press('Control+a')
  await keyboard.type('home:by-keyboard')
  await keyboard.press('Escape')
  await keyboard.press('Control+s')
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await keyboard.press('Control+Enter')
  await expect(page.getByRole('button', { name: 'Run', exact: true }).last()).toBeFocused()
  await keyboard.press('Enter')
  await expect(page).toHaveURL(/\/runs\//)
  await expect.poll(() => rowsWritten(belay, 'by-keyboard')).toEqual(ADULTS)
})

test('the same by mouse, in a handful of gestures', async ({ page, belay }) => {
  await newPipeline(page, belay)
  await page
    .getByRole('button', { name: 'CSV file' })
    .first()
    .dragTo(page.locator('.react-flow__pane'), { targetPosition: { x: 140, y: 200 } })
  await page.getByRole('button', { name: 'Browse' }).click()
  await page.getByRole('button', { name: 'home', exact: true }).click()
  await page.getByRole('button', { name: /people\.csv/ }).click()
  await expect(node(page, 'csv-source')).toContainText('3 columns')
  // A click in the palette adds after the selected operator and connects.
  await page
    .getByRole('region', { name: /Fits after/ })
    .getByRole('button', { name: 'Filter' })
    .click()
  await page.getByLabel('Condition', { exact: true }).fill('age >= 18')
  await page
    .getByRole('region', { name: 'Sinks' })
    .getByRole('button', { name: 'File' })
    .dragTo(page.locator('.react-flow__pane'), { targetPosition: { x: 660, y: 420 } })
  await page.getByLabel('Folder', { exact: true }).fill('home:by-mouse')
  await drawStream(page, 'filter, output True', 'file-sink, input Rows')
  await expect(page.getByText('Nothing is wrong with this pipeline')).toBeVisible()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('button', { name: 'Save and run' }).click()
  await expect(page).toHaveURL(/\/runs\//)
  await expect.poll(() => rowsWritten(belay, 'by-mouse')).toEqual(ADULTS)
})

test('a wrong stream is refused with its reason, and the way out is offered', async ({ page, belay }) => {
  const second: Operator = { ...SOURCE, id: 'others' }
  await open(
    page,
    belay,
    documentOf(
      'refused',
      [SOURCE, FILTER, SINK, second],
      [
        { from: ['people', 'out'], to: [['adults', 'in']] },
        { from: ['adults', 'true'], to: [['out', 'in']] },
      ],
    ),
  )
  await drawStream(page, 'others, output Rows', 'adults, input Rows')
  await expect(page.getByText('Rows of adults is fed by people already.')).toBeVisible()
  await expect(page.locator('.react-flow__edge')).toHaveCount(2)
  await page.getByRole('button', { name: 'Bring both together' }).click()
  await expect(node(page, 'union')).toBeVisible()
  await expect(page.locator('.react-flow__edge')).toHaveCount(4)
  await page.keyboard.press('Control+z')
  await expect(page.locator('.react-flow__edge')).toHaveCount(2)
  // The other way round: a cycle.
  await drawStream(page, 'adults, output False or NULL', 'adults, input Rows')
  await expect(page.getByText('adults cannot feed itself.')).toBeVisible()
})

test('a problem leads to its field and its fix removes it', async ({ page, belay }) => {
  const aggregate: Operator = {
    id: 'daily',
    type: 'window-aggregate',
    config: { sizeMs: 86_400_000, keys: ['nam'], aggregates: [{ name: 'people', function: 'count', column: null }] },
  }
  await open(
    page,
    belay,
    documentOf(
      'problem',
      [SOURCE, FILTER, aggregate, SINK],
      [
        { from: ['people', 'out'], to: [['adults', 'in']] },
        { from: ['adults', 'true'], to: [['daily', 'in']] },
        { from: ['daily', 'out'], to: [['out', 'in']] },
      ],
    ),
  )
  const row = page.locator('.ds-problem', { hasText: 'There is no column nam' })
  await expect(row).toBeVisible()
  await row.getByRole('button', { name: 'Show' }).click()
  await expect(page.getByRole('complementary', { name: 'Operator daily' })).toBeVisible()
  await row.getByRole('button', { name: 'Use name' }).click()
  await expect(row).toHaveCount(0)
  await expect(node(page, 'daily')).toContainText('by name')

  // A function that takes a number beside its column asks for it.
  await page.getByLabel('Function of result 1').selectOption('top-k')
  await page.getByLabel('Column of result 1').selectOption('name')
  await page.getByLabel('How many values').fill('3')
  await expect(page.locator('.ds-problem')).toHaveCount(0)

  // An expression is checked while one types, at the exact range.
  await node(page, 'adults').click()
  await page.getByLabel('Condition', { exact: true }).fill('aeg >= 18')
  await expect(page.locator('.ds-squiggle')).toHaveText('aeg')
  await page.getByLabel('Condition', { exact: true }).fill('age >= 18')
  await expect(page.locator('.ds-squiggle')).toHaveCount(0)
})

test('everything done can be undone to what was saved, and redone', async ({ page, belay }) => {
  await open(
    page,
    belay,
    documentOf(
      'undo',
      [SOURCE, FILTER, SINK],
      [
        { from: ['people', 'out'], to: [['adults', 'in']] },
        { from: ['adults', 'true'], to: [['out', 'in']] },
      ],
    ),
  )
  const nodes = page.locator('.react-flow__node')
  await node(page, 'adults').click()
  await page.getByLabel('Condition', { exact: true }).fill('age >= 21')
  await page.getByLabel('Name of the operator').fill('grown-ups')
  await page.locator('.react-flow__node[data-id="adults"]').focus()
  await page.keyboard.press('Control+d')
  await expect(nodes).toHaveCount(4)
  await page.keyboard.press('Delete')
  await page.locator('.react-flow__node[data-id="adults"]').click()
  await page.keyboard.press('Delete')
  // Deleting the filter reconnects the source with the sink.
  await expect(nodes).toHaveCount(2)
  await expect(page.locator('.react-flow__edge')).toHaveCount(1)
  const state = page.locator('.ds-save-state')
  const before = await state.textContent()
  await page.getByRole('button', { name: 'Tidy the layout' }).click()
  await expect(state).not.toHaveText(before ?? '')
  const undo = page.getByRole('button', { name: 'Undo' })
  while (await undo.isEnabled()) await page.keyboard.press('Control+z')
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await expect(node(page, 'adults')).toContainText('age >= 18')
  const redo = page.getByRole('button', { name: 'Redo' })
  while (await redo.isEnabled()) await page.keyboard.press('Control+Shift+z')
  await expect(nodes).toHaveCount(2)
})

test('unsaved changes survive a reload, and two windows do not overwrite each other unseen', async ({ page, belay }) => {
  const document = documentOf('two-windows', [SOURCE, SINK], [{ from: ['people', 'out'], to: [['out', 'in']] }])
  await open(page, belay, document)
  await node(page, 'out').click()
  await page.getByLabel('Name', { exact: true }).fill('mine')
  await page.reload()
  await expect(page.getByText('Your unsaved changes are back.')).toBeVisible()
  await expect(node(page, 'out')).toContainText('mine.jsonl')

  // Another name for the pipeline does not touch what is changed here: both are there.
  await call(belay, 'PUT', '/pipelines/two-windows', { document: { ...document, name: 'theirs' } }, { 'if-match': '"1"' })
  await expect(page.getByLabel('Name of the pipeline')).toHaveValue('theirs')
  await expect(node(page, 'out')).toContainText('mine.jsonl')

  // The same setting does: a draft that began before it is asked about as soon as it is opened again.
  await page.goto(belay.url)
  const operators = document.operators.map((operator) =>
    operator.id === 'out' ? { ...operator, config: { ...operator.config, name: 'other' } } : operator,
  )
  await call(belay, 'PUT', '/pipelines/two-windows', { document: { ...document, name: 'theirs', operators } }, { 'if-match': '"2"' })
  await page.goto(`${belay.url}/pipelines/two-windows`)
  await expect(page.getByRole('heading', { name: 'The pipeline was changed meanwhile' })).toBeVisible()
  await page.getByRole('button', { name: 'Take theirs whole' }).click()
  await expect(node(page, 'out')).toContainText('other.jsonl')
  // Theirs came as a change: mine is one undo away.
  await page.getByLabel('Canvas of the pipeline').focus()
  await page.keyboard.press('Control+z')
  await expect(node(page, 'out')).toContainText('mine.jsonl')
})

test('operators travel as JSON text, and text that is not whole says its line', async ({ page, belay }) => {
  await open(page, belay, documentOf('paste', [SOURCE, SINK], [{ from: ['people', 'out'], to: [['out', 'in']] }]))
  const paste = (text: string): Promise<void> =>
    page.evaluate((content) => {
      const data = new DataTransfer()
      data.setData('text/plain', content)
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, text)
  await paste('{\n  "belay": "fragment",\n  "operators": [,]\n}')
  await expect(page.getByText(/not whole JSON \(line 3\)/)).toBeVisible()
  await paste(JSON.stringify({ belay: 'fragment', operators: [{ ...FILTER, typeVersion: 1, name: 'adults' }], streams: [], layout: {} }))
  await expect(node(page, 'adults')).toBeVisible()
})

const LINE: readonly Link[] = [
  { from: ['people', 'out'], to: [['adults', 'in']] },
  { from: ['adults', 'true'], to: [['out', 'in']] },
]

test('the text beside the drawing is edited both ways, keeps comments, and survives being broken', async ({ page, belay }) => {
  await open(page, belay, documentOf('text-twin', [SOURCE, FILTER, SINK], LINE))
  await page.getByRole('tab', { name: 'Text' }).click()
  const text = page.getByLabel('Pipeline as YAML')
  const condition = page.locator('.cm-line', { hasText: 'condition:' })
  await condition.click()
  await page.keyboard.press('End')
  await page.keyboard.type(' AND age < 50 # not too old')
  await expect(node(page, 'adults')).toContainText('age >= 18 AND age < 50')
  // The drawing goes into the text, and the comment stays.
  await node(page, 'adults').click()
  await page.getByLabel('Condition', { exact: true }).fill('age >= 21')
  await expect(condition).toHaveText(/condition: age >= 21 # not too old/)
  await condition.click()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.keyboard.type(': [')
  await expect(page.getByText('The text is no pipeline now.')).toBeVisible()
  await expect(page.locator('.ds-text-fault')).toContainText(/^Line \d+: /)
  await expect(node(page, 'adults')).toBeVisible()
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  await expect(page.getByText('The text is no pipeline now.')).toHaveCount(0)
  await expect(text).toBeVisible()
})

test('example rows follow the drawing, and stop with a reason where it is broken', async ({ page, belay }) => {
  await open(page, belay, documentOf('ghosts', [SOURCE, FILTER, SINK], LINE))
  const edge = page.locator('.react-flow__edge').nth(1)
  await edge.focus()
  await page.keyboard.press('Enter')
  const card = page.getByRole('group', { name: 'Example rows between adults and out' })
  await expect(card).toContainText('3 of 4 sampled rows')
  await expect(card.getByRole('row')).toHaveCount(4)
  await expect(card).toContainText('ana')
  await expect(card.getByText('bo', { exact: true })).toHaveCount(0)
  await node(page, 'adults').click()
  await page.getByLabel('Condition', { exact: true }).fill('age >= 50')
  // The expression on rows, while typing.
  await expect(page.locator('.ds-expr-preview')).toContainText(/false.*false.*true/)
  await page.getByLabel('Condition', { exact: true }).fill('age >= ')
  await edge.focus()
  await page.keyboard.press('Enter')
  await expect(card).toContainText('Stops at adults.')
})

test('a script says which columns it gives for the example rows; taken they are one step, and a row it fails on names the line', async ({
  page,
  belay,
}) => {
  writeFileSync(join(belay.home, 'files/people.csv'), PEOPLE)
  const code = "if (row.name === 'bo') throw new Error('no bo')\nreturn { who: row.name, half: row.age / 2 }"
  const script: Operator = { id: 'shape', type: 'script', config: { code, columns: [], keys: [], changelogAware: false } }
  const links: readonly Link[] = [
    { from: ['people', 'out'], to: [['shape', 'in']] },
    { from: ['shape', 'out'], to: [['out', 'in']] },
  ]
  await open(page, belay, documentOf('shaping', [SOURCE, script, SINK], links))
  await page.getByTestId('node-shape').click()
  const found = page.getByTestId('script-columns')
  await found.getByRole('button', { name: 'Find out what it gives' }).click()
  await expect(found).toContainText('1 row failed: Line 1: no bo')
  await found.getByRole('button', { name: 'Take these columns' }).click()
  const output = page.getByRole('region', { name: 'Output out' })
  await expect(output.locator('code')).toHaveText(['who', 'half'])
  await expect(found).toContainText('it gave what is declared')
  await page.keyboard.press('Control+z')
  await expect(output.locator('code')).toHaveText(['name', 'age', 'born'])
})

test('a test is made from the example rows, taken, and fails when the pipeline changes', async ({ page, belay }) => {
  await open(page, belay, documentOf('tested', [SOURCE, FILTER, SINK], LINE))
  await page.getByRole('tab', { name: 'Tests' }).click()
  await page.getByRole('button', { name: 'From the example rows' }).click()
  const editor = page.getByRole('region', { name: 'Test Example rows' })
  await expect(editor).toContainText('out got 3 rows', { timeout: 30_000 })
  await editor.getByRole('button', { name: 'Take what came as expected' }).click()
  await expect(editor.getByRole('textbox', { name: 'Expected rows of out' })).toHaveValue(/"name":"ana"/)
  await page.getByLabel('Then kill').selectOption('adults')
  await editor.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(editor).toContainText('3 rows as expected', { timeout: 30_000 })
  await expectClean(page, 'test editor')
  await node(page, 'adults').click()
  await page.getByLabel('Condition', { exact: true }).fill('age >= 50')
  await expect(editor).toContainText('The pipeline or the test has changed since this result.')
  await page.getByRole('button', { name: 'Run all' }).click()
  await expect(editor).toContainText('1 of 3 rows as expected, 1 came', { timeout: 30_000 })
  await expect(page.getByText('1 change not saved').or(page.getByText('2 changes not saved'))).toBeVisible()
})

test('while a run lives, what it does not have of the drawing is counted; names and places are nothing', async ({ page, belay }) => {
  const document = documentOf(
    'applied',
    [
      { id: 'made', type: 'generator', config: { rows: 0, rowsPerSecond: 10, seed: 1, keys: 3 } },
      { id: 'some', type: 'filter', config: { condition: 'value > 10' } },
      { id: 'seen', type: 'table-view', config: { rows: 5, key: [] } },
    ],
    [
      { from: ['made', 'out'], to: [['some', 'in']] },
      { from: ['some', 'true'], to: [['seen', 'in']] },
    ],
  )
  await call(belay, 'POST', '/runs', { document })
  await open(page, belay, document)
  const chip = page.getByRole('button', { name: 'not applied' })
  await node(page, 'some').click()
  await page.getByLabel('Name of the operator').fill('only some')
  await expect(node(page, 'some')).toContainText('only some')
  await expect(chip).toHaveCount(0)
  await page.getByLabel('Condition', { exact: true }).fill('value > 20')
  await expect(chip).toHaveText('1 change not applied')
  await chip.click()
  await expect(page.getByText('The run goes on as it was started, without: changed only some.', { exact: false }).first()).toBeVisible()
  await page.getByLabel('Condition', { exact: true }).fill('value > 10')
  await expect(chip).toHaveCount(0)
})

test('an operator dropped on a stream goes into it; one undo takes it out again', async ({ page, belay }) => {
  await open(page, belay, documentOf('insert', [SOURCE, SINK], [{ from: ['people', 'out'], to: [['out', 'in']] }]))
  const line = await page.locator('.react-flow__edge .ds-line').boundingBox()
  const pane = await page.locator('.react-flow__pane').boundingBox()
  if (line === null || pane === null) throw new Error('the stream is not on screen')
  await page
    .getByRole('region', { name: 'Transform' })
    .getByRole('button', { name: 'Filter' })
    .dragTo(page.locator('.react-flow__pane'), {
      targetPosition: { x: line.x + line.width / 2 - pane.x, y: line.y + line.height / 2 - pane.y },
    })
  await expect(page.locator('.react-flow__edge')).toHaveCount(2)
  await expect(page.getByLabel('Stream from people out to filter in, append')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(page.locator('.react-flow__node')).toHaveCount(2)
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
})

test('a file dropped on the canvas becomes a configured source; one that Belay cannot see is sent first', async ({ page, belay }) => {
  await newPipeline(page, belay)
  const drop = (name: string, content: string): Promise<void> =>
    page.evaluate(
      ([fileName, text]) => {
        const canvas = document.querySelector('.ds-canvas')
        const data = new DataTransfer()
        data.items.add(new File([text], fileName))
        const box = canvas?.getBoundingClientRect() ?? new DOMRect()
        const at = { clientX: box.x + 200, clientY: box.y + 200, bubbles: true, cancelable: true, dataTransfer: data }
        canvas?.dispatchEvent(new DragEvent('drop', at))
      },
      [name, content] as const,
    )
  await drop('elsewhere.csv', 'a\n1\n')
  await expect(page.getByText('elsewhere.csv was put into home:input/elsewhere.csv.')).toBeVisible()
  await expect(node(page, 'csv-source')).toContainText('elsewhere.csv')
  await page.keyboard.press('Control+z')
  await expect(page.locator('.react-flow__node')).toHaveCount(0)
  await drop('people.csv', PEOPLE)
  await expect(node(page, 'csv-source')).toContainText('people.csv')
  await expect(node(page, 'csv-source')).toContainText('3 columns')
})

test('the form of every operator there is can be opened', async ({ page, belay }) => {
  const broken: string[] = []
  page.on('pageerror', (error) => broken.push(error.message))
  await newPipeline(page, belay)
  const items = page.locator('.ds-palette .ds-pi')
  const names = await items.allTextContents()
  expect(names.length).toBeGreaterThan(10)
  for (const name of new Set(names)) {
    await page.getByLabel('Find an operator', { exact: true }).fill(name)
    await items
      .filter({ hasText: new RegExp(`^${name}$`) })
      .first()
      .click()
    await expect(page.getByRole('complementary', { name: /^Operator / })).toContainText(name)
    await expect(page.getByRole('tab', { name: 'Config' })).toHaveAttribute('aria-selected', 'true')
    // By itself, so that the next one is not put after it.
    await page.locator('.react-flow__pane').click({ position: { x: 8, y: 8 } })
  }
  expect(broken).toEqual([])
  await expect(page.getByRole('heading', { name: 'This page has stopped' })).toHaveCount(0)
})

test('notes, the layout and the command list', async ({ page, belay }) => {
  await open(page, belay, documentOf('notes', [SOURCE, FILTER, SINK], LINE))
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.keyboard.type('# Adults\nonly **18** and more')
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('note-n1').getByText('Adults')).toBeVisible()
  await page.keyboard.press('Control+s')
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await page.reload()
  await expect(page.getByTestId('note-n1')).toContainText('only 18 and more')

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find an operator or a command' }).fill('tidy')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/operators$|1 change not saved/).first()).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find an operator or a command' }).fill('adults')
  await page.keyboard.press('Enter')
  await expect(page.locator('.react-flow__node[data-id="adults"]')).toBeFocused()
})

test('the pipeline is read as SQL, with a mark on what has none', async ({ page, belay }) => {
  const board: Operator = { id: 'board', type: 'table-view', config: { rows: 100, key: [] } }
  await open(
    page,
    belay,
    documentOf(
      'sql',
      [SOURCE, FILTER, SINK, board],
      [
        LINE[0],
        {
          from: ['adults', 'true'],
          to: [
            ['out', 'in'],
            ['board', 'in'],
          ],
        },
      ],
    ),
  )
  await page.getByRole('tab', { name: 'SQL' }).click()
  await expect(page.getByLabel('Pipeline as SQL')).toContainText('CREATE TABLE `people`')
  await page.locator('.ds-sql-head').getByRole('button', { name: 'board' }).click()
  await expect(page.getByRole('complementary', { name: 'Operator board' })).toBeVisible()
})

test('five hundred operators open and can be dragged; what it costs is printed', async ({ page, belay }) => {
  const operators: Operator[] = []
  const links: Link[] = []
  for (let row = 0; row < 20; row += 1)
    for (let column = 0; column < 25; column += 1) {
      const id = `op-${row}-${column}`
      operators.push(column === 0 ? { ...SOURCE, id } : column === 24 ? { id, type: 'null-sink', config: {} } : { ...FILTER, id })
      if (column > 0) links.push({ from: [`op-${row}-${column - 1}`, column === 1 ? 'out' : 'true'], to: [[id, 'in']] })
    }
  const large = documentOf('large', operators, links)
  const layout = Object.fromEntries(operators.map(({ id }, i) => [id, { x: (i % 25) * 280, y: Math.floor(i / 25) * 128 }]))
  const settings = { ...large.settings, memoryBytes: 4_294_967_296 }
  await call(belay, 'POST', '/pipelines', { document: { ...large, settings, layout } })
  const begun = Date.now()
  await page.goto(`${belay.url}/pipelines/large`)
  await expect(page.locator('.react-flow__node')).toHaveCount(500)
  const openMs = Date.now() - begun
  const session = await page.context().newCDPSession(page)
  // Thread time, not wall time: other work on the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
  }
  const box = await node(page, 'op-3-5').boundingBox()
  if (box === null) throw new Error('the operator is not on screen')
  const before = await busy()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  const moves = 20
  for (let i = 1; i <= moves; i += 1) await page.mouse.move(box.x + box.width / 2 + i * 4, box.y + box.height / 2 + i * 2)
  const moveMs = ((await busy()) - before) / moves
  await page.mouse.up()
  await expect(page.getByText('1 change not saved')).toBeVisible()
  console.log(`500 operators: open ${openMs} ms, ${moveMs.toFixed(1)} ms of the main thread a move`)
})

test('an operator of one’s own is in the palette, has its form and problems, and runs', async ({ page, belay }) => {
  await open(
    page,
    belay,
    documentOf(
      'masked',
      [
        SOURCE,
        { id: 'hide', type: 'mask', config: { column: 'age', keep: 1 } },
        { ...SINK, config: { ...SINK.config, folder: 'home:masked' } },
      ],
      [
        { from: ['people', 'out'], to: [['hide', 'in']] },
        { from: ['hide', 'out'], to: [['out', 'in']] },
      ],
    ),
  )
  await expect(page.locator('.ds-palette .ds-pi').filter({ hasText: /^Mask$/ })).toBeVisible()
  await node(page, 'hide').click()
  await expect(page.getByText('age is int64, and only text can be masked. Choose another column.').first()).toBeVisible()
  await page.getByLabel('Column', { exact: true }).selectOption('name')
  await expect(node(page, 'hide')).toContainText('name, all but 1')
  await page.keyboard.press('Control+s')
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  const response = await fetch(`${belay.url}/api/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pipelineId: 'masked', parameters: {}, commandId: 'masked' }),
  })
  expect(response.status).toBeLessThan(300)
  await expect
    .poll(() => rowsWritten(belay, 'masked').map((row) => (JSON.parse(row) as { name: string }).name))
    .toEqual(['a**', 'b*', 'c**', 'd**'])
})

test('an operator of an unknown type is kept and shown, and the pipeline does not run', async ({ page, belay }) => {
  await open(page, belay, documentOf('unknown', [SOURCE, { id: 'magic', type: 'magic-wand', config: { spell: 'x' } }, SINK], []))
  await expect(node(page, 'magic')).toContainText('kept, cannot run here')
  await node(page, 'magic').click()
  await expect(page.getByRole('complementary').getByText('does not know operators of type')).toBeVisible()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText(/It cannot run yet/)).toBeVisible()
  await expect(page).toHaveURL(/\/pipelines\/unknown$/)
})

test('what does not exist says so and leads back', async ({ page, belay }) => {
  await page.goto(`${belay.url}/pipelines/nowhere`)
  await expect(page.getByRole('heading', { name: 'There is no such pipeline' })).toBeVisible()
  await page.getByRole('link', { name: 'Back to the pipelines' }).click()
  await expect(page).toHaveURL(`${belay.url}/`)
})

test('no accessibility violations', async ({ page, belay }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await newPipeline(page, belay)
  await expectClean(page, 'new pipeline')
  await open(
    page,
    belay,
    documentOf(
      'axe',
      [SOURCE, { ...FILTER, config: { condition: 'aeg >= 18' } }, SINK],
      [
        { from: ['people', 'out'], to: [['adults', 'in']] },
        { from: ['adults', 'true'], to: [['out', 'in']] },
      ],
    ),
  )
  await expectClean(page, 'drawing')
  for (const id of ['people', 'adults', 'out']) {
    await node(page, id).click()
    await expectClean(page, `form of ${id}`)
  }
  await page.getByRole('tab', { name: 'Ports' }).click()
  await expectClean(page, 'ports')
  await page.locator('.react-flow__edge').first().focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Stream' })).toBeVisible()
  await expectClean(page, 'stream')
  await page.keyboard.press('?')
  await expect(page.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible()
  await expectClean(page, 'keyboard shortcuts')
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(page.getByText('Drawing needs a window')).toBeVisible()
  await expectClean(page, 'designer on a phone')
})

test('a draft is tried on the engine without being saved; its sink shows rows and writes none', async ({ page, belay }) => {
  await open(page, belay, documentOf('tried', [SOURCE, SINK], [{ from: ['people', 'out'], to: [['out', 'in']] }]))
  await page.getByRole('button', { name: 'Try 30 s' }).click()
  await expect(page.getByText('Nothing was written; the tables below keep what the sinks would have got.')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('tab', { name: 'Rows of out' })).toBeVisible()
  await page.getByRole('link', { name: 'Back to the designer' }).click()
  await expect(page.locator('.react-flow__node')).toHaveCount(2)
})

test('an earlier version is named, compared with what is drawn, and drawn again; one undo takes that back', async ({ page, belay }) => {
  await open(page, belay, documentOf('versions', [SOURCE, SINK], [{ from: ['people', 'out'], to: [['out', 'in']] }]))
  await node(page, 'out').click()
  await page.keyboard.press('Delete')
  await page.keyboard.press('Control+s')
  await page.getByRole('button', { name: 'version 2' }).click()
  const dialog = page.getByRole('dialog', { name: 'Saved versions' })
  await dialog.getByRole('option', { name: /^version 1/ }).click()
  await expect(dialog.getByText('people → out')).toBeVisible()
  await dialog.getByLabel('Name').fill('with a sink')
  await dialog.getByLabel('Name').press('Enter')
  await expect(dialog.getByRole('option', { name: 'version 1 with a sink' })).toBeVisible()
  await dialog.getByRole('button', { name: 'Draw this version' }).click()
  await expect(page.locator('.react-flow__node')).toHaveCount(2)
  await page.keyboard.press('Control+z')
  await expect(page.locator('.react-flow__node')).toHaveCount(1)
})
