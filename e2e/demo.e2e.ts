/** The whole promise in one go: one click, kill, watch it come back, and find the same output to the byte. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { Api, type SeenEvent, type SeenFigures } from './api.ts'
import { expect, LAUNCHER, newHome, ROOT, test } from './belay.ts'
import { shownStates, watchStates, type ShownState } from './stateLog.ts'

/** Fast enough to end soon, slow enough to be killed in the middle. */
const ROWS_PER_SECOND = 200_000
/** Windows between checkpoints, so that there is something to replay. */
const CHECKPOINT_MS = 2000
/** A checkpoint that comes between the look and the blow leaves nothing to replay: then strike again. */
const BLOWS = 4

function collectErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  return errors
}

test('from first paint, one click to moving numbers @smoke', async ({ belay, page }) => {
  const errors = collectErrors(page)
  await page.goto(belay.url)
  await page.getByRole('button', { name: 'Run the demo' }).click()
  const clickedAt = Date.now()
  const out = page.getByTestId('node-flights').locator('.rn-metrics b').first()
  await expect(out).toHaveText(/^[1-9]/)
  console.log(`one click to moving numbers: ${Date.now() - clickedAt} ms`)
  const before = await page.getByTestId('committed').textContent()
  await expect(page.getByTestId('committed')).not.toHaveText(before ?? '')
  await expect(page.getByTestId('table-board').locator('tbody tr').first()).toBeVisible()
  expect(errors).toEqual([])
})

interface Recovery {
  /** Operators that the preview named. */
  readonly foretold: readonly string[]
  readonly failure: SeenEvent
  readonly plan: SeenEvent
  readonly recovered: SeenEvent
  /** States of operators between the failure and the recovery: by the events, and on the page. */
  readonly told: readonly SeenEvent[]
  readonly shown: readonly ShownState[]
  readonly before: SeenFigures['operators']
  readonly after: SeenFigures['operators']
  states(operator: string): readonly string[]
}

/** Kills `hourly` in the page, once the preview says that there are windows to replay. */
async function killHourly(page: Page, api: Api, runId: string): Promise<Recovery> {
  const since = (await api.events(runId)).at(-1)?.seq ?? 0
  await page.getByTestId('node-hourly').click()
  await page.keyboard.press('k')
  const rows = page.getByTestId('kill-preview').locator('tbody tr')
  await expect(rows.filter({ hasText: 'hourly' }).filter({ hasText: /[1-9]\u00a0window/ })).toBeVisible()
  const foretold = await rows.evaluateAll((list) => list.map((row) => row.getAttribute('data-operator') ?? ''))
  const before = (await api.figures(runId)).operators
  const from = (await shownStates(page)).length
  await page.getByRole('dialog').getByRole('button', { name: 'Kill hourly' }).click()
  const fresh = await api.until(
    async () => (await api.events(runId)).filter((event) => event.seq > since),
    (events) => events.some((event) => event.type === 'recovered'),
    'hourly is back',
  )
  const of = (type: string): SeenEvent => {
    const found = fresh.find((event) => event.type === type)
    if (found === undefined) throw new Error(`there is no event ${type}`)
    return found
  }
  const [failure, plan, recovered] = [of('failure'), of('recovery-planned'), of('recovered')]
  const told = fresh.filter((event) => event.type === 'operator-state' && event.seq > failure.seq && event.seq < recovered.seq)
  await expect(page.getByTestId('incident')).toHaveAttribute('data-outcome', 'recovered')
  // The page shows states one after another: it is through when it has shown as many as were told.
  await expect.poll(async () => (await shownStates(page)).length - from).toBeGreaterThanOrEqual(told.length)
  return {
    foretold,
    failure,
    plan,
    recovered,
    told,
    shown: (await shownStates(page)).slice(from),
    before,
    after: (await api.figures(runId)).operators,
    states: (operator) => told.filter((event) => event.operator === operator).map((event) => event.state ?? ''),
  }
}

/** The exactly-once file: its parts in order of their names. */
function output(folder: string): { readonly parts: number; readonly bytes: Buffer } {
  const parts = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
  return { parts: parts.length, bytes: Buffer.concat(parts.map((name) => readFileSync(join(folder, name)))) }
}

