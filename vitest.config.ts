import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

// `import` and `require` apply by themselves; named here, Node would take a package's module form for `require` too.
const conditions = ['source', 'node']

function project(name: string, include: readonly string[], groupOrder: number, maxWorkers: number): TestProjectInlineConfiguration {
  return {
    ssr: { resolve: { conditions } },
    resolve: { conditions },
    test: {
      name,
      include: [...include],
      setupFiles: ['scripts/proof/propertySeed.mjs'],
      pool: 'threads',
      isolate: false,
      testTimeout: 20_000,
      maxWorkers,
      sequence: { groupOrder },
    },
  }
}

export default defineConfig({
  test: {
    projects: [
      project('packages', ['packages/*/{src,test}/**/*.test.ts', 'apps/web/{src,test}/**/*.test.ts'], 0, 2),
      // These start servers and run processes of their own: one file at a time.
      project('server', ['apps/server/{src,test}/**/*.test.ts'], 1, 1),
    ],
  },
})
