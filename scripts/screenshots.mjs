// `npm run screenshots`: the pictures of docs/images, of a real server with real runs.
// start, designer, monitor while it runs, monitor in the middle of a recovery; light and dark; 1440 and 390 wide.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'

const ROOT = join(import.meta.dirname, '..')
const TARGET = join(ROOT, 'docs/images')
const MOST_BYTES = 200_000
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

const browserPath = [process.env.BELAY_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)
if (browserPath === undefined) {
  console.error('No Chromium found: install it (apt-get install chromium) or set BELAY_CHROMIUM to its path.')
  process.exit(1)
}

const home = mkdtempSync(join(tmpdir(), 'belay-screenshots-'))
const server = spawn(process.execPath, [join(ROOT, 'apps/server/bin/belay.js'), 'start', '--home', home, '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, BELAY_OPEN: '0' },
})
const url = await new Promise((resolve, reject) => {
  let text = ''
  server.stdout.on('data', (chunk) => {
    text += chunk
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
    if (found !== null) resolve(found[0])
  })
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)))
})
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
})

async function api(method, path, body) {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

const commandId = () => crypto.randomUUID()

async function start(example, parameters = {}) {
  await api('POST', `/examples/${example}/open`)
  const { runId } = await api('POST', '/runs', { pipelineId: example, parameters, commandId: commandId() })
  return runId
}

async function until(ask, what) {
  for (let i = 0; i < 600; i += 1) {
    if (await ask()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`not in a minute: ${what}`)
}

const snapshot = (runId) => api('GET', `/runs/${runId}/snapshot`)

async function shoot(page, name) {
  const path = join(TARGET, `${name}.png`)
  await page.screenshot({ path, animations: 'disabled' })
  const { size } = statSync(path)
  console.log(`${name}.png ${Math.round(size / 1000)} kB`)
  if (size > MOST_BYTES) {
    console.error(`${name}.png is larger than ${MOST_BYTES / 1000} kB`)
    process.exitCode = 1
  }
}

/** The moment of a recovery that has most to see: hourly works through windows again. */
async function recovering(page) {
  await page.getByRole('button', { name: 'Watch slowly' }).first().click()
  await page.waitForFunction(() =>
    ['restoring', 'replaying'].includes(document.querySelector('[data-operator=hourly][data-state]')?.getAttribute('data-state') ?? ''),
  )
  await page.getByTestId('timeline').or(page.locator('body')).first().focus()
}

async function screens(theme, size) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme, deviceScaleFactor: 1 })
  const page = await context.newPage()
  const suffix = `${theme}-${SIZES[size].width}`

  await page.goto(url)
  await page.getByRole('button', { name: 'Run the demo' }).waitFor()
  await page.locator('.st-table .st-mini').first().waitFor({ state: 'attached' })
  await shoot(page, `start-${suffix}`)

  await page.goto(`${url}/pipelines/flights`)
  await page.getByText('flights').first().waitFor()
  await page.waitForTimeout(800)
  // The tour offers itself once to everybody; it is not what the picture is of.
  await page
    .getByRole('button', { name: 'No, thanks' })
    .click({ timeout: 2000 })
    .catch(() => undefined)
  await shoot(page, `designer-${suffix}`)

  const runId = await start('flights', { output: `home:pictures-${suffix}` })
  await page.goto(`${url}/runs/${runId}`)
  await until(async () => (await snapshot(runId)).figures.committedWindow >= 24, 'the run is under way')
  if (size === 'wide') await page.getByTestId('node-hourly').click()
  await page.waitForTimeout(300)
  await shoot(page, `monitor-running-${suffix}`)

  const preview = await api('GET', `/runs/${runId}/preview?operator=hourly`)
  if (size === 'wide') {
    await page.keyboard.press('k')
    await page.getByTestId('kill-preview').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Kill hourly' }).click()
  } else {
    await api('POST', `/runs/${runId}/operators/hourly/kill`, {
      commandId: commandId(),
      expect: preview.restart.map((entry) => entry.operator),
    })
  }
  await until(
    async () => (await api('GET', `/runs/${runId}/events?limit=10000`)).some((event) => event.type === 'recovered'),
    'hourly is back',
  )
  await page.getByRole('button', { name: 'Watch slowly' }).first().waitFor()
  await page.waitForTimeout(600)
  await recovering(page)
  await shoot(page, `monitor-recovering-${suffix}`)
  await api('POST', `/runs/${runId}/stop`, { commandId: commandId(), mode: 'abort' }).catch(() => undefined)
  await context.close()
}

try {
  mkdirSync(TARGET, { recursive: true })
  // Something to see in the lists: a run that has ended, and one that goes on.
  const ended = await start('fan-out')
  await until(async () => (await snapshot(ended)).figures.committedWindow >= 4, 'a first run has committed')
  await api('POST', `/runs/${ended}/stop`, { commandId: commandId(), mode: 'stop' })
  await until(async () => (await api('GET', `/runs/${ended}`)).endedAtMs !== null, 'it has stopped')
  await start('flights', { output: 'home:pictures' })
  for (const theme of ['light', 'dark']) for (const size of ['wide', 'phone']) await screens(theme, size)
} finally {
  await browser.close()
  const closed = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  await closed
  // Runs outlive their server; these have nobody to come back to.
  for (const run of readdirSync(join(home, 'runs'))) {
    try {
      process.kill(JSON.parse(readFileSync(join(home, 'runs', run, 'process.json'), 'utf8')).pid, 'SIGKILL')
    } catch {
      // Ended by itself.
    }
  }
  rmSync(home, { recursive: true, force: true })
}
