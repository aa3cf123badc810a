/** Builds the viewer of session files: one script and one style sheet that the server writes into each file. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  resolve: {
    conditions: ['source', 'browser', 'module', 'import', 'default'],
    alias: [
      {
        find: /^.*\/language\/language\.ts$|^\.\/language\.ts$/,
        replacement: fileURLToPath(new URL('src/session/language.ts', import.meta.url)),
      },
    ],
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  publicDir: false,
  build: {
    target: 'es2023',
    outDir: 'dist/session',
    reportCompressedSize: false,
    lib: { entry: ['src/session/main.ts'], formats: ['iife'], name: 'belaySession', fileName: () => 'viewer.js' },
  },
})
