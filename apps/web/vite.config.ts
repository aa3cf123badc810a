/** Builds the page from the workspace's sources; `vite` alone serves it against a server on port 4600. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const SERVER = 'http://127.0.0.1:4600'

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 1024,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the designer shares with its panels and dialogs is one file: many small ones compress worse.
          groups: [{ name: 'designer', test: /src\/designer\/(?!text|sql|tests|forms|inspector|merge|ghost)/, minShareCount: 2 }],
          includeDependenciesRecursively: false,
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: SERVER, changeOrigin: true },
      '/live': { target: SERVER, changeOrigin: true, ws: true },
    },
  },
})
