/** Builds the page from the workspace's sources; `vite` alone serves it against a server on port 4600. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const SERVER = 'http://127.0.0.1:4600'

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1024, reportCompressedSize: false },
  server: {
    proxy: {
      '/api': { target: SERVER, changeOrigin: true },
      '/live': { target: SERVER, changeOrigin: true, ws: true },
    },
  },
})
