/**
 * The pipeline as YAML and back. The text is the reader's: changes of the drawing go into it node by
 * node, so that comments, order and style of everything else stay.
 */
import { Document, isAlias, isCollection, isMap, isScalar, isSeq, parseDocument as parseYaml, type Node, type ParsedNode } from 'yaml'
import { manifests } from '@belay/operators/manifests'
import { readDocument, type PipelineDocument, type Problem } from '@belay/pipeline'
import { same } from '../document/difference.ts'
import { said } from '../../language/t.ts'

export type ReadResult =
  | { readonly ok: true; readonly document: PipelineDocument }
  /** Where it stops being a pipeline: a half-open range of the text. */
  | { readonly ok: false; readonly message: string; readonly from: number; readonly to: number; readonly line: number }

const OPTIONS = { indent: 2, lineWidth: 120, minContentWidth: 60 } as const

/** Parts in the order one reads them; places of nodes come last. */
export function textOf(document: PipelineDocument): string {
  const { format, id, name, description, parameters, settings, operators, streams, groups, layout, ...rest } = document
  const ordered = {
    format,
    id,
    name,
    ...(description === undefined ? {} : { description }),
    parameters,
    settings,
    operators,
    streams,
    ...(groups === undefined ? {} : { groups }),
    ...rest,
    layout,
  }
  const yaml = new Document(ordered)
  compact(yaml)
  return yaml.toString(OPTIONS)
}

/** Ends of streams, places and declared columns on one line each. */
function compact(yaml: Document): void {
  const flow = (node: unknown): void => {
    if (isCollection(node)) node.flow = true
  }
  const items = (path: readonly string[]): readonly unknown[] => {
    const node: unknown = yaml.getIn(path, true)
    return isSeq(node) ? node.items : isMap(node) ? node.items.map((pair) => pair.value) : []
  }
  for (const stream of items(['streams']))
    if (isMap(stream)) {
      flow(stream.get('from', true))
      const to: unknown = stream.get('to', true)
      if (isSeq(to)) to.items.forEach(flow)
    }
  items(['layout']).forEach(flow)
  items(['parameters']).forEach(flow)
  items(['groups']).forEach(flow)
  for (const operator of items(['operators'])) {
    if (!isMap(operator)) continue
    const config: unknown = operator.get('config', true)
    if (!isMap(config)) continue
    for (const pair of config.items) {
      if (!isSeq(pair.value)) continue
      if (pair.value.items.every(isScalar)) flow(pair.value)
      else pair.value.items.forEach(flow)
    }
  }
}

export function readText(text: string): ReadResult {
  const yaml = parseYaml(text, { prettyErrors: false, uniqueKeys: true })
  const bad = (message: string, from: number, to: number): ReadResult => ({
    ok: false,
    message,
    from,
    to: Math.max(from, to),
    line: text.slice(0, from).split('\n').length,
  })
  const [error] = yaml.errors
  if (error !== undefined) return bad(firstLine(error.message), error.pos[0], error.pos[1])
  let json: unknown
  try {
    json = yaml.toJS({ maxAliasCount: 100 })
  } catch (thrown) {
    return bad(thrown instanceof Error ? firstLine(thrown.message) : String(thrown), 0, text.length)
  }
  const parsed = readDocument(json, manifests)
  if (parsed.ok) return { ok: true, document: parsed.document }
  const [problem] = parsed.problems
  const [from, to] = rangeOf(yaml, problem) ?? [0, text.indexOf('\n') < 0 ? text.length : text.indexOf('\n')]
  return bad(said(problem.message), from, to)
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message
}

/** The text after the drawing changed; the same text when it says the same already. */
export function withDocument(text: string, document: PipelineDocument): string {
  const yaml = parseYaml(text, { prettyErrors: false })
  if (yaml.errors.length > 0) return textOf(document)
  if (same(yaml.toJS(), document)) return text
  yaml.contents = reconcile(yaml, yaml.contents, document) as typeof yaml.contents
  return yaml.toString(OPTIONS)
}

