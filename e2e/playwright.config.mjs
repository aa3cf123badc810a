import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  // The pages under test run engines of their own: one at a time, so that figures are not each other's. In CI, where
  // nobody reads figures, each worker has a server and a home of its own.
  workers: process.env.CI === undefined ? 1 : 2,
  // As for tests that run processes (scripts/test.mjs): one more try in CI, and it is told.
  retries: process.env.CI === undefined ? 0 : 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.BELAY_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update'],
    },
    trace: 'off',
  },
})