test('a killed operator comes back, and the output is that of an undisturbed run', async ({ belay, page }) => {
  const api = new Api(belay.url)
  const errors = collectErrors(page)
  await watchStates(page)
  await api.openExample('flights', { speed: ROWS_PER_SECOND, output: 'home:killed' }, { checkpointIntervalMs: CHECKPOINT_MS })

  await page.goto(belay.url)
  await page.getByRole('button', { name: 'Run the demo' }).click()
  await page.waitForURL(/\/runs\//)
  const runId = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await expect(page.getByTestId('node-flights').locator('.rn-metrics b').first()).toHaveText(/^[1-9]/)
  await api.committed(runId, 4)

  let recovery = await killHourly(page, api, runId)
  for (let blow = 1; blow < BLOWS && !recovery.states('hourly').includes('replaying'); blow += 1)
    recovery = await killHourly(page, api, runId)

  // Exactly the operators of the preview restarted; the others kept their attempt.
  expect(recovery.failure.operators).toEqual(['hourly'])
  expect([...(recovery.plan.restart ?? [])].sort()).toEqual([...recovery.foretold].sort())
  for (const [operator, { attempt }] of Object.entries(recovery.before))
    expect(recovery.after[operator].attempt, `attempt of ${operator}`).toBe(
      recovery.foretold.includes(operator) ? recovery.plan.attempt : attempt,
    )

  // What the node showed is what the events said, in their order, each after its event.
  let worstLagMs = 0
  for (const operator of recovery.foretold) {
    const told = recovery.told.filter((event) => event.operator === operator)
    const shown = recovery.shown.filter((state) => state.operator === operator).slice(0, told.length)
    expect(
      shown.map(({ state }) => state),
      `states of ${operator}`,
    ).toEqual(told.map(({ state }) => state))
    shown.forEach((state, i) => {
      expect(state.atMs).toBeGreaterThanOrEqual(told[i].atMs)
      worstLagMs = Math.max(worstLagMs, state.atMs - told[i].atMs)
    })
  }
  const milestones = ['down', 'restoring', 'replaying', 'running']
  expect(recovery.states('hourly').filter((state) => milestones.includes(state))).toEqual(milestones)
  expect(recovery.shown.filter(({ operator }) => !recovery.foretold.includes(operator))).toEqual([])
  console.log(`recovery ${recovery.recovered.durations?.caughtUpMs.toFixed(0)} ms, event to page at worst ${worstLagMs.toFixed(0)} ms`)

  // The card's durations are those of the event, and the step's time that between the events.
  await expect(page.getByTestId('happened')).toContainText('✓')
  await expect(page.getByTestId('caught-up-after')).toHaveText(durationText(recovery.recovered.durations?.caughtUpMs ?? 0))
  await expect(page.getByTestId('steps').locator('[data-step=end] time')).toHaveText(
    `+${durationText(recovery.recovered.atMs - recovery.failure.atMs)}`,
  )

  // To the end, and compared with a run that nobody disturbed.
  await expect(page.locator('main')).toHaveAttribute('data-run-state', 'finished', { timeout: 60_000 })
  const killed = output(join(belay.home, 'files/killed'))
  const undisturbedHome = newHome()
  const cli = spawnSync(
    process.execPath,
    [
      LAUNCHER,
      'run',
      join(ROOT, 'examples/flights.json'),
      '--home',
      undisturbedHome,
      '--set',
      'speed=0',
      '--set',
      'output=home:calm',
      '--json',
    ],
    { encoding: 'utf8' },
  )
  expect(cli.status, cli.stderr).toBe(0)
  const calm = output(join(undisturbedHome, 'files/calm'))
  rmSync(undisturbedHome, { recursive: true, force: true })
  expect(calm.bytes.length).toBeGreaterThan(1_000_000)
  expect(killed.bytes.equals(calm.bytes), `killed ${killed.bytes.length} bytes, calm ${calm.bytes.length} bytes`).toBe(true)
  console.log(`${killed.bytes.length} bytes, identical; ${killed.parts} parts against ${calm.parts}`)
  expect(errors).toEqual([])
})

/** The same words as the page, so that figures can be compared with it. */
function durationText(ms: number): string {
  if (ms < 1) return '0\u00a0ms'
  if (ms < 100) return `${Math.round(ms)}\u00a0ms`
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)}\u00a0s`
  return `${(ms / 1000).toFixed(1)}\u00a0s`
}
