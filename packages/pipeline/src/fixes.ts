/** Applies a problem's fix: pure, one new document. `read-columns` needs the server and changes nothing here. */
import type { OperatorNode, PipelineDocument, PortReference, StreamNode } from './document.ts'
import type { InsertedOperator, ProblemFix } from './problem.ts'

export function applyFix(document: PipelineDocument, fix: ProblemFix): PipelineDocument {
  switch (fix.kind) {
    case 'set-config': {
      const path = fix.configPath.split('/').slice(1)
      return withOperator(document, fix.operator, (operator) => ({
        ...operator,
        config: setAt(operator.config, path, fix.value) as OperatorNode['config'],
      }))
    }
    case 'remove-config':
      return withOperator(document, fix.operator, (operator) => ({
        ...operator,
        config: Object.fromEntries(Object.entries(operator.config).filter(([name]) => name !== fix.setting)),
      }))
    case 'set-partitions':
      return withOperator(document, fix.operator, ({ partitionsParameter: _from, ...operator }) => ({
        ...operator,
        partitions: fix.partitions,
      }))
    case 'set-on-failure':
      return {
        ...document,
        operators: document.operators.map((operator) =>
          fix.operators.includes(operator.id) ? { ...operator, onFailure: fix.onFailure } : operator,
        ),
      }
    case 'remove-stream':
      return { ...document, streams: withoutStream(document.streams, fix.stream, fix.to) }
    case 'disconnect':
      return {
        ...document,
        streams: document.streams.flatMap((stream) => {
          if (stream.from.operator !== fix.from) return [stream]
          const to = stream.to.filter((end) => end.operator !== fix.to)
          return to.length === stream.to.length ? [stream] : to.length === 0 ? [] : [{ ...stream, to }]
        }),
      }
    case 'renumber-stream': {
      let seen = false
      const streams = document.streams.map((stream) => {
        if (stream.id !== fix.stream) return stream
        const first = !seen
        seen = true
        return first ? stream : { ...stream, id: '' }
      })
      return { ...document, streams: numbered(document, streams) }
    }
    case 'merge-streams': {
      const same = document.streams.filter((stream) => samePort(stream.from, fix.from))
      const [first] = same
      if (first === undefined) return document
      const merged = { ...first, to: same.flatMap((stream) => stream.to) }
      return {
        ...document,
        streams: document.streams.flatMap((stream) => (stream === first ? [merged] : same.includes(stream) ? [] : [stream])),
      }
    }
    case 'remove-operator':
      return fix.repeated === true ? withoutRepeated(document, fix.operator) : withoutOperator(document, fix.operator)
    case 'connect': {
      const existing = document.streams.find((stream) => samePort(stream.from, fix.from))
      const streams =
        existing === undefined
          ? numbered(document, [...document.streams, { id: '', from: fix.from, to: [fix.to] }])
          : document.streams.map((stream) => (stream === existing ? { ...stream, to: [...stream.to, fix.to] } : stream))
      return { ...document, streams }
    }
    case 'insert-operator':
      return withInserted(document, fix.to, fix.operator)
    case 'set-setting':
      return { ...document, settings: { ...document.settings, [fix.setting]: fix.value } }
    case 'set-parameter':
      return { ...document, parameters: { ...document.parameters, [fix.parameter]: fix.value } }
    case 'remove-parameter':
      return {
        ...document,
        parameters: Object.fromEntries(Object.entries(document.parameters).filter(([name]) => name !== fix.parameter)),
      }
    case 'read-columns':
      return document
  }
}

function samePort(a: PortReference, b: PortReference): boolean {
  return a.operator === b.operator && a.port === b.port
}

function withOperator(document: PipelineDocument, id: string, change: (operator: OperatorNode) => OperatorNode): PipelineDocument {
  return { ...document, operators: document.operators.map((operator) => (operator.id === id ? change(operator) : operator)) }
}

