/** What axe finds on a screen, in light and in dark: no violation of WCAG 2.2 A and AA. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

async function violations(page: Page, screen: string, look: (axe: AxeBuilder) => AxeBuilder): Promise<string[]> {
  // Fades would be measured half way; what turns for ever has no end to wait for.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
        .map((animation) => animation.finished.catch(() => undefined)),
    ),
  )
  // Legacy mode looks from within the page, which has no frames of others; the other mode opens a page of its own for each look.
  const found = await look(new AxeBuilder({ page }).setLegacyMode(true)).analyze()
  return found.violations.map(({ id, nodes }) => `${screen}: ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
}

/** A theme changes colours and nothing else: all rules in light, contrast in dark. */
export async function expectClean(page: Page, screen: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  // Before it has its heading a screen is not there yet.
  await page.locator('h1').first().waitFor({ state: 'attached' })
  const light = await violations(page, `${screen}, light`, (axe) => axe.withTags(RULES))
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await violations(page, `${screen}, dark`, (axe) => axe.withRules(['color-contrast']))
  await page.emulateMedia({ colorScheme: 'light' })
  expect([...light, ...dark]).toEqual([])
}
