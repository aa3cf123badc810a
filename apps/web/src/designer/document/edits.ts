/** Every change one can make to a document: pure, one new document each, one undo step a gesture. */
import {
  freeStreamId,
  manifestOf,
  proposeId,
  type ManifestCatalogue,
  type OperatorNode,
  type Parameter,
  type PipelineDocument,
  type PortReference,
  type Settings,
} from '@belay/pipeline'
import { snapTo, type Place } from '../layout/place.ts'
import { withoutEmptyGroups } from './groups.ts'

export function addOperator(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  type: string,
  position: Place,
  config?: Readonly<Record<string, unknown>>,
): { readonly document: PipelineDocument; readonly id: string } {
  const manifest = manifestOf(manifests, type)
  const id = proposeId(document, type)
  const operator: OperatorNode = {
    id,
    type,
    typeVersion: manifest?.typeVersion ?? 1,
    name: id,
    config: structuredClone({ ...manifest?.defaultConfig, ...config }),
  }
  return {
    id,
    document: { ...document, operators: [...document.operators, operator], layout: { ...document.layout, [id]: snapTo(position) } },
  }
}

export function removeOperators(document: PipelineDocument, ids: readonly string[]): PipelineDocument {
  const gone = new Set(ids)
  return withoutEmptyGroups({
    ...document,
    operators: document.operators.filter((operator) => !gone.has(operator.id)),
    streams: document.streams.flatMap((stream) => {
      if (gone.has(stream.from.operator)) return []
      const to = stream.to.filter((end) => !gone.has(end.operator))
      return to.length === 0 ? [] : to.length === stream.to.length ? [stream] : [{ ...stream, to }]
    }),
    layout: Object.fromEntries(Object.entries(document.layout).filter(([id]) => !gone.has(id))),
  })
}

export function moveOperators(document: PipelineDocument, moves: Readonly<Record<string, Place>>): PipelineDocument {
  return {
    ...document,
    layout: { ...document.layout, ...Object.fromEntries(Object.entries(moves).map(([id, position]) => [id, snapTo(position)])) },
  }
}

export function connect(document: PipelineDocument, from: PortReference, to: PortReference): PipelineDocument {
  const existing = document.streams.find((stream) => stream.from.operator === from.operator && stream.from.port === from.port)
  if (existing === undefined) return { ...document, streams: [...document.streams, { id: freeStreamId(document), from, to: [to] }] }
  if (existing.to.some((end) => end.operator === to.operator && end.port === to.port)) return document
  return { ...document, streams: document.streams.map((stream) => (stream === existing ? { ...stream, to: [...stream.to, to] } : stream)) }
}

export function disconnect(document: PipelineDocument, streamId: string, to: PortReference): PipelineDocument {
  return {
    ...document,
    streams: document.streams.flatMap((stream) => {
      if (stream.id !== streamId) return [stream]
      const left = stream.to.filter((end) => end.operator !== to.operator || end.port !== to.port)
      return left.length === 0 ? [] : [{ ...stream, to: left }]
    }),
  }
}

export function changeOperator(document: PipelineDocument, id: string, change: Partial<Omit<OperatorNode, 'id'>>): PipelineDocument {
  return { ...document, operators: document.operators.map((operator) => (operator.id === id ? { ...operator, ...change } : operator)) }
}

/** Sets the value at a JSON pointer in an operator's config; undefined leaves it out. */
export function setConfig(document: PipelineDocument, id: string, pointer: string, value: unknown): PipelineDocument {
  const operator = document.operators.find((candidate) => candidate.id === id)
  if (operator === undefined) return document
  return changeOperator(document, id, { config: setAt(operator.config, pointer.split('/').slice(1), value) as OperatorNode['config'] })
}

export function valueAt(config: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined),
      config,
    )
}

function setAt(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(target)) {
    const list = [...(target as readonly unknown[])]
    list[Number(key)] = setAt(list[Number(key)], rest, value)
    return list
  }
  const object = typeof target === 'object' && target !== null ? (target as Readonly<Record<string, unknown>>) : {}
  const next = setAt(object[key], rest, value)
  if (next !== undefined) return { ...object, [key]: next }
  return Object.fromEntries(Object.entries(object).filter(([other]) => other !== key))
}

export function changeSettings(document: PipelineDocument, change: Partial<Settings>): PipelineDocument {
  return { ...document, settings: { ...document.settings, ...change } }
}

/** Adds, changes or (null) removes a parameter, in its place. */
export function setParameter(document: PipelineDocument, name: string, parameter: Parameter | null): PipelineDocument {
  const rest = Object.fromEntries(Object.entries(document.parameters).filter(([other]) => other !== name))
  return { ...document, parameters: parameter === null ? rest : { ...document.parameters, [name]: parameter } }
}

/** Gives a parameter another name, in the values that use it as well. */
export function renameParameter(document: PipelineDocument, from: string, to: string): PipelineDocument {
  if (from === to || document.parameters[from] === undefined || document.parameters[to] !== undefined) return document
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replaceAll(/\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (text, name: string | undefined) =>
        name === from ? `\${${to}}` : text,
      )
    if (Array.isArray(value)) return value.map(rename)
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rename(entry)]))
    return value
  }
  return {
    ...document,
    parameters: Object.fromEntries(Object.entries(document.parameters).map(([name, parameter]) => [name === from ? to : name, parameter])),
    operators: document.operators.map((operator) => ({ ...operator, config: rename(operator.config) as OperatorNode['config'] })),
  }
}
