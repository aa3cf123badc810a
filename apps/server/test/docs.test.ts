/** The docs are true: excerpts stand in the code, documents validate, commands run, links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import { readDocument, validate } from '@belay/pipeline'
import { expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { belay } from './support/belay.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'examples/README.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/decisions'),
  ...pagesIn('packages/engine'),
]

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}

interface Block {
  readonly page: string
  readonly language: string
  readonly text: string
}

const blocks: Block[] = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```(\w+)(?: run)?\n(.*?)^```/gms)].map(([, language, text]) => ({
    page,
    language,
    text,
  })),
)

it('excerpts of code stand in the files that they name', () => {
  const excerpts = blocks.filter(({ text }) => /^\/\/ (packages|apps|examples)\//.test(text))
  expect(excerpts.length).toBeGreaterThan(4)
  for (const { page, text } of excerpts) {
    const [first, ...lines] = text.split('\n')
    const path = first.slice(3)
    const excerpt = lines.join('\n').trimEnd()
    expect(readFileSync(join(ROOT, path), 'utf8').includes(excerpt), `${page}: the excerpt of ${path} is not there any more`).toBe(true)
  }
})

it('documents parse and have no problems', () => {
  const documents = blocks.filter(
    ({ language, text }) => ['json', 'yaml'].includes(language) && /^(?:operators:|  "operators":)/m.test(text),
  )
  expect(documents.length).toBeGreaterThan(0)
  for (const { page, language, text } of documents) {
    const parsed = readDocument(language === 'yaml' ? parseYaml(text) : JSON.parse(text), manifests)
    expect(parsed, page).toMatchObject({ ok: true })
    if (parsed.ok) expect(validate(parsed.document, manifests), page).toEqual([])
  }
})

it('links lead to files', () => {
  for (const page of PAGES) {
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```/gms, '')
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g))
      expect(existsSync(join(ROOT, dirname(page), target)), `${page} links to ${target}`).toBe(true)
  }
})

it('npm scripts and commands of the command line that are named exist', async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Readonly<Record<string, string>> }
  const help = (await belay(['help'])).stdout
  for (const page of PAGES) {
    const text = readFileSync(join(ROOT, page), 'utf8')
    for (const [, name] of text.matchAll(/npm run ([\w:-]+)\b(?! -w )/g)) expect(Object.keys(scripts), page).toContain(name)
    for (const [, name] of text.matchAll(/(?:npx belay|`belay) (\w+)/g)) if (name !== 'help') expect(help, page).toContain(`belay ${name} `)
  }
})
