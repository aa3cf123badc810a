import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFileAccess } from '../container/files.ts'
import { isFilePattern, matchingFiles } from './filePattern.ts'

const FILES = ['a.csv', 'b.csv', 'b.csv.1', 'n/a.csv', 'n/m/c.csv', 'n/m/d.txt', '.hidden.csv', 'n/.h/e.csv', 'x-1-y-2.log']

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-pattern-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  for (const name of FILES) {
    mkdirSync(dirname(join(at, name)), { recursive: true })
    writeFileSync(join(at, name), '')
  }
  symlinkSync(join(at, 'a.csv'), join(at, 'link.csv'))
  symlinkSync(join(at, 'n'), join(at, 'linked'))
  return at
}

test.each([
  ['*.csv', ['a.csv', 'b.csv']],
  ['b.csv*', ['b.csv', 'b.csv.1']],
  ['n/', ['n/a.csv']],
  ['*', ['a.csv', 'b.csv', 'b.csv.1', 'x-1-y-2.log']],
  ['**/*.csv', ['a.csv', 'b.csv', 'n/a.csv', 'n/m/c.csv']],
  ['n/**', ['n/a.csv', 'n/m/c.csv', 'n/m/d.txt']],
  ['n/**/**/c*', ['n/m/c.csv']],
  ['*/a.csv', ['n/a.csv']],
  ['x-*-*.log', ['x-1-y-2.log']],
  ['x-*-*-*-*.log', []],
  ['a.csv*csv', []],
  ['none/*', []],
  ['a.csv/*', []],
])('%s means %j', (pattern, expected) => {
  expect(isFilePattern(pattern)).toBe(true)
  expect(matchingFiles(folder(), pattern)).toEqual(expected)
})

test('a pattern with many stars takes linear time', () => {
  const at = mkdtempSync(join(tmpdir(), 'belay-pattern-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  writeFileSync(join(at, 'a'.repeat(250)), '')
  expect(matchingFiles(at, `${'*a'.repeat(120)}*b`)).toEqual([])
})

test('patterns cannot leave their root either', () => {
  const files = createFileAccess({ data: { path: folder(), writable: false } })
  expect(files.matching('data:n/*')).toEqual(['data:n/a.csv'])
  for (const name of ['data:../*', 'data:n/../../*', 'data:/etc/*', 'other:*', '*', 'data:'])
    expect(() => files.matching(name)).toThrow(/FILE|root/)
})
