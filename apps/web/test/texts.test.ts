/** Every text that the page shows is in the dictionary, and nothing is shown that could not be. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'
import { manifests } from '@belay/operators/manifests'
import type { PipelineDocument } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { messagesOf, summariesOf } from './packageTexts.ts'
import { SAID_BY_DATA } from './saidByData.ts'
import { spokenDocument } from '../src/language/spokenDocument.ts'
import { spoken } from '../src/language/spokenManifests.ts'

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url))
const PARTS = ['common', 'operators', 'designer', 'run', 'examples', 'server', 'checks', 'engine', 'summaries'] as const
type Part = (typeof PARTS)[number]

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

interface Text {
  readonly file: string
  readonly text: string
}

interface Found {
  /** First arguments of `t` and `tx`, and the words of `plural`. */
  readonly keys: readonly Text[]
  readonly bare: readonly Text[]
  /** Calls of `t` that run when the module does. */
  readonly early: readonly Text[]
  readonly imports: readonly string[]
}

const SHOWN =
  /^(title|aria-label|ariaLabel|aria-description|aria-roledescription|aria-valuetext|placeholder|label|alt|summary|verb|empty|detail|caption|prompt|note|noun|text|message|reason|why)$/
const CODE =
  /^(className|key|type|role|id|href|d|viewBox|path|fill|stroke\w*|transform|style|accept|pattern|autoComplete|data-.*|htmlFor|points|outline|border\w*|textDecoration|condition|until)$/
