import { expect, test } from 'vitest'
import { Type } from 'typebox'
import {
  applyFix,
  canConnect,
  liveProblem,
  parseDocument,
  pathGuarantees,
  planHash,
  propagate,
  resolveParameters,
  validate,
  type EdgeType,
  type ManifestCatalogue,
  type OperatorManifest,
  type PipelineDocument,
  type Problem,
} from './index.ts'

const APPEND: EdgeType = {
  schema: [{ name: 'n', type: 'int64', nullable: false }],
  eventTime: null,
  changes: { kind: 'append', key: null },
}
const CHANGES: EdgeType = { ...APPEND, changes: { kind: 'changes', key: ['n'] } }

const base: OperatorManifest = {
  type: 'base',
  typeVersion: 1,
  title: 'Base',
  category: 'transform',
  summary: '',
  keywords: [],
  icon: '',
  help: '',
  inputs: [],
  outputs: [],
  configSchema: Type.Object({}),
  form: [],
  guarantee: { role: 'transform', sentence: '' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  defaultConfig: {},
  summarise: () => '',
  typing: () => ({ outputs: {}, problems: [] }),
}
const IN = { name: 'in', title: 'Rows' }
const OUT = { name: 'out', title: 'Rows' }

function passedOn(edge: EdgeType | undefined): Readonly<Record<string, EdgeType>> {
  return edge === undefined ? {} : { out: edge }
}

const catalogue: ManifestCatalogue = {
  source: {
    ...base,
    type: 'source',
    outputs: [OUT],
    guarantee: { role: 'source', replay: 'seek', sentence: '' },
    configSchema: Type.Object({ file: Type.String(), speed: Type.Number({ minimum: 0 }) }),
    defaultConfig: { file: 'home:a', speed: 0 },
    partitioning: { kind: 'none', reason: 'it is one.' },
    typing: () => ({ outputs: { out: APPEND }, problems: [] }),
  },
  forgetful: {
    ...base,
    type: 'forgetful',
    outputs: [OUT],
    guarantee: { role: 'source', replay: 'none', sentence: '' },
    typing: () => ({ outputs: { out: APPEND }, problems: [] }),
  },
  where: {
    ...base,
    type: 'where',
    inputs: [{ ...IN, accepts: ['append', 'changes'] }],
    outputs: [OUT],
    configSchema: Type.Object({ condition: Type.String() }),
    form: [{ path: '/condition', label: 'Condition', live: true, control: { kind: 'expression', input: 'in', result: 'bool' } }],
    defaultConfig: { condition: 'TRUE' },
    typing: ({ config, inputs }) => {
      const condition = String(config['condition'])
      const at = condition.indexOf('!')
      return {
        outputs: passedOn(inputs['in']),
        problems:
          at < 0 ? [] : [{ code: 'BANG', severity: 'error', message: 'no !', configPath: '/condition', range: { from: at, to: at + 1 } }],
      }
    },
  },
  total: {
    ...base,
    type: 'total',
    inputs: [{ ...IN, accepts: ['append'] }],
    outputs: [OUT],
    stateful: true,
    typing: () => ({ outputs: { out: CHANGES }, problems: [] }),
  },
  'to-changelog': {
    ...base,
    type: 'to-changelog',
    title: 'To changelog',
    inputs: [{ ...IN, accepts: ['changes'] }],
    outputs: [OUT],
    converts: true,
    typing: ({ inputs }) => ({ outputs: passedOn(inputs['in'] === undefined ? undefined : APPEND), problems: [] }),
  },
  sink: {
    ...base,
    partitioning: { kind: 'none', reason: 'it is one.' },
    type: 'sink',
    inputs: [{ ...IN, accepts: ['append'] }],
    guarantee: { role: 'sink', delivery: 'exactly-once', verbs: ['rewind'], sentence: '' },
    configSchema: Type.Object({ name: Type.String() }),
    defaultConfig: { name: 'a' },
    target: (config) => `files ${String(config['name'])}`,
  },
}

function operator(id: string, type: string, config: Record<string, unknown> = {}): PipelineDocument['operators'][number] {
  return { id, type, typeVersion: 1, name: id, config: { ...catalogue[type]?.defaultConfig, ...config } }
}

function stream(id: string, from: string, ...to: string[]): PipelineDocument['streams'][number] {
  return { id, from: { operator: from, port: 'out' }, to: to.map((target) => ({ operator: target, port: 'in' })) }
}

function pipeline(change: Partial<PipelineDocument> = {}): PipelineDocument {
  return {
    format: 1,
    id: 'p',
    name: 'P',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: [operator('a', 'source'), operator('b', 'where'), operator('c', 'sink')],
    streams: [stream('s1', 'a', 'b'), stream('s2', 'b', 'c')],
    layout: { a: { x: 0, y: 0 }, b: { x: 100, y: 0 }, c: { x: 200, y: 40 } },
    ...change,
  }
}

const problemsOf = (document: PipelineDocument): readonly Problem[] => validate(document, catalogue)
const codesOf = (document: PipelineDocument): readonly string[] => problemsOf(document).map(({ code }) => code)

/** The problem is there, and its fix makes it go without bringing an error of another kind. */
function expectFixed(document: PipelineDocument, code: string, fixAt = 0): PipelineDocument {
  const problem = problemsOf(document).find((candidate) => candidate.code === code)
  expect(problem, `${code} in ${codesOf(document).join(', ')}`).toBeDefined()
  const fix = problem?.fixes[fixAt]
  if (fix === undefined) throw new Error(`${code} has no fix ${fixAt}`)
  const fixed = applyFix(document, fix)
  expect(codesOf(fixed)).not.toContain(code)
  return fixed
}

test('a whole pipeline has no problems', () => {
  expect(problemsOf(pipeline())).toEqual([])
})

test('all problems come at once, in the order of the document', () => {
  const document = pipeline({
    operators: [
      operator('a', 'source', { speed: -1 }),
      operator('b', 'where', { condition: '!' }),
      { ...operator('c', 'sink'), partitions: 2 },
      operator('d', 'gone'),
    ],
    settings: { windowMs: 500, checkpointIntervalMs: 200, memoryBytes: 268_435_456 },
  })
  expect(problemsOf(document).map(({ code, place }) => [code, place.operator])).toEqual([
    ['CHECKPOINT_SHORTER_THAN_WINDOW', undefined],
    ['CONFIG_INVALID', 'a'],
    ['BANG', 'b'],
    ['NOT_PARTITIONABLE', 'c'],
    ['UNKNOWN_OPERATOR_TYPE', 'd'],
  ])
})

test('fixes: ids, ports, streams, cycles, settings, partitions', () => {
  const twice = pipeline()
  expectFixed({ ...twice, operators: [...twice.operators, operator('b', 'where')] }, 'OPERATOR_ID_TWICE')
  const renamed = expectFixed(pipeline({ streams: [stream('s1', 'a', 'b'), stream('s1', 'b', 'c')] }), 'STREAM_ID_TWICE')
  expect(renamed.streams.map(({ id }) => id)).toEqual(['s1', 's2'])
  const merged = expectFixed(
    pipeline({
      operators: [...pipeline().operators, operator('d', 'sink', { name: 'd' })],
      streams: [stream('s1', 'a', 'b'), stream('s2', 'b', 'c'), stream('s3', 'b', 'd')],
    }),
    'OUTPUT_TWICE',
  )
  expect(problemsOf(merged)).toEqual([])
  const once = expectFixed(pipeline({ streams: [stream('s1', 'a', 'b'), stream('s2', 'b', 'c', 'c')] }), 'INPUT_TWICE')
  expect(problemsOf(once)).toEqual([])
  expectFixed(pipeline({ streams: [...pipeline().streams, stream('s3', 'gone', 'b')] }), 'STREAM_WITHOUT_SOURCE')
  expectFixed(pipeline({ streams: [stream('s1', 'a', 'b'), stream('s2', 'b', 'c', 'gone')] }), 'STREAM_WITHOUT_TARGET')
  const port = { id: 's3', from: { operator: 'a', port: 'nope' }, to: [{ operator: 'b', port: 'nope' }] }
  expectFixed(pipeline({ streams: [...pipeline().streams, port] }), 'UNKNOWN_PORT')
})

test('a setting that its type does not have is told, with the one that was meant, and can be removed', () => {
  const typing = pipeline({
    operators: [operator('a', 'source', { sped: 3 }), operator('b', 'where'), operator('c', 'sink', { folder: 'x' })],
  })
  expect(problemsOf(typing).map(({ severity, message }) => [severity, message.slice(message.indexOf('nothing.') + 9)])).toEqual([
    ['warning', 'Did you mean speed?'],
    ['warning', 'It has name.'],
  ])
  const [first, second] = typing.operators.map((_, i) => problemsOf(typing)[i]?.fixes[0])
  const fixed = [first, second].reduce((of, fix) => (fix === undefined ? of : applyFix(of, fix)), typing)
  expect(problemsOf(fixed)).toEqual([])
})

test('no fix is offered for an operator whose id is there twice: it could not be told which one is meant', () => {
  const base = pipeline()
  const twice = { ...base, operators: [...base.operators, operator('b', 'gone')] }
  const problems = problemsOf(twice)
  expect(problems.map(({ code }) => code)).toContain('UNKNOWN_OPERATOR_TYPE')
  for (const { code, place, fixes } of problems) if (place.operator === 'b' && code !== 'OPERATOR_ID_TWICE') expect(fixes, code).toEqual([])
})

test('H28 a cycle is found although it also leads out, and one stream of it is offered for removal', () => {
  const document = pipeline({
    operators: [operator('a', 'source'), operator('b', 'where'), operator('x', 'where'), operator('c', 'sink')],
    streams: [stream('s1', 'b', 'c', 'x'), stream('s2', 'x', 'b')],
  })
  const cycle = problemsOf(document).find(({ code }) => code === 'CYCLE')
  expect(cycle?.message).toMatch(/b → x → b|x → b → x/)
  expectFixed(document, 'CYCLE')
  const self = pipeline({ streams: [stream('s1', 'b', 'b', 'c')] })
  expectFixed(self, 'CYCLE')
})

test('configs on a cycle are checked as well', () => {
  const document = pipeline({
    operators: [operator('b', 'where', { condition: 1 }), operator('x', 'where', { condition: '!' })],
    streams: [stream('s1', 'b', 'x'), stream('s2', 'x', 'b')],
  })
  expect(codesOf(document)).toEqual(expect.arrayContaining(['CYCLE', 'CONFIG_INVALID', 'BANG']))
})

test('settings: checkpoints not shorter than windows, memory for every stream', () => {
  const settings = { windowMs: 2000, checkpointIntervalMs: 1000, memoryBytes: 16_777_216 }
  expectFixed(pipeline({ settings }), 'CHECKPOINT_SHORTER_THAN_WINDOW')
  const sinks = Array.from({ length: 40 }, (_, i) => operator(`w${i}`, 'where'))
  const document = pipeline({
    settings,
    operators: [operator('a', 'source'), ...sinks],
    streams: sinks.map(({ id }, i) => stream(`s${i}`, `w${i - 1}`, id)),
  })
  expectFixed(document, 'MEMORY_TOO_SMALL')
  const many = pipeline()
  expectFixed({ ...many, operators: many.operators.map((one) => (one.id === 'a' ? { ...one, partitions: 4 } : one)) }, 'NOT_PARTITIONABLE')
})

test('Apex: an input that has to be connected, an operator that feeds nobody, no way in, no way out', () => {
  const fixed = expectFixed(pipeline({ streams: [stream('s1', 'a', 'b')] }), 'INPUT_UNCONNECTED')
  expect(problemsOf(fixed)).toEqual([])
  expect(codesOf(pipeline({ operators: [operator('a', 'source')], streams: [] }))).toEqual(['NO_SINK', 'OUTPUT_UNREAD'])
  expect(codesOf(pipeline({ operators: [operator('c', 'sink')], streams: [] }))).toEqual(['NO_SOURCE', 'INPUT_UNCONNECTED'])
  expect(codesOf(pipeline({ operators: [], streams: [] }))).toEqual(['PIPELINE_EMPTY'])
  // Nobody knows whether it is a source.
  expect(codesOf(pipeline({ operators: [operator('a', 'gone'), operator('b', 'where'), operator('c', 'sink')] }))).toEqual([
    'UNKNOWN_OPERATOR_TYPE',
  ])
})

test('two sinks of one target are refused, also when a parameter makes them the same', () => {
  const document = pipeline({
    parameters: { out: { type: 'string', default: 'a' } },
    operators: [operator('a', 'source'), operator('b', 'sink'), operator('c', 'sink', { name: '${out}' })],
    streams: [stream('s1', 'a', 'b', 'c')],
  })
  expect(codesOf(document)).toEqual(['SAME_TARGET'])
})

test('changes into a sink that only appends are refused, with a converter as the way out', () => {
  const document = pipeline({
    operators: [operator('a', 'source'), operator('b', 'total'), operator('c', 'sink')],
  })
  const fixed = expectFixed(document, 'SINK_APPENDS_ONLY')
  expect(problemsOf(fixed)).toEqual([])
  expect(fixed.operators.at(-1)).toMatchObject({ id: 'to-changelog', type: 'to-changelog' })
  expect(fixed.layout['to-changelog']).toEqual({ x: 150, y: 20 })
  const chained = pipeline({
    operators: [operator('a', 'source'), operator('b', 'total'), operator('d', 'total'), operator('c', 'to-changelog')],
    streams: [stream('s1', 'a', 'b'), stream('s2', 'b', 'd'), stream('s3', 'd', 'c')],
  })
  expectFixed(chained, 'CHANGES_NOT_ACCEPTED')
})

test('canConnect refuses with the reason', () => {
  const document = pipeline({ operators: [...pipeline().operators, operator('t', 'total'), operator('d', 'sink', { name: 'd' })] })
  const answer = (from: string, to: string) =>
    canConnect(document, catalogue, { operator: from, port: 'out' }, { operator: to, port: 'in' })
  expect(answer('b', 'd')).toEqual({ ok: true })
  expect(answer('t', 'd')).toMatchObject({ ok: false, reason: expect.stringMatching(/changes/) as string })
  expect(answer('b', 'c')).toMatchObject({ ok: false, reason: expect.stringMatching(/union/) as string })
  expect(answer('b', 'b')).toMatchObject({ ok: false, reason: expect.stringMatching(/itself/) as string })
  expect(answer('d', 't')).toMatchObject({ ok: false, reason: expect.stringMatching(/no output/) as string })
})

test('parameters: whole values keep their type, parts are text, $${ is plain, expressions take none', () => {
  const document = pipeline({
    parameters: { dir: { type: 'string', default: 'x' }, speed: { type: 'number', default: 5 } },
    operators: [
      operator('a', 'source', { file: 'home:${dir}/$${dir}', speed: '${speed}' }),
      operator('b', 'where', { condition: "s = '$${dir}'" }),
      operator('c', 'sink'),
    ],
  })
  expect(problemsOf(document)).toEqual([])
  const resolved = resolveParameters(document, { dir: 'y' })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
  expect(resolved.document.operators.map(({ config }) => config)).toEqual([
    { file: 'home:y/${dir}', speed: 5 },
    { condition: "s = '${dir}'" },
    { name: 'a' },
  ])
})

test('parameters: what is wrong with them, and ways out', () => {
  const parameters = { n: { type: 'number' as const, default: 7 }, s: { type: 'string' as const, default: "it's" } }
  const withConfig = (config: Record<string, unknown>, condition = 'TRUE') =>
    pipeline({
      parameters,
      operators: [operator('a', 'source', config), operator('b', 'where', { condition }), operator('c', 'sink', { name: '${s}' })],
    })
  expectFixed(withConfig({ file: 'a${n}' }), 'PARAMETER_NOT_STRING')
  expectFixed(withConfig({ file: '${other}', speed: '${n}' }), 'PARAMETER_UNKNOWN')
  expectFixed(withConfig({ file: '${constructor}', speed: '${n}' }), 'PARAMETER_UNKNOWN')
  const unused = expectFixed(withConfig({}), 'PARAMETER_UNUSED')
  expect(Object.keys(unused.parameters)).toEqual(['s'])
  const written = expectFixed(withConfig({ speed: '${n}' }, 'x > ${n} AND y = ${s}'), 'PARAMETER_IN_EXPRESSION')
  expect(written.operators[1]?.config).toEqual({ condition: "x > 7 AND y = 'it''s'" })
  expect(codesOf(withConfig({ speed: '${n}' }, '! ${n}'))).toEqual(['PARAMETER_IN_EXPRESSION'])
  expectFixed({ ...pipeline(), parameters: { 'a-b': { type: 'string' } } }, 'PARAMETER_NAME')
  expectFixed({ ...withConfig({ speed: '${n}' }), parameters: { ...parameters, n: { type: 'number', default: 'x' } } }, 'PARAMETER_TYPE', 1)
  const codes = (values: Record<string, string | number>): readonly string[] => {
    const resolved = resolveParameters({ ...pipeline(), parameters: { n: { type: 'number' } } }, values)
    return resolved.ok ? [] : resolved.problems.map(({ code }) => code)
  }
  expect(codes({})).toEqual(['PARAMETER_MISSING'])
  expect(codes({ n: 'x' })).toEqual(['PARAMETER_TYPE'])
  expect(codes({ n: 1, toString: 2 })).toEqual(['PARAMETER_UNKNOWN'])
})

test('ranges are those of the text in the config, also behind $${', () => {
  const document = pipeline({
    operators: [operator('a', 'source'), operator('b', 'where', { condition: '$${a} $${b} ! $${' }), operator('c', 'sink')],
  })
  expect(problemsOf(document)[0]?.place.range).toEqual({ from: 12, to: 13 })
})

test('names of object members are no operator types', () => {
  for (const type of ['constructor', '__proto__', 'toString'])
    expect(codesOf(pipeline({ operators: [...pipeline().operators, operator('d', type)] }))).toEqual(['UNKNOWN_OPERATOR_TYPE'])
})

test('H36 the plan hash is about what runs: not names, layout, ids of streams or defaults', () => {
  const document = pipeline()
  const hash = planHash(document)
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  const same: readonly PipelineDocument[] = [
    { ...document, name: 'Q', layout: {}, description: 'x' },
    { ...document, operators: document.operators.map((one) => ({ ...one, name: 'other', partitions: 1 })).toReversed() },
    { ...document, streams: document.streams.map((one) => ({ ...one, id: `x${one.id}` })).toReversed() },
    { ...document, settings: { ...document.settings, keepCheckpoints: 10 } },
  ]
  for (const other of same) expect(planHash(other)).toBe(hash)
  const different: readonly PipelineDocument[] = [
    pipeline({ streams: [stream('s1', 'a', 'b')] }),
    pipeline({ settings: { ...document.settings, windowMs: 250 } }),
    pipeline({ parameters: { p: { type: 'string' } } }),
    pipeline({ operators: [operator('a', 'source', { speed: 1 }), operator('b', 'where'), operator('c', 'sink')] }),
  ]
  expect(new Set([hash, ...different.map(planHash)]).size).toBe(different.length + 1)
})

test('documents: migrated from format 0, refused when newer, too deep or of another shape', () => {
  const old = parseDocument({ format: 0, id: 'p', name: 'P', operators: [], streams: [] })
  expect(old).toMatchObject({ ok: true, migratedFrom: 0, document: { format: 1, settings: { windowMs: 500 } } })
  const codes = (json: unknown): readonly string[] => {
    const parsed = parseDocument(json)
    return parsed.ok ? [] : parsed.problems.map(({ code }) => code)
  }
  expect(codes({ ...pipeline(), format: 2 })).toEqual(['DOCUMENT_NEWER'])
  expect(codes([])).toEqual(['DOCUMENT_NOT_OBJECT'])
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
  expect(codes({ ...pipeline(), operators: [operator('a', 'source', { file: deep })] })).toEqual(['DOCUMENT_TOO_DEEP'])
  // Counting up from there would never end.
  for (const format of [-1, -1e300, 0.5, -0.5, 'x', null]) expect(parseDocument({ ...pipeline(), format }).ok, String(format)).toBe(false)
  const bad = parseDocument({ ...pipeline(), operators: [{ ...operator('a', 'source'), typeVersion: 0 }] })
  expect(bad).toMatchObject({ ok: false, problems: [{ code: 'DOCUMENT_SHAPE', place: { operator: 'a' } }] })
})

test('an unknown type is kept as it is, and the rest is still checked', () => {
  const unknown = { ...operator('b', 'from-tomorrow', { anything: { at: ['all'] } }), typeVersion: 9 }
  const parsed = parseDocument(
    JSON.parse(JSON.stringify(pipeline({ operators: [operator('a', 'source'), unknown, operator('c', 'sink')] }))),
  )
  if (!parsed.ok) throw new Error('refused')
  expect(parsed.document.operators[1]).toEqual(unknown)
  expect(codesOf(parsed.document)).toEqual(['UNKNOWN_OPERATOR_TYPE'])
})

test('guarantees: the weakest link of every path', () => {
  const document = pipeline({ operators: [operator('a', 'forgetful'), operator('b', 'where'), operator('c', 'sink')] })
  expect(pathGuarantees(document, catalogue)).toMatchObject([{ source: 'a', sink: 'c', level: 'at-most-once' }])
  expect(codesOf(document)).toEqual(['WEAKEST_LINK'])
  const again: ManifestCatalogue = {
    ...catalogue,
    sink: { ...catalogue['sink'], guarantee: { role: 'sink', delivery: 'at-least-once', verbs: [], sentence: '' } },
  }
  expect(pathGuarantees(document, again)).toMatchObject([{ level: 'best-effort' }])
  expect(propagate(document, catalogue).outputs.get('b.out')).toEqual(APPEND)
})

test('who skips after a failure makes its paths at-most-once, and everything behind it has to skip', () => {
  const skip = { onFailure: 'skip' as const }
  const document = pipeline({ operators: [operator('a', 'source'), { ...operator('b', 'where'), ...skip }, operator('c', 'sink')] })
  const [problem] = validate(document, catalogue).filter(({ code }) => code === 'MODE_DOWNSTREAM')
  expect(problem).toMatchObject({ severity: 'error', place: { operator: 'b' } })
  const [behind, replay] = problem.fixes.map((fix) => applyFix(document, fix))
  expect(behind.operators.map(({ onFailure }) => onFailure)).toEqual([undefined, 'skip', 'skip'])
  expect(codesOf(behind)).toEqual(['WEAKEST_LINK'])
  expect(pathGuarantees(behind, catalogue)).toEqual([
    { source: 'a', sink: 'c', level: 'at-most-once', because: 'b goes on behind the rows that went by while it was down' },
  ])
  expect(codesOf(replay)).toEqual([])
  // Runs that were started before there was the field keep their hash.
  expect(planHash(replay)).toBe(planHash(pipeline({ operators: [operator('a', 'source'), operator('b', 'where'), operator('c', 'sink')] })))
  expect(planHash(behind)).not.toBe(planHash(replay))
  const source = pipeline({ operators: [{ ...operator('a', 'source'), ...skip }, operator('b', 'where'), operator('c', 'sink')] })
  expect(codesOf(source)).toContain('MODE_SOURCE')
})

test('live settings: only those, only to what is valid', () => {
  const document = pipeline({ operators: [operator('a', 'source'), operator('b', 'where'), operator('c', 'sink')] })
  const problem = (id: string, values: Readonly<Record<string, string | number>>) =>
    liveProblem(document, catalogue, id, values)?.code ?? null
  expect(problem('b', { condition: 'n > 1' })).toBe(null)
  expect(problem('b', { condition: 'n !' })).toBe('BANG')
  expect(problem('b', { condition: 1 })).toBe('CONFIG_INVALID')
  expect(problem('a', { speed: 1 })).toBe('SETTING_NOT_LIVE')
  expect(problem('b', {})).toBe('SETTING_NOT_LIVE')
  // That it is not there is said by the run.
  expect(problem('x', { speed: 1 })).toBe(null)
})

test('a parameter may say how many partitions there are', () => {
  const parameters = { n: { type: 'number' as const, default: 2 } }
  const document = pipeline({
    parameters,
    operators: [operator('a', 'source'), { ...operator('b', 'where'), partitionsParameter: 'n' }, operator('c', 'sink')],
  })
  expect(codesOf(document)).toEqual([])
  const resolved = resolveParameters(document, { n: 3 })
  expect(resolved.ok && resolved.document.operators[1]).toMatchObject({ id: 'b', partitions: 3 })
  expect(resolveParameters(document, { n: 0.5 })).toMatchObject({ ok: false, problems: [{ code: 'PARTITIONS_PARAMETER' }] })
  const fixed = expectFixed({ ...document, parameters: {} }, 'PARTITIONS_PARAMETER')
  expect(fixed.operators[1]).not.toHaveProperty('partitionsParameter')
})
