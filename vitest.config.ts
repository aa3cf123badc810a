import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { LongestFirst } from './scripts/proof/longestFirst.ts'

// `import` and `require` apply by themselves; named here, Node would take a package's module form for `require` too.
const conditions = ['source', 'node']

function project(name: string, include: readonly string[], groupOrder: number, maxWorkers = 2): TestProjectInlineConfiguration {
  return {
    ssr: { resolve: { conditions } },
    resolve: { conditions },
    test: {
      name,
      // What an array that fails to contain something holds instead is worth more than a short line.
      chaiConfig: { truncateThreshold: 2000 },
      include: [...include],
      setupFiles: ['scripts/proof/propertySeed.mjs'],
      pool: 'threads',
      isolate: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxWorkers,
      sequence: { groupOrder },
    },
  }
}

export default defineConfig({
  test: {
    globalSetup: ['scripts/proof/temporaryFolder.mjs'],
    sequence: { sequencer: LongestFirst },
    projects: [
      project('packages', ['packages/*/{src,test}/**/*.test.ts', 'apps/web/{src,test}/**/*.test.ts'], 0),
      // These start servers and run processes of their own, and come when nothing else is at work. None measures time, and
      // all wait much: for rates, timeouts and restarts.
      project('server', ['apps/server/{src,test}/**/*.test.ts'], 1, process.env['CI'] === undefined ? 2 : 3),
    ],
  },
})
