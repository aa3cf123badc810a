/** How much JavaScript a page loads before it can be used, compressed as a web server would (Brotli). */
import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'

const DIST = new URL('../../web/dist/', import.meta.url)

function withImports(path: string, seen: Set<string>): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const source = readFileSync(new URL(path, DIST), 'utf8')
  for (const [, file] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) withImports(`assets/${file}`, seen)
  return seen
}

/** What every page needs. */
function shellFiles(): Set<string> {
  const files = new Set<string>()
  for (const [path] of readFileSync(new URL('index.html', DIST), 'utf8').matchAll(/assets\/[^"]+\.js/g)) withImports(path, files)
  return files
}

function kilobytes(files: ReadonlySet<string>): number {
  let sum = 0
  for (const path of files) sum += brotliCompressSync(readFileSync(new URL(path, DIST))).length
  return Math.round(sum / 1000)
}

test.each([
  { page: 'start', chunk: 'StartPage', most: 150 },
  { page: 'designer', chunk: 'DesignerPage', most: 280 },
  { page: 'monitor', chunk: 'RunPage', most: 280 },
])('the $page page loads at most $most KB of JavaScript', ({ page, chunk, most }) => {
  const files = shellFiles()
  const found = readdirSync(new URL('assets/', DIST)).find((name) => name.startsWith(chunk) && name.endsWith('.js'))
  if (found === undefined) throw new Error(`${chunk} was not built`)
  withImports(`assets/${found}`, files)
  const size = kilobytes(files)
  console.log(`${page}: ${size} KB of JavaScript (brotli)`)
  expect(size).toBeGreaterThan(10)
  expect(size).toBeLessThanOrEqual(most)
})
