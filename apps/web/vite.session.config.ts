/** Builds the viewer of session files: one script and one style sheet that the server writes into each file. */
import { defineConfig } from 'vite'

export default defineConfig({
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  define: { 'process.env.NODE_ENV': '"production"' },
  publicDir: false,
  build: {
    target: 'es2023',
    outDir: 'dist/session',
    reportCompressedSize: false,
    lib: { entry: ['src/session/main.ts'], formats: ['iife'], name: 'belaySession', fileName: () => 'viewer.js' },
  },
})
