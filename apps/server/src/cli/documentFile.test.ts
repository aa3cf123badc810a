import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readTextDocument } from './documentFile.ts'

function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'belay-document-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

it('a pipeline is read from JSON and from YAML', () => {
  expect(readTextDocument(file('p.json', '{"id": "p", "streams": []}'))).toEqual({ id: 'p', streams: [] })
  expect(readTextDocument(file('p.yaml', '# mine\nid: p\nstreams: []\n'))).toEqual({ id: 'p', streams: [] })
  expect(readTextDocument(file('p.yml', 'a: &x [1]\nb: *x\n'))).toEqual({ a: [1], b: [1] })
})

it.each([
  ['p.json', '{\n "id": p}', 'JSON: line 2, column 8: '],
  ['p.yaml', 'id: p\n  name: "x', 'YAML: line 1, column 5: '],
  ['p.yaml', 'id: p\nid: q\n', 'YAML: line 2, column 1: Map keys must be unique. Correct it there.'],
  [
    'bomb.yaml',
    ['a: &a [x]', ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]}, `.repeat(9)}]`)].join('\n'),
    'YAML: ',
  ],
])('what is no %s is told with its place: %s', (name, text, message) => {
  expect(() => readTextDocument(file(name, text))).toThrow(new RegExp(`${name} is not ${message.replaceAll(/[.*]/g, String.raw`\$&`)}`))
})