function reconcile(yaml: Document<Node, boolean>, node: unknown, value: unknown): Node {
  if (isAlias(node) && same(node.toJS(yaml as Document), value)) return node
  if (isMap(node) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    const kept = new Set(entries.map(([key]) => key))
    node.items = node.items.filter((pair) => kept.has(String(isScalar(pair.key) ? pair.key.value : pair.key)))
    for (const [key, entry] of entries) {
      if (!node.has(key)) node.set(key, yaml.createNode(entry))
      else node.set(key, reconcile(yaml, node.get(key, true), entry))
    }
    return node
  }
  if (isSeq(node) && Array.isArray(value)) {
    const before = [...node.items]
    const byId = new Map(before.flatMap((item) => (isMap(item) && item.has('id') ? [[item.get('id'), item] as const] : [])))
    node.items = value.map((entry: unknown, i) => {
      const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined
      const item = id === undefined ? before[i] : byId.get(id)
      return item === undefined ? yaml.createNode(entry, { flow: flowLike(before[0]) }) : reconcile(yaml, item, entry)
    })
    return node
  }
  if (isScalar(node) && (typeof value !== 'object' || value === null)) {
    if (node.value !== value) {
      node.value = value
      // How the old value was quoted need not fit the new one.
      delete node.type
      delete node.source
      delete node.format
    }
    return node
  }
  return yaml.createNode(value)
}

function flowLike(item: unknown): boolean {
  return isCollection(item) && item.flow === true
}

/** Where in the text a problem's place is: its field, else its operator, stream or parameter. */
function rangeOf(yaml: Document.Parsed<ParsedNode, boolean> | Document<Node, boolean>, problem: Problem): readonly [number, number] | null {
  const { operator, stream, parameter, configPath } = problem.place
  const path: (string | number)[] =
    operator !== undefined
      ? [
          'operators',
          indexOf(yaml, 'operators', operator),
          ...(configPath === undefined ? [] : ['config', ...configPath.split('/').slice(1).map(key)]),
        ]
      : stream !== undefined
        ? ['streams', indexOf(yaml, 'streams', stream)]
        : parameter !== undefined
          ? ['parameters', parameter]
          : []
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = yaml.getIn(path.slice(0, length), true)
    const range = isScalar(node) || isCollection(node) ? node.range : null
    if (range !== null && range !== undefined) return firstLineOf(node, [range[0], range[1]])
  }
  return null
}

/** Of a whole entry only its id or its first key is marked, not all its lines. */
function firstLineOf(node: unknown, range: readonly [number, number]): readonly [number, number] {
  if (!isMap(node)) return range
  const first = node.items[0]
  const key = isScalar(first?.key) ? first.key.range : null
  const value = isScalar(first?.value) ? first.value.range : null
  return key === null || key === undefined ? range : [key[0], value?.[1] ?? key[1]]
}

function key(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part
}

function indexOf(yaml: Document<Node, boolean>, section: string, id: string): number {
  const node: unknown = yaml.getIn([section], true)
  return isSeq(node) ? node.items.findIndex((item) => isMap(item) && item.get('id') === id) : -1
}

/** The operator whose entry holds an offset; null outside of them. */
export function operatorAt(text: string, offset: number): string | null {
  const yaml = parseYaml(text, { prettyErrors: false })
  const node: unknown = yaml.getIn(['operators'], true)
  if (!isSeq(node)) return null
  for (const item of node.items) {
    if (!isMap(item) || item.range === null || item.range === undefined) continue
    if (offset >= item.range[0] && offset <= item.range[1]) {
      const id: unknown = item.get('id')
      return typeof id === 'string' ? id : null
    }
  }
  return null
}

/** Where an operator's entry begins; null when it is not in the text. */
export function offsetOf(text: string, operator: string): number | null {
  const yaml = parseYaml(text, { prettyErrors: false })
  const node: unknown = yaml.getIn(['operators', indexOf(yaml, 'operators', operator)], true)
  return isMap(node) ? (node.range?.[0] ?? null) : null
}

/** Every problem of the document at its place in the text. */
export function placedProblems(
  text: string,
  problems: readonly Problem[],
): readonly { readonly problem: Problem; readonly from: number; readonly to: number }[] {
  const yaml = parseYaml(text, { prettyErrors: false })
  return problems.flatMap((problem) => {
    const range = rangeOf(yaml, problem)
    return range === null ? [] : [{ problem, from: range[0], to: range[1] }]
  })
}
