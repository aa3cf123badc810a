/**
 * The pages that people wrote: everything in `docs/`, and what tells about the project beside it. A
 * page that nothing here names is found and listed all the same.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { renderMarkdown } from './markdown.ts'
import { plainText } from './html.ts'
import { linkTo, type Group, type Page } from './page.ts'

interface Place {
  readonly path: string
  readonly group: Group
  /** As the navigation says it; the page's own heading by default. */
  readonly title?: string
}

/** In the order of the navigation. */
const PLACES: Readonly<Record<string, Place>> = {
  'docs/index.md': { path: 'index.html', group: 'Start', title: 'First steps' },
  'examples/README.md': { path: 'examples.html', group: 'Start' },
  'docs/guide.md': { path: 'guide.html', group: 'Use' },
  'docs/operations.md': { path: 'operations.html', group: 'Run it' },
  'docs/security.md': { path: 'security.html', group: 'Run it' },
  'docs/isolation.md': { path: 'isolation.html', group: 'Run it' },
  'docs/benchmarks.md': { path: 'benchmarks.html', group: 'Run it' },
  'docs/programs.md': { path: 'programs.html', group: 'Build on it' },
  'docs/client.md': { path: 'client.html', group: 'Build on it' },
  'docs/operators.md': { path: 'writing-operators.html', group: 'Build on it' },
  'docs/ARCHITECTURE.md': { path: 'architecture.html', group: 'Build on it' },
  'docs/engine-proof.md': { path: 'engine-proof.html', group: 'Build on it' },
  'packages/engine/SPEC.md': { path: 'engine-rules.html', group: 'Build on it' },
  'CHANGELOG.md': { path: 'changelog.html', group: 'Project' },
}

/** Pages made from the code take the place of these. */
const MADE: Readonly<Record<string, string>> = {
  'README.md': 'index.html',
  'packages/expressions/FUNCTIONS.md': 'reference/functions.html',
  'packages/operators/src': 'reference/operators.html',
  'apps/server/src/cli/commands.ts': 'reference/commands.html',
  'apps/server/src/http/problems.ts': 'reference/problems.html',
  'apps/server/openapi.json': 'reference/api.html',
}

const DECISIONS = 'decisions/index.html'

/** Source file and where its page lies. */
function placesIn(root: string): Map<string, Place> {
  const places = new Map(Object.entries(PLACES).filter(([source]) => existsSync(join(root, source))))
  const files = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
  for (const name of files) {
    const source = `docs/${name}`
    if (places.has(source)) continue
    places.set(source, { path: name.replace(/\.md$/, '.html'), group: name.startsWith('decisions/') ? 'Project' : 'Use' })
  }
  return places
}

export interface Guides {
  readonly pages: readonly Page[]
  /** Image files that pages show, below `docs/`. */
  readonly images: readonly string[]
}

export function guides(root: string): Guides {
  const places = placesIn(root)
  const images = new Set<string>()
  const pages = [...places].map(([source, place]): Page => {
    const resolve = (target: string): string | null => {
      const [file, anchor] = target.split('#')
      if (file === '') return target
      const found = normalize(join(dirname(source), file)).replace(/\/$/, '')
      if (/^docs\/.*\.(png|svg)$/.test(found) && existsSync(join(root, found))) {
        images.add(found.slice('docs/'.length))
        return linkTo(place.path, found.slice('docs/'.length))
      }
      const path = found === 'docs/decisions' ? DECISIONS : (places.get(found)?.path ?? MADE[found] ?? null)
      return path === null ? null : `${linkTo(place.path, path)}${anchor === undefined ? '' : `#${anchor}`}`
    }
    const { title, html } = renderMarkdown(readFileSync(join(root, source), 'utf8'), resolve)
    const isDecision = place.path.startsWith('decisions/')
    return {
      path: place.path,
      title: place.title ?? title,
      group: place.group,
      listed: !isDecision,
      within: isDecision ? DECISIONS : place.path,
      description: plainText(/<p>(.*?)<\/p>/s.exec(html)?.[1] ?? title).slice(0, 200),
      keywords: [],
      body: html,
    }
  })
  return { pages: [...pages, decisions(pages)], images: [...images] }
}

function decisions(pages: readonly Page[]): Page {
  const links = pages
    .filter((page) => page.within === DECISIONS)
    .map((page) => `<li><a href="${linkTo(DECISIONS, page.path)}">${page.title}</a></li>`)
  const description = 'What was decided where the design left room, and why.'
  return {
    path: DECISIONS,
    title: 'Decisions',
    group: 'Project',
    listed: true,
    within: DECISIONS,
    description,
    keywords: [],
    body: `<h1>Decisions</h1>\n<p>${description}</p>\n<ul>${links.join('')}</ul>\n`,
  }
}
