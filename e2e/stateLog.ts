/** Writes down every state that a node of the page goes through, with the time at which it did. */
import type { Page } from '@playwright/test'

export interface ShownState {
  readonly operator: string
  readonly state: string
  readonly atMs: number
}

declare global {
  interface Window {
    belayShown?: ShownState[]
  }
}

/** Before the page is opened. */
export async function watchStates(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown: { operator: string; state: string; atMs: number }[] = []
    window.belayShown = shown
    const watch = (): void => {
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          if (!(target instanceof HTMLElement) || !target.classList.contains('rn-node')) continue
          const { operator, state } = target.dataset
          if (operator !== undefined && state !== undefined) shown.push({ operator, state, atMs: Date.now() })
        }
      }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ['data-state'] })
    }
    if (document.documentElement === null) window.addEventListener('DOMContentLoaded', watch)
    else watch()
  })
}

export function shownStates(page: Page): Promise<readonly ShownState[]> {
  return page.evaluate(() => window.belayShown ?? [])
}
