import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Those that a few runs find; `npm run simulate -- --mutants` plants all. */
const QUICK = [
  'floor-rule',
  'commit-early',
  'commit-not-idempotent',
  'no-commit-after-restore',
  'offset-ahead',
  'no-back-pressure',
  'replay-off-by-one',
  'no-alignment',
  'logs-not-cut-back',
  'ended-before-commit',
  'successor-too-soon',
  'downstream-kept',
]

test('D5 H1 H4 H8 H12 L8 L10 bugs that are planted in the real sources are found by the simulation', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/simulate.mjs', '--mutants', '--only', QUICK.join(',')], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  expect(JSON.parse(last === '' ? JSON.stringify({ stderr }) : last)).toMatchObject({
    mutants: QUICK.length,
    found: QUICK.length,
    survivors: [],
  })
}, 600_000)
