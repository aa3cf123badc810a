import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const TITLE = /\b(?:test|it|describe)(?:\.\w+)*(?:\([^)]*\))?\(\s*(['"`])((?:(?!\1).)*)\1/g
const ID = /^[A-Z]\d{1,2}$/

/** Files from the root of the repository, with forward slashes. Links are not followed: installed packages lead back here. */
function testFiles(): string[] {
  return ['packages', 'apps'].flatMap((top) =>
    readdirSync(join(ROOT, top), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => ['src', 'test'].map((folder) => `${top}/${entry.name}/${folder}`))
      .filter((folder) => existsSync(join(ROOT, folder)))
      .flatMap(filesBelow)
      .filter((name) => name.endsWith('.test.ts')),
  )
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : []
  })
}

/** Rule ids that the titles of a file begin with. */
function idsIn(file: string): Set<string> {
  const ids = new Set<string>()
  for (const [, , title] of readFileSync(join(ROOT, file), 'utf8').matchAll(TITLE)) {
    for (const word of title.split(/\s+/)) {
      if (ID.test(word)) ids.add(word)
      else if (word !== 'and') break
    }
  }
  return ids
}

interface Rule {
  readonly id: string
  readonly files: readonly string[]
}

function rules(): Rule[] {
  const text = readFileSync(join(ROOT, 'packages/engine/SPEC.md'), 'utf8')
  return [...text.matchAll(/^\| ([A-Z]\d{1,2}) \| .* \| (.*) \|$/gm)].map(([, id, proof]) => ({
    id,
    files: [...proof.matchAll(/`([^`]+)`/g)].map(([, file]) => file),
  }))
}

test('every rule that a test is titled by is in SPEC.md, and every proof that SPEC.md names is there', () => {
  const known = rules()
  expect(known.length).toBeGreaterThan(60)
  expect(new Set(known.map(({ id }) => id)).size).toBe(known.length)
  const titled = new Map(testFiles().map((file) => [file, idsIn(file)]))
  const used = new Set([...titled.values()].flatMap((ids) => [...ids]))
  expect([...used].filter((id) => !known.some((rule) => rule.id === id))).toEqual([])
  // Named proofs: some title anywhere, and in this folder exactly the files that are named.
  expect(known.filter(({ id, files }) => files.length > 0 && !used.has(id)).map(({ id }) => id)).toEqual([])
  const missing = known.flatMap(({ id, files }) =>
    files
      .filter((file) => file.startsWith('packages/engine/test/') && titled.get(file)?.has(id) !== true)
      .map((file) => `${id} in ${file}`),
  )
  expect(missing).toEqual([])
})
