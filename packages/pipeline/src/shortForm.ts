/**
 * Documents as people write them by hand: what they leave out is filled in before the document is parsed.
 *
 * Owns the defaults of everything that a document may leave out, and where operators stand that have no place.
 * Checks nothing: what is not as expected stays as it is, for `parseDocument` to say what is wrong with it.
 */
import { DOCUMENT_FORMAT, type PipelineDocument } from './document.ts'
import { graphOf } from './graph.ts'
import { manifestOf, type ManifestCatalogue, type OperatorManifest } from './manifest.ts'
import { parseDocument, type ParseResult } from './parse.ts'
import { USUAL_SETTINGS } from './usualSettings.ts'

const STEP = { x: 280, y: 160 }

type Json = Readonly<Record<string, unknown>>

/**
 * What may be left out: format, name, parameters, each of the settings, streams, layout; an operator's name, version and
 * settings that its type has a default for; a stream's id, and its port where the operator has only one that can be meant. A
 * stream's ends may be written as `operator` or `operator.port`, and a single target without its list. Streams
 * without an id that begin at one output are one stream with all their targets.
 */
export function readDocument(json: unknown, manifests: ManifestCatalogue): ParseResult {
  if (!isObject(json)) return parseDocument(json)
  const operators = Array.isArray(json['operators'])
    ? json['operators'].map((operator) => (isObject(operator) ? wholeOperator(operator, manifests) : operator))
    : json['operators']
  const portOf = portNames(operators, manifests)
  const result = parseDocument({
    ...json,
    format: json['format'] ?? DOCUMENT_FORMAT,
    name: json['name'] ?? json['id'],
    parameters: json['parameters'] ?? {},
    settings: isObject(json['settings'] ?? {}) ? { ...USUAL_SETTINGS, ...(json['settings'] as Json | undefined) } : json['settings'],
    operators,
    streams: wholeStreams(json['streams'] ?? [], portOf),
    layout: json['layout'] ?? {},
  })
  return result.ok ? { ...result, document: withPlaces(result.document) } : result
}

function wholeOperator(operator: Json, manifests: ManifestCatalogue): Json {
  const manifest = typeof operator['type'] === 'string' ? manifestOf(manifests, operator['type']) : undefined
  const config = operator['config'] ?? {}
  return {
    ...operator,
    typeVersion: operator['typeVersion'] ?? manifest?.typeVersion ?? 1,
    name: operator['name'] ?? operator['id'],
    config: isObject(config) && manifest !== undefined ? { ...neededDefaults(manifest), ...config } : config,
  }
}

/** A setting that may be absent means something by that. */
function neededDefaults({ configSchema, defaultConfig }: OperatorManifest): Json {
  const needed: readonly string[] = 'required' in configSchema && Array.isArray(configSchema.required) ? configSchema.required : []
  return structuredClone(Object.fromEntries(Object.entries(defaultConfig).filter(([name]) => needed.includes(name))))
}

type Side = 'inputs' | 'outputs'
type PortOf = (operator: string, side: Side) => string | undefined

function portNames(operators: unknown, manifests: ManifestCatalogue): PortOf {
  const types = new Map<unknown, unknown>(
    Array.isArray(operators) ? operators.filter(isObject).map((operator) => [operator['id'], operator['type']]) : [],
  )
  return (operator, side) => {
    const type = types.get(operator)
    return meantPort(typeof type === 'string' ? manifestOf(manifests, type) : undefined, side)
  }
}

/** The port that is meant where none is named: the only one, or the one called as usual; undefined = it has to be named. */
export function meantPort(manifest: OperatorManifest | undefined, side: Side): string | undefined {
  const usual = side === 'inputs' ? 'in' : 'out'
  const names = manifest?.[side].map(({ name }) => name) ?? [usual]
  return names.length === 1 ? names[0] : names.find((name) => name === usual)
}

function wholeStreams(streams: unknown, portOf: PortOf): unknown {
  if (!Array.isArray(streams)) return streams
  const taken = new Set(streams.filter(isObject).map((stream) => stream['id']))
  let number = 0
  const freeId = (): string => {
    do number += 1
    while (taken.has(`s${number}`))
    return `s${number}`
  }
  const unnamed = new Map<string, unknown[]>()
  return streams.flatMap((stream: unknown): readonly unknown[] => {
    if (!isObject(stream)) return [stream]
    const from = wholeEnd(stream['from'], 'outputs', portOf)
    const to = (Array.isArray(stream['to']) ? stream['to'] : [stream['to']]).map((end) => wholeEnd(end, 'inputs', portOf))
    if (stream['id'] === undefined && isObject(from)) {
      const output = JSON.stringify([from['operator'], from['port']])
      const targets = unnamed.get(output)
      unnamed.set(output, targets ?? to)
      if (targets !== undefined) {
        targets.push(...to)
        return []
      }
    }
    return [{ ...stream, id: stream['id'] ?? freeId(), from, to }]
  })
}

function wholeEnd(end: unknown, side: Side, portOf: PortOf): unknown {
  if (typeof end === 'string') {
    const dot = end.indexOf('.')
    return dot < 0 ? wholeEnd({ operator: end }, side, portOf) : { operator: end.slice(0, dot), port: end.slice(dot + 1) }
  }
  if (!isObject(end) || end['port'] !== undefined || typeof end['operator'] !== 'string') return end
  const port = portOf(end['operator'], side)
  return port === undefined ? end : { ...end, port }
}

/** Operators without a place get one: columns by the longest way from a source, below what has its place already. */
export function withPlaces(document: PipelineDocument): PipelineDocument {
  const without = new Set(document.operators.map(({ id }) => id).filter((id) => !Object.hasOwn(document.layout, id)))
  if (without.size === 0) return document
  const { order, upstream } = graphOf(document)
  const top = Math.max(0, ...Object.values(document.layout).map(({ y }) => y + STEP.y))
  const depth = new Map<string, number>()
  const used = new Map<number, number>()
  const layout = { ...document.layout }
  // Those on a cycle come last: they have no order, and still have to be seen.
  for (const id of new Set([...order.map((operator) => operator.id), ...without])) {
    const column = Math.max(-1, ...(upstream.get(id) ?? []).map((above) => depth.get(above) ?? -1)) + 1
    depth.set(id, column)
    if (!without.has(id)) continue
    const row = used.get(column) ?? 0
    used.set(column, row + 1)
    layout[id] = { x: column * STEP.x, y: top + row * STEP.y }
  }
  return { ...document, layout }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
