/** Builds the docs site into `dist/site`: static files, no script or style inside a page. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifests } from '@belay/operators/manifests'
import { examplesIn } from './examples.ts'
import { functionPages } from './functions.ts'
import { guides } from './guides.ts'
import { operatorPages } from './operators.ts'
import { documentOf, type Page } from './page.ts'
import { apiPage, commandsPage, problemsPage } from './reference.ts'
import { searchIndex } from './searchIndex.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..', '..', '..')
const site = join(here, '..', 'site')

function write(path: string, text: string): void {
  const file = join(site, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const notFound: Page = {
  path: '404.html',
  title: 'Not found',
  group: 'Start',
  listed: false,
  within: '404.html',
  description: 'There is no such page.',
  keywords: [],
  body: '<h1>There is no such page</h1>\n<p>It may have moved. Search for it above, or begin with the <a href="/docs/index.html">first steps</a>.</p>\n',
}

rmSync(site, { recursive: true, force: true })
const written = guides(root)
const pages: Page[] = [
  ...written.pages,
  ...operatorPages(manifests, examplesIn(root)),
  ...functionPages(),
  commandsPage(),
  apiPage(root),
  problemsPage(),
]
for (const page of pages) write(page.path, documentOf(page, pages))
// It is shown at any address, so its links begin at the server's root.
write('404.html', documentOf(notFound, pages).replaceAll(/(href|src|data-site)="(?![/#])/g, '$1="/docs/'))
write('search.json', JSON.stringify(searchIndex(pages)))
for (const image of written.images) {
  mkdirSync(dirname(join(site, image)), { recursive: true })
  copyFileSync(join(root, 'docs', image), join(site, image))
}
write('tokens.css', readFileSync(join(root, 'apps/web/src/theme/tokens.css'), 'utf8'))
write('docs.css', readFileSync(join(here, '..', '..', 'src', 'docs.css'), 'utf8'))
write('theme.js', readFileSync(join(here, '..', '..', 'src', 'browser', 'theme.js'), 'utf8'))
write('search.js', readFileSync(join(here, 'browser', 'search.js'), 'utf8'))
