/** The English texts that packages and the server hand to the page: read from their source, as patterns with numbered gaps. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** Where the texts of a part are made; `without` are files whose texts never come to a page. */
interface Origin {
  readonly folder: string
  readonly without: RegExp
  /** Files of which only whole sentences come to a page: the rest describes the API. */
  readonly sentencesOnly?: RegExp
}

const MESSAGE_PARTS = {
  server: [
    {
      folder: 'apps/server/src',
      sentencesOnly: /^http\/(?!(rights|origin)\.ts$)|^notify\/|^secrets\/|^alerts\/watch|^access\/access\.ts$/,
      without:
        /^(cli|log|metrics|backup|session|audit|history)\/|^http\/schemas\/|^(secrets\/keyRing|storage\/(database|home|commandStore)|access\/oidc\/config|operators\/ownOperators|notify\/(runEvents|message))\.ts$|^http\/(openapi|webFolder|probes)/,
    },
  ],
  checks: [
    { folder: 'packages/pipeline/src', without: /^index\.ts$/ },
    { folder: 'packages/expressions/src', without: /^(sql|kernels)\/|^testing\/|scalar\/(datum|timePattern)/ },
    { folder: 'packages/operators/src', without: /^nexmark-source\/(?!manifest)|^tables\// },
  ],
  engine: [
    // What programs meet, not people: the calls of operators and the formats on disk.
    { folder: 'packages/engine/src', without: /^(state|stream|testing|bench)\/|closedDoors|^runner\/(isolat|namespace|cgroupPlace)/ },
  ],
} as const satisfies Readonly<Record<string, readonly Origin[]>>

type MessagePart = keyof typeof MESSAGE_PARTS

/** Whole sentences; pieces of them, in the gaps of others, are prose that begins small or with a blank. */
const SENTENCE = /^(?:[A-Z“"'`(]|\{\d+\}).*\s.*[.?!]$/s
const PIECE = /^[^<>=]*[a-z]{2,}[,:]? [a-z{]|^an? [a-z]+$/s
/** Not for people: SQL, code, signatures of functions, what a program would read, and faults of Belay itself. */
const NOT_PROSE =
  /^(SELECT|DELETE|UPDATE|INSERT|CREATE|ALTER|PRAGMA|BEGIN|import |export |const |function |return )|This is a defect of the engine|the checker should have|^[a-z0-9]+(…)?( (string|int64|decimal|timestamp|date|any|json)…?)+$|^[A-Z_]+\(/
/** What only whoever works on Belay meets, and what is said inside of tests. */
const INTERNAL = new Set<string>([
  'Basic {1}',
  'errno {1}',
  'start {1}',
  '{1} every {2}',
  "'use strict';",
  'Bearer {1}',
  "EEE d MMM yyyy 'at' h:mm a",
  'Join with {runId, afterSeq?}.',
  'Peek with {runId, stream}.',
  '[secret {1}]',
  'a {1} column has no sum',
  'a {1} column is decoded value by value',
  'a {1} column is not held as numbers',
  'command {1} {2}',
  'container {1} did not end within {2} ms of being terminated',
  'container {1} did not end within {2} ms, and memory is short',
  'containerMain is the entry of a worker thread. Start it with new Worker().',
  'groups that are merged have to be found again',
  'it is not known whether manifest {1} was written: {2}',
  'manifest {1} was written by another process of this run',
  'no checkpoint of {1} at w {2}: the planner chose a cut that does not exist',
  'no container {1} in the plan',
  'no instance {1} in the plan',
  'no stream {1} in the plan',
  'resume {1}',
  'runProcess needs the run folder, a mode, a socket and a claim as its arguments.',
  'sessions, gap {1}',
  'stateThread is a worker thread entry',
  'storeThread is a worker thread entry',
  'the store thread failed: {1}',
  'the way is no number',
  'this bag does not take rows back',
  'up to {1} by {2}',
  'values are kept only where rows are taken back',
  '{1} ORDER BY d.created_at_ms DESC, d.id LIMIT ?',
])
const UNSEEN = /^(description|summary|title|next|keywords|because|summarise)$/
const ENOUGH_LETTERS = 5

/** How many of its letters say which text it is. */
function lettersOf(pattern: string): number {
  return pattern.replaceAll(/\{\d+\}/g, '').replaceAll(/[^A-Za-z]/g, '').length
}

/** Said although they look like none: in the gap of a sentence, or beginning with a function's name. */
const ALSO = new Set(['Line {1}: {2}', 'PROCTIME() there is the wall clock of the machine, read for each row.'])

function isText(pattern: string, sentencesOnly: boolean): boolean {
  if (ALSO.has(pattern)) return true
  return (
    (SENTENCE.test(pattern) || (!sentencesOnly && PIECE.test(pattern))) &&
    !NOT_PROSE.test(pattern) &&
    !INTERNAL.has(pattern) &&
    lettersOf(pattern) >= ENOUGH_LETTERS
  )
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** What the nodes of a concatenation or template say, and the expressions in their gaps; null = they say nothing. */
function saidBy(node: Node): { readonly parts: readonly (string | Node)[] } | null {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? { parts: [node['value']] } : null
  if (node.type === 'TemplateLiteral') {
    const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[]
    const gaps = node['expressions'] as readonly Node[]
    return { parts: quasis.flatMap(({ value }, i) => (i < gaps.length ? [value.cooked, gaps[i]] : [value.cooked])) }
  }
  if (node.type !== 'BinaryExpression' || node['operator'] !== '+') return null
  const sides = [node['left'] as Node, node['right'] as Node]
  const said = sides.map(saidBy)
  return said.every((side) => side === null) ? null : { parts: said.flatMap((side, i) => side?.parts ?? [sides[i]]) }
}

function textsOf(path: string, sentencesOnly: boolean): readonly string[] {
  const texts: string[] = []
  let label: Node | null = null
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isNode(value) || (value.type.startsWith('TS') && !/As|NonNull|Satisfies/.test(value.type))) return
    // The API's description, words to search by; a problem's title and `next` are shown nowhere, its sentence is.
    if (value.type === 'Property' && UNSEEN.test(String((value['key'] as Node)['name']))) return
    if (/^(Import|ExportAll|TSType)/.test(value.type) || value.type === 'TaggedTemplateExpression') return
    if (value.type === 'Property' && (value['key'] as Node)['name'] === 'label') label = value['value'] as Node
    const said = saidBy(value)
    if (said === null) return Object.values(value).forEach(visit)
    let gap = 0
    const pattern = said.parts.map((part) => (typeof part === 'string' ? part : `{${(gap += 1)}}`)).join('')
    if (isText(pattern.trim(), sentencesOnly) || (value === label && /^[A-Z]/.test(pattern))) texts.push(pattern.trim())
    said.parts.filter(isNode).forEach(visit)
  }
  visit(parseAst(readFileSync(path, 'utf8'), { lang: 'ts' }))
  return texts
}

export function messagesOf(part: MessagePart): ReadonlySet<string> {
  const origins: readonly Origin[] = MESSAGE_PARTS[part]
  return new Set(
    origins.flatMap(({ folder, without, sentencesOnly }) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => name.split(sep).join('/'))
        .filter((name) => /(?<!\.test|\.bench|\.d)\.ts$/.test(name) && !without.test(name))
        .toSorted()
        .flatMap((name) => textsOf(join(ROOT, folder, name), sentencesOnly?.test(name) ?? false)),
    ),
  )
}

const HOLE = '\u0000'

/** All texts that an expression can give, with a hole for each value; functions of the same file are looked into. */
function linesOf(node: Node, functions: ReadonlyMap<string, Node>): readonly string[] {
  const said = saidBy(node)
  if (said !== null)
    return said.parts.reduce<readonly string[]>(
      (lines, part) => {
        const ends = typeof part === 'string' ? [part] : linesOf(part, functions)
        return lines.flatMap((line) => ends.map((end) => line + end))
      },
      [''],
    )
  switch (node.type) {
    case 'ParenthesizedExpression':
      return linesOf(node['expression'] as Node, functions)
    case 'ConditionalExpression':
      return [...linesOf(node['consequent'] as Node, functions), ...linesOf(node['alternate'] as Node, functions)]
    case 'CallExpression': {
      const called = functions.get(String((node['callee'] as Node)['name']))
      return called === undefined ? [HOLE] : returnsOf(called).flatMap((returned) => linesOf(returned, functions))
    }
    default:
      return [HOLE]
  }
}

function returnsOf(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(returnsOf)
  if (!isNode(value)) return []
  return value.type === 'ReturnStatement' ? [value['argument'] as Node] : Object.values(value).flatMap(returnsOf)
}

function nodesOf(value: unknown, type: string): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap((one) => nodesOf(one, type))
  if (!isNode(value)) return []
  return [...(value.type === type ? [value] : []), ...Object.values(value).flatMap((one) => nodesOf(one, type))]
}

/** The lines on nodes, `type: line`: of operators whose line is words, and not what a person wrote. */
export function summariesOf(): ReadonlySet<string> {
  const folder = join(ROOT, 'packages/operators/src')
  return new Set(
    readdirSync(folder).flatMap((type) => {
      const path = join(folder, type, 'manifest.ts')
      if (!existsSync(path)) return []
      const ast = parseAst(readFileSync(path, 'utf8'), { lang: 'ts' })
      const functions = new Map(nodesOf(ast, 'FunctionDeclaration').map((one) => [String((one['id'] as Node)['name']), one]))
      return nodesOf(ast, 'Property')
        .filter((property) => (property['key'] as Node)['name'] === 'summarise')
        .flatMap((property) => linesOf((property['value'] as Node)['body'] as Node, functions))
        .filter((line) => /[a-z]{2}/.test(line.replaceAll('rows/s', 'rows')))
        .map((line) => {
          let gap = 0
          return `${type}: ${line.replaceAll(HOLE, () => `{${(gap += 1)}}`)}`
        })
    }),
  )
}
