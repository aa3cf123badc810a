/** Everything the designer knows about a document without asking the server: problems, edge types, words on nodes. */
import { manifests } from '@belay/operators/manifests'
import {
  outputPorts,
  pathGuarantees,
  propagate,
  resolveParameters,
  validate,
  type OperatorNode,
  type OutputPort,
  type ParameterValue,
  type PathGuarantee,
  type PipelineDocument,
  type Problem,
  type Propagation,
} from '@belay/pipeline'
import { manifestFor } from './catalogue.ts'
import { spokenProblems } from '../language/spokenProblems.ts'
import { t } from '../language/t.ts'

/** What a node shows of its operator's problems. */
interface OperatorMarks {
  readonly errors: number
  readonly warnings: number
  /** The first of the most severe ones, and how many ways out it has. */
  readonly first: string
  readonly fixes: number
}

export interface Checked {
  readonly problems: readonly Problem[]
  readonly propagation: Propagation
  readonly operators: ReadonlyMap<string, OperatorNode>
  /** The outputs each operator has, without the built-in errors; none where its type is not known. */
  readonly ports: ReadonlyMap<string, readonly OutputPort[]>
  /** The setting that matters, with parameters' defaults put in, by operator. */
  readonly summaries: ReadonlyMap<string, string>
  readonly marks: ReadonlyMap<string, OperatorMarks>
  /** `operator.port` of inputs whose stream is refused. */
  readonly refusedInputs: ReadonlySet<string>
  /** Ids of streams that have errors of their own. */
  readonly refusedStreams: ReadonlySet<string>
  /** What the weakest path from a source to each sink promises. */
  readonly levels: ReadonlyMap<string, PathGuarantee['level']>
  /** `operator.port` of outputs that somebody reads. */
  readonly readOutputs: ReadonlySet<string>
}

export function check(document: PipelineDocument): Checked {
  const problems = spokenProblems(validate(document, manifests))
  const marked = marks(problems)
  const errors = problems.filter((problem) => problem.severity === 'error')
  return {
    problems,
    propagation: propagate(document, manifests),
    operators: new Map(document.operators.map((operator) => [operator.id, operator])),
    ports: new Map(
      document.operators.map((operator) => {
        const manifest = manifestFor(operator.type)
        return [operator.id, manifest === undefined ? [] : outputPorts(operator, manifest)]
      }),
    ),
    summaries: summaries(document),
    marks: marked,
    refusedInputs: new Set(
      errors.flatMap(({ place }) => (place.operator === undefined || place.port === undefined ? [] : [`${place.operator}.${place.port}`])),
    ),
    refusedStreams: new Set(errors.flatMap(({ place }) => place.stream ?? [])),
    levels: weakest(pathGuarantees(document, manifests)),
    readOutputs: new Set(document.streams.map(({ from }) => `${from.operator}.${from.port}`)),
  }
}

/** True if checking again would give the same: only name, description or layout may differ. */
export function sameMeaning(a: PipelineDocument, b: PipelineDocument): boolean {
  return a.operators === b.operators && a.streams === b.streams && a.parameters === b.parameters && a.settings === b.settings
}

function marks(problems: readonly Problem[]): ReadonlyMap<string, OperatorMarks> {
  const found = new Map<string, OperatorMarks>()
  for (const { severity, message, fixes, place } of problems) {
    if (place.operator === undefined || severity === 'info') continue
    const before = found.get(place.operator) ?? { errors: 0, warnings: 0, first: message, fixes: fixes.length }
    const isError = severity === 'error'
    const lead = isError && before.errors === 0
    found.set(place.operator, {
      errors: before.errors + (isError ? 1 : 0),
      warnings: before.warnings + (isError ? 0 : 1),
      first: lead ? message : before.first,
      fixes: lead ? fixes.length : before.fixes,
    })
  }
  return found
}

const STRENGTH: Readonly<Record<PathGuarantee['level'], number>> = {
  'best-effort': 0,
  'at-most-once': 1,
  'at-least-once': 2,
  'exactly-once': 3,
}

function weakest(paths: readonly PathGuarantee[]): ReadonlyMap<string, PathGuarantee['level']> {
  const levels = new Map<string, PathGuarantee['level']>()
  for (const { sink, level } of paths) {
    const before = levels.get(sink)
    if (before === undefined || STRENGTH[level] < STRENGTH[before]) levels.set(sink, level)
  }
  return levels
}

const STAND_IN: Readonly<Record<string, ParameterValue>> = { string: '', number: 0, boolean: false }

/** The document as it would run with every parameter at its default; as it is where that cannot be said. */
export function withDefaultValues(document: PipelineDocument): PipelineDocument {
  const missing = Object.fromEntries(
    Object.entries(document.parameters).flatMap(([name, parameter]) =>
      parameter.default === undefined ? [[name, STAND_IN[parameter.type]]] : [],
    ),
  )
  const resolved = resolveParameters(document, missing)
  return resolved.ok ? resolved.document : document
}

function summaries(document: PipelineDocument): ReadonlyMap<string, string> {
  return new Map(withDefaultValues(document).operators.map((operator) => [operator.id, summary(operator)]))
}

function summary(operator: OperatorNode): string {
  const manifest = manifestFor(operator.type)
  if (manifest === undefined) return t('type {type}, not known here', { type: operator.type })
  try {
    return manifest.summarise(operator.config)
  } catch {
    // A config of the wrong shape has a problem row of its own.
    return t('not configured')
  }
}

export function nameOf(operator: OperatorNode | undefined, id = ''): string {
  return operator === undefined ? id : operator.name === '' ? operator.id : operator.name
}
