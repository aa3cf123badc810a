import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

// `import` and `require` apply by themselves; named here, Node would take a package's module form for `require` too.
const conditions = ['source', 'node']

function project(name: string, include: readonly string[], groupOrder: number): TestProjectInlineConfiguration {
  return {
    ssr: { resolve: { conditions } },
    resolve: { conditions },
    test: {
      name,
      include: [...include],
      setupFiles: ['scripts/proof/propertySeed.mjs'],
      pool: 'threads',
      isolate: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxWorkers: 2,
      sequence: { groupOrder },
    },
  }
}

export default defineConfig({
  test: {
    globalSetup: ['scripts/proof/temporaryFolder.mjs'],
    projects: [
      project('packages', ['packages/*/{src,test}/**/*.test.ts', 'apps/web/{src,test}/**/*.test.ts'], 0),
      // These start servers and run processes of their own, and come when nothing else is at work.
      project('server', ['apps/server/{src,test}/**/*.test.ts'], 1),
    ],
  },
})
