/** A page of the site and what is around it. */
import { dirname, relative } from 'node:path/posix'
import { escapeHtml, plainText, slugOf } from './html.ts'

/** A closed list, in the order of the navigation. */
const GROUPS = ['Start', 'Use', 'Reference', 'Run it', 'Build on it', 'Project'] as const
export type Group = (typeof GROUPS)[number]

export interface Page {
  /** Below the site's root, e.g. `reference/operators/dedup.html`. */
  readonly path: string
  readonly title: string
  readonly group: Group
  /** Whether the navigation lists it; others are reached from their index. */
  readonly listed: boolean
  /** The page whose entry in the navigation is marked; its own path where it is listed. */
  readonly within: string
  /** One line for search engines and the search. */
  readonly description: string
  /** Other words people search by. */
  readonly keywords: readonly string[]
  /** HTML with one h1 at its beginning. */
  readonly body: string
}

export interface Heading {
  readonly level: 2 | 3
  readonly id: string
  readonly title: string
}

export function headingHtml(level: number, html: string, id: string): string {
  if (level === 1) return `<h1>${html}</h1>\n`
  return `<h${level} id="${id}"><a class="anchor" href="#${id}">${html}</a></h${level}>\n`
}

/** Heading of text, with an anchor of its own words. */
export function heading(level: 1 | 2 | 3, title: string): string {
  return headingHtml(level, escapeHtml(title), slugOf(title))
}

export function headingsOf(body: string): Heading[] {
  return [...body.matchAll(/<h([23]) id="([^"]*)">(.*?)<\/h\1>/gs)].map(([, level, id, html]) => ({
    level: level === '2' ? 2 : 3,
    id,
    title: plainText(html),
  }))
}

/** From one page to another, so that the site works wherever it lies. */
export function linkTo(from: string, to: string): string {
  return relative(dirname(from), to)
}

const MARK =
  '<svg class="mark" viewBox="0 0 30 30" width="22" height="22" fill="none" aria-hidden="true"><path d="M10.5 5.5h8a6.8 6.8 0 0 1 6.2 9.6l-2.6 5.8a6.2 6.2 0 0 1-5.7 3.6h-5.9a5 5 0 0 1-5-5v-1.6M5.5 14.6v-4.1a5 5 0 0 1 5-5" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/><path d="M1.5 16.2h11.2c2.4 0 4-1.5 4-3.6s-1.6-3.4-3.6-3.4" stroke="var(--accent-solid)" stroke-width="2.4" stroke-linecap="round"/></svg>'

function navigation(page: Page, pages: readonly Page[]): string {
  return GROUPS.map((group) => {
    const links = pages
      .filter((other) => other.group === group && other.listed)
      .map((other) => {
        const current = other.path === page.path ? ' aria-current="page"' : other.path === page.within ? ' aria-current="true"' : ''
        return `<li><a href="${linkTo(page.path, other.path)}"${current}>${escapeHtml(other.title)}</a></li>`
      })
    return links.length === 0 ? '' : `<h2>${group}</h2><ul>${links.join('')}</ul>`
  }).join('')
}

function contents(body: string): string {
  const headings = headingsOf(body)
  if (headings.length < 2) return ''
  const links = headings.map(({ level, id, title }) => `<li class="level-${level}"><a href="#${id}">${escapeHtml(title)}</a></li>`)
  return `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${links.join('')}</ul></nav>`
}

/** The whole document. `pages` are all of the site. */
export function documentOf(page: Page, pages: readonly Page[]): string {
  const to = (path: string): string => linkTo(page.path, path)
  return `<!doctype html>
<html lang="en" data-site="${to('search.json')}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(page.description)}">
<title>${escapeHtml(page.title)} – Belay docs</title>
<link rel="stylesheet" href="${to('tokens.css')}">
<link rel="stylesheet" href="${to('docs.css')}">
<script src="${to('theme.js')}"></script>
<script type="module" src="${to('search.js')}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="bar">
<a class="brand" aria-label="Belay docs" href="${to('index.html')}">${MARK}<span>Belay docs</span></a>
<div class="search" hidden>
<input type="search" id="search" role="combobox" aria-label="Search the docs" aria-expanded="false" aria-controls="found" aria-autocomplete="list" placeholder="Search ( / )" autocomplete="off">
<ul id="found" role="listbox" aria-label="Found" hidden></ul>
<p id="count" class="hidden" role="status"></p>
</div>
<a class="open" href="/">Open Belay</a>
<button type="button" id="theme" aria-label="Switch between light and dark" hidden>◐</button>
</header>
<div class="columns">
<nav class="pages" aria-label="Pages"><details><summary>All pages</summary>${navigation(page, pages)}</details></nav>
<main id="main" tabindex="-1">
${page.body}</main>
${contents(page.body)}
</div>
</body>
</html>
`
}
