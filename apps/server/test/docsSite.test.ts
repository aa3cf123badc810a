/** The docs site: whole, without dead links, under the page's own security policy, and its runnable blocks run. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { FUNCTIONS } from '@belay/expressions'
import { manifests } from '@belay/operators/manifests'
import { expect, it } from 'vitest'
import { belay, PROCESSES, testHome, testServer } from './support/belay.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SITE = join(ROOT, 'apps', 'docs', 'dist', 'site')

const pages = new Map(
  readdirSync(SITE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => [name, readFileSync(join(SITE, name), 'utf8')]),
)

/** Where a link of a page leads, below the site; null = out of it. */
function targetOf(page: string, link: string): { readonly path: string; readonly anchor: string } | null {
  const [path, anchor = ''] = link.split('#')
  if (/^(?:https?:|mailto:|data:)/.test(link) || path === '/' || path.startsWith('/api/')) return null
  if (path === '') return { path: page, anchor }
  return { path: path.startsWith('/docs/') ? path.slice('/docs/'.length) : normalize(join(dirname(page), path)), anchor }
}

it('every operator and every function has a page', () => {
  for (const { type, internal } of Object.values(manifests))
    expect(pages.has(`reference/operators/${type}.html`), type).toBe(internal !== true)
  for (const { name } of FUNCTIONS)
    expect([...pages.keys()]).toContain(`reference/functions/${name.toLowerCase().replaceAll('_', '-')}.html`)
})

it('every link and every picture leads to a file, and every anchor to an element', () => {
  const dead: string[] = []
  for (const [page, html] of pages)
    for (const [, link] of html.matchAll(/ (?:href|src|data-site)="([^"]*)"/g)) {
      const target = targetOf(page, link)
      if (target === null) continue
      if (!existsSync(join(SITE, target.path)) || target.path.startsWith('..')) dead.push(`${page}: ${link}`)
      else if (target.anchor !== '' && pages.get(target.path)?.includes(` id="${target.anchor}"`) !== true) dead.push(`${page}: ${link}`)
    }
  expect(dead).toEqual([])
})

it('ids are given once in a page, and nothing in one needs inline script or style', () => {
  for (const [page, html] of pages) {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size, page).toBe(ids.length)
    expect(html, page).not.toMatch(/<script(?![^>]* src=)|<style| style="| on\w+="|javascript:/)
    expect(html.match(/<h1>/g), page).toHaveLength(1)
  }
})

it('the search leads to pages and headings that are there', () => {
  const entries = JSON.parse(readFileSync(join(SITE, 'search.json'), 'utf8')) as readonly { readonly u: string; readonly x: string }[]
  expect(entries.length).toBeGreaterThan(pages.size)
  for (const { u } of entries) {
    const [path, anchor] = u.split('#')
    expect(pages.has(path), u).toBe(true)
    if (anchor !== undefined) expect(pages.get(path), u).toContain(` id="${anchor}"`)
  }
})

it('the server serves it, and answers what is not there with a page of it', PROCESSES, async () => {
  const server = await testServer(testHome())
  const start = await server.call('GET', '/docs')
  expect(start).toMatchObject({ status: 200, type: expect.stringContaining('text/html') })
  expect(start.body).toContain('<title>First steps')
  expect(start.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(await server.call('GET', '/docs/reference/operators/dedup.html')).toMatchObject({ status: 200 })
  const missing = await server.call('GET', '/docs/nothing/here.html')
  expect(missing).toMatchObject({ status: 404, type: expect.stringContaining('text/html') })
  expect(missing.body).toContain('There is no such page')
})

interface Runnable {
  readonly page: string
  readonly language: string
  readonly text: string
}

const runnable: Runnable[] = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) =>
    [...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(/^```(\w+) run\n(.*?)^```/gms)].map(([, language, text]) => ({
      page,
      language,
      text,
    })),
  )

it('there are blocks to run', () => {
  expect(runnable.map(({ language }) => language)).toEqual(expect.arrayContaining(['sh', 'json']))
})

it.each(runnable)('the $language block of $page runs', PROCESSES, async ({ language, text }) => {
  const home = testHome()
  const env = { BELAY_HOME: home }
  if (language === 'json') {
    mkdirSync(home, { recursive: true })
    const file = join(home, 'block.json')
    writeFileSync(file, text)
    const { code, stdout, stderr } = await belay(['run', file, '--json'], { env })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ state: 'finished' })
    return
  }
  expect(language).toBe('sh')
  for (const line of text.trim().split('\n')) {
    const [npx, name, ...args] = line.split(' ')
    expect([npx, name]).toEqual(['npx', 'belay'])
    const { code, stderr } = await belay(args, { cwd: ROOT, env })
    expect(code, `${line}\n${stderr}`).toBe(0)
  }
})