const PROSE = /[a-z]{2,}[,;:.’]* [“(A-Za-z{]|^[A-Z][a-z]+[.:?…]?$|[a-z]{3}[.?!]$/
/** Names, and what a program reads: keys of the keyboard, HTTP, CSS classes, SQL, selectors. */
const NAMES =
  /^(Belay|English|Deutsch|Enter|Escape|Arrow\w+|Tab|Home|End|Page\w+|Delete|Backspace|Shift|Control|Meta|Alt|Content-Type|Bearer.*|Infinity|[a-z]{2}-[\w-]+( [\w-]+)*|[\w.]*(px|rem|fr)\b.*|.*\b(var|rgb|cubic-bezier)\(.*|[.[&:].*|\w+\[.*|.*\b(select|textarea|button)\b, .*)$/
/** Not for people, or the same in every language. */
const ALLOWED = new Set([
  'main.tsx: the page has no #root',
  ...['example', 'open', 'run', 'resume', 'delete'].map((what) => `start/useStartActions.ts: ${what} {}`),
  'designer/canvas/DesignEdge.tsx: ds-line ds-line-{}{}{}',
  'designer/canvas/QuickAdd.tsx: into {} {}',
  'designer/canvas/QuickAdd.tsx: after {}',
  'designer/commands/CommandPalette.tsx: group {}',
  'designer/forms/FileField.tsx: home:rows.csv',
  'designer/forms/FileField.tsx: home:output',
  'designer/forms/ListFields.tsx: distance * 1.609',
  'designer/forms/ListFields.tsx: delay >= 15',
  'designer/forms/SchemaField.tsx: NULL',
  'designer/forms/SecretFields.tsx: X-Api-Key',
  'designer/inspector/PipelineInspector.tsx: MB',
  'designer/parts/TypeMark.tsx: Aa',
  'designer/tests/OutcomeMark.tsx: not run',
  'run/monitorState.tsx: useMonitor is used outside a run page',
  'run/live/runHooks.ts: useRunStore is used outside a run page',
  'run/useShortcuts.ts: Esc',
  'theme/numbers.ts: {}{}min {}{}s',
  'run/canvas/emphasis.ts: instance {}',
  'run/canvas/graphOf.ts: out {}',
  'run/canvas/graphOf.ts: in {}',
  'run/panels/TableRowsView.tsx: NULL',
  'run/peek/PeekPanel.tsx: NULL',
  'run/state/StateTables.tsx: NULL',
])
/** SQL is written to be copied, with its remarks. */
const ENGLISH = /^(session|designer\/sql\/(?!SqlPanel))/

const NO_TEXT = new Set([
  'includes',
  'startsWith',
  'endsWith',
  'addEventListener',
  'removeEventListener',
  'querySelector',
  'querySelectorAll',
  'closest',
  'getItem',
  'setItem',
  'matchMedia',
  'split',
  'join',
  'replace',
  'replaceAll',
  'get',
  'post',
  'call',
  'setProperty',
  'getAttribute',
  'setAttribute',
  'setData',
  'getData',
])

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node)
    .flat()
    .filter((child): child is Node => typeof child === 'object' && child !== null && 'type' in child && typeof child.type === 'string')
}

function stringsOf(node: Node | undefined): readonly string[] {
  if (node === undefined) return []
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : []
  if (node.type === 'ConditionalExpression') return [...stringsOf(node['consequent'] as Node), ...stringsOf(node['alternate'] as Node)]
  if (node.type === 'LogicalExpression') return [...stringsOf(node['left'] as Node), ...stringsOf(node['right'] as Node)]
  return []
}

function nameOf(node: Node): string {
  const name = node['name'] ?? node['value']
  return typeof name === 'object' && name !== null && 'name' in name ? String(name.name) : String(name)
}

function wordsOf(node: Node): string {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : ''
  if (node.type === 'JSXText') return String(node['value']).replace(/\s+/g, ' ').trim()
  return (node['quasis'] as readonly { readonly value: { readonly cooked: string } }[]).map(({ value }) => value.cooked).join('{}')
}

function read(path: string): Found {
  const file = relative(SOURCE, path).split(sep).join('/')
  const code = readFileSync(path, 'utf8')
  const keys: Text[] = []
  const bare: Text[] = []
  const early: Text[] = []
  const imports: string[] = []
  const visit = (node: Node, shown: boolean, inFunction: boolean): void => {
    if (/^TS(?!As|NonNull|Satisfies)/.test(node.type)) return
    const all = (children: readonly Node[], shownThere = shown): void =>
      children.forEach((child) => visit(child, shownThere, inFunction || /Function|^Class/.test(node.type)))
    switch (node.type) {
      case 'ImportDeclaration':
        if (node['importKind'] !== 'type') imports.push(join(dirname(path), stringsOf(node['source'] as Node)[0]))
        return
      case 'JSXAttribute': {
        const name = nameOf(node['name'] as Node)
        if (!CODE.test(name)) all(childrenOf(node), SHOWN.test(name))
        return
      }
      case 'JSXElement': {
        const opening = node['openingElement'] as Node
        if (['code', 'kbd', 'samp'].includes(nameOf(opening['name'] as Node))) all([opening], false)
        else all(childrenOf(node), false)
        return
      }
      case 'JSXText':
        if (/[A-Za-z]{2}/.test(wordsOf(node)) && !NAMES.test(wordsOf(node))) bare.push({ file, text: wordsOf(node) })
        return
      case 'Property': {
        const name = nameOf(node['key'] as Node)
        if (!CODE.test(name)) all([node['value'] as Node], false)
        return
      }
      case 'BinaryExpression':
        if (!/^[!=<>]/.test(String(node['operator']))) all(childrenOf(node))
        return
      case 'SwitchCase':
        all(node['consequent'] as readonly Node[])
        return
      case 'CallExpression': {
        const callee = node['callee'] as Node
        const name = callee.type === 'MemberExpression' ? nameOf(callee['property'] as Node) : nameOf(callee)
        const given = node['arguments'] as readonly Node[]
        if (name === 't' || name === 'tx') {
          for (const text of stringsOf(given[0])) keys.push({ file, text })
          if (!inFunction) early.push({ file, text: code.slice(node.start, node.end) })
          if (stringsOf(given[0]).length === 0) all([given[0]], false)
          all(given.slice(1), false)
        } else if (name === 'plural') {
          const [one, many = `${one}s`] = given.slice(1).flatMap(stringsOf)
          if (one !== undefined) keys.push({ file, text: one }, { file, text: many })
        } else if (NO_TEXT.has(name)) all([callee, ...given.filter(({ type }) => /Function/.test(type))])
        else all(childrenOf(node), false)
        return
      }
      case 'Literal':
      case 'TemplateLiteral': {
        const text = wordsOf(node)
        if (!NAMES.test(text.trim()) && (PROSE.test(text) || (shown && /[A-Za-z]{2}/.test(text)))) bare.push({ file, text })
        all(childrenOf(node), false)
        return
      }
      case 'TaggedTemplateExpression':
        return
      default:
        all(childrenOf(node))
    }
  }
  visit(parseAst(code, { lang: path.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node, false, false)
  return { keys, bare, early, imports }
}

const paths = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts') && !name.startsWith('session'))
  .map((name) => join(SOURCE, name))
const files = new Map(paths.map((path) => [path, read(path)]))
const found = [...files.values()]

function partOf(file: string): Part {
  return file.startsWith('designer/') ? 'designer' : file.startsWith('run/') ? 'run' : 'common'
}

const dictionaries = Object.fromEntries(
  PARTS.map((part) => [
    part,
    JSON.parse(readFileSync(new URL(`../src/language/de/${part}.json`, import.meta.url), 'utf8')) as Record<string, string>,
  ]),
) as Record<Part, Record<string, string>>

function ofManifests(): readonly string[] {
  const texts: string[] = []
  const hear = (text: string): string => {
    texts.push(text)
    return text
  }
  for (const manifest of Object.values(manifests)) spoken(manifest, hear)
  return texts
}

function ofExamples(): readonly string[] {
  const folder = new URL('../../../examples/', import.meta.url)
  const texts: string[] = []
  const hear = (text: string): string => {
    texts.push(text)
    return text
  }
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json')))
    spokenDocument(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as PipelineDocument, hear)
  return texts
}

/** By part of the page: what has to be there. `common` is loaded with every page, so a text in it is in no other. */
function allWanted(): Record<Part, ReadonlySet<string>> {
  const common = new Set(SAID_BY_DATA)
  const operators = new Set(ofManifests())
  const rest: Record<'designer' | 'run', Set<string>> = { designer: new Set(), run: new Set() }
  for (const { keys } of found)
    for (const { file, text } of keys) {
      const part = partOf(file)
      if (part === 'common') common.add(text)
      else if (part !== 'operators') rest[part].add(text)
    }
  const without = (texts: ReadonlySet<string>, ...others: readonly ReadonlySet<string>[]): ReadonlySet<string> =>
    new Set([...texts].filter((text) => !others.some((other) => other.has(text))))
  const examples = new Set(ofExamples())
  const server = messagesOf('server')
  const engine = messagesOf('engine')
  return {
    common,
    operators: without(operators, common),
    designer: without(rest.designer, common, operators),
    run: without(rest.run, common, operators),
    examples: without(examples, common),
    // A sentence of two of them is in the one that is loaded first.
    server: without(server, common, operators),
    engine: without(engine, common, operators, server),
    checks: without(messagesOf('checks'), common, operators, server, engine),
    summaries: summariesOf(),
  }
}

const wanted = allWanted()

function placeholders(text: string): string {
  return [...text.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name)
    .toSorted()
    .join(' ')
}

test.each(PARTS)('language: German has every text of %s, with its placeholders, and no other', (part) => {
  const texts = wanted[part]
  const german = dictionaries[part]
  expect([...texts].filter((text) => !Object.hasOwn(german, text)).toSorted()).toEqual([])
  expect(Object.keys(german).filter((text) => !texts.has(text))).toEqual([])
  expect(Object.entries(german).flatMap(([text, said]) => (placeholders(text) === placeholders(said) ? [] : [text]))).toEqual([])
})

test('language: no text is shown without t', () => {
  const bare = found.flatMap((one) => one.bare).filter(({ file }) => !ENGLISH.test(file))
  expect(bare.map(({ file, text }) => `${file}: ${text}`).filter((text) => !ALLOWED.has(text))).toEqual([])
})

test('language: what loads with the shell makes no text before the dictionary is there', () => {
  const shell = new Set<string>()
  const reach = (path: string): void => {
    const file = files.get(path)
    if (file === undefined || shell.has(path)) return
    shell.add(path)
    file.imports.forEach(reach)
  }
  reach(join(SOURCE, 'main.tsx'))
  expect([...shell].map((path) => basename(path))).toContain('Shell.tsx')
  expect([...shell].flatMap((path) => files.get(path)?.early ?? [])).toEqual([])
})
