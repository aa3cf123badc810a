import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `import` and `require` apply by themselves; named here, Node would take a package's module form for `require` too.
  ssr: { resolve: { conditions: ['source', 'node'] } },
  resolve: { conditions: ['source', 'node'] },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
    testTimeout: 20_000,
  },
})
