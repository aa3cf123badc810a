/** Signing in, tokens with grants, and another service to sign in at, which is away. */
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectClean } from './accessible.ts'
import { expect, LAUNCHER, newHome, startBelay, stopBelay, test } from './belay.ts'

const PASSWORD = 'correct horse battery'

test('people sign in, make a token with the grants they have, and sign out', async ({ page }) => {
  const home = newHome()
  const add = (name: string, ...more: readonly string[]): void => {
    execFileSync(process.execPath, [LAUNCHER, 'users', 'add', name, '--home', home, ...more], { input: `${PASSWORD}\n`, stdio: 'pipe' })
  }
  add('root', '--role', 'admin')
  add('dan', '--role', 'designer', '--see-data')
  const service = join(home, 'oidc.json')
  // Port 9 answers nobody.
  writeFileSync(service, JSON.stringify({ issuer: 'http://127.0.0.1:9', clientId: 'belay', label: 'Example ID' }))
  const belay = await startBelay(home, 0, ['--oidc', service])
  try {
    await page.goto(`${belay.url}/access`)
    await expectClean(page, 'signing in')
    await page.getByRole('button', { name: 'Sign in with Example ID' }).press('Enter')
    await expect(page.getByRole('alert')).toContainText('The sign-in service cannot be used now')
    await page.getByLabel('Name').fill('dan')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByLabel('Password').press('Enter')

    await expect(page.getByRole('heading', { name: 'Tokens for programs' })).toBeVisible()
    // He has no use of secrets, so none of his tokens has.
    await expect(page.getByLabel('use secrets')).toBeDisabled()
    await page.getByLabel('see data').press('Space')
    await page.getByLabel('For').fill('nightly')
    await page.getByLabel('For').press('Enter')
    const made = page.getByRole('region', { name: 'Tokens' }).getByRole('status')
    await expect(made).toContainText('belay_')
    await expect(page.getByRole('row', { name: /nightly/ })).toContainText('sees data')
    await expectClean(page, 'tokens')
    const token = await made.locator('code').innerText()
    const who = await fetch(`${belay.url}/api/session`, { headers: { authorization: `Bearer ${token}` } })
    expect(await who.json()).toMatchObject({ user: { name: 'dan', role: 'viewer', seeData: true, useSecrets: false } })

    await page.getByRole('button', { name: 'You are dan' }).press('Enter')
    await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter')
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  } finally {
    await stopBelay(belay)
    rmSync(home, { recursive: true, force: true })
  }
})