/** Without the stream, or without its last connection to `to`; a stream that leads nowhere goes. */
function withoutStream(streams: readonly StreamNode[], id: string, to: PortReference | undefined): StreamNode[] {
  return streams.flatMap((stream) => {
    if (stream.id !== id || to === undefined) return stream.id === id ? [] : [stream]
    const at = stream.to.findLastIndex((end) => samePort(end, to))
    const left = stream.to.filter((_, i) => i !== at)
    return left.length === 0 ? [] : [{ ...stream, to: left }]
  })
}

function withoutRepeated(document: PipelineDocument, id: string): PipelineDocument {
  const first = document.operators.findIndex((operator) => operator.id === id)
  return { ...document, operators: document.operators.filter((operator, i) => operator.id !== id || i === first) }
}

function withoutOperator(document: PipelineDocument, id: string): PipelineDocument {
  return {
    ...document,
    operators: document.operators.filter((operator) => operator.id !== id),
    streams: document.streams.flatMap((stream) => {
      if (stream.from.operator === id) return []
      const to = stream.to.filter((end) => end.operator !== id)
      return to.length === 0 ? [] : [{ ...stream, to }]
    }),
    layout: Object.fromEntries(Object.entries(document.layout).filter(([operator]) => operator !== id)),
  }
}

/** Halfway between what fed `to` and `to` itself. */
function withInserted(document: PipelineDocument, to: PortReference, inserted: InsertedOperator): PipelineDocument {
  const feeding = document.streams.find((stream) => stream.to.some((end) => samePort(end, to)))
  if (feeding === undefined) return document
  const id = proposeId(document, inserted.type)
  const { type, typeVersion } = inserted
  const groupOf = (operator: string): string | undefined => document.operators.find((candidate) => candidate.id === operator)?.group
  const group = groupOf(to.operator)
  const shared = group !== undefined && group === groupOf(feeding.from.operator) ? { group } : {}
  const operator: OperatorNode = { id, type, typeVersion, name: id, config: { ...inserted.config }, ...shared }
  const target = { operator: id, port: inserted.input }
  const streams = document.streams.map((stream) =>
    stream === feeding ? { ...stream, to: stream.to.map((end) => (samePort(end, to) ? target : end)) } : stream,
  )
  const before = document.layout[feeding.from.operator]
  const after = document.layout[to.operator]
  const place = before === undefined || after === undefined ? {} : { [id]: { x: (before.x + after.x) / 2, y: (before.y + after.y) / 2 } }
  return {
    ...document,
    operators: [...document.operators, operator],
    streams: numbered(document, [...streams, { id: '', from: { operator: id, port: inserted.output }, to: [to] }]),
    layout: { ...document.layout, ...place },
  }
}

/** Gives streams without an id one that is free. */
function numbered(document: PipelineDocument, streams: readonly StreamNode[]): StreamNode[] {
  const known = [...streams]
  streams.forEach((stream, i) => {
    if (stream.id === '') known[i] = { ...stream, id: freeStreamId({ ...document, streams: known }) }
  })
  return known
}

/** `s1`, `s2`, …: the first that is free. */
export function freeStreamId(document: PipelineDocument): string {
  const taken = new Set(document.streams.map((stream) => stream.id))
  for (let n = 1; ; n += 1) if (!taken.has(`s${n}`)) return `s${n}`
}

/** An operator id from its type: `filter`, `filter-2`, … */
export function proposeId(document: PipelineDocument, type: string): string {
  const base =
    type
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 60) || 'operator'
  const taken = new Set(document.operators.map((operator) => operator.id))
  if (!taken.has(base)) return base
  for (let n = 2; ; n += 1) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`
}

function setAt(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(target)) return target.map((entry, i) => (String(i) === key ? setAt(entry, rest, value) : (entry as unknown)))
  const object = typeof target === 'object' && target !== null ? (target as Readonly<Record<string, unknown>>) : {}
  return { ...object, [key]: setAt(Object.hasOwn(object, key) ? object[key] : undefined, rest, value) }
}
