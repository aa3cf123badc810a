/**
 * What every port carries, worked out operator by operator in the order of the graph. One typing
 * call each; what is broken or unknown leaves its outputs open and the rest goes on.
 */
import { Value } from 'typebox/value'
import type { OperatorNode, PipelineDocument } from './document.ts'
import { ERRORS_EDGE, ERRORS_PORT, type EdgeType } from './edgeType.ts'
import { valueAt } from './expressionFields.ts'
import { graphOf } from './graph.ts'
import { manifestOf, type ManifestCatalogue, type OperatorManifest, type OutputPort } from './manifest.ts'
import { rangeInConfig, withDefaults } from './parameters.ts'
import type { ConfigFix, ConfigProblem, Problem, ProblemFix } from './problem.ts'

export interface Propagation {
  /** By `${operator}.${port}`. */
  readonly inputs: ReadonlyMap<string, EdgeType>
  readonly outputs: ReadonlyMap<string, EdgeType>
  readonly problems: readonly Problem[]
}

export function propagate(document: PipelineDocument, manifests: ManifestCatalogue): Propagation {
  const resolved = withDefaults(document, manifests)
  const problems: Problem[] = [...resolved.problems]
  const untypable = new Set(resolved.problems.map(({ place }) => `${place.operator} ${place.configPath}`))
  const inputs = new Map<string, EdgeType>()
  const outputs = new Map<string, EdgeType>()
  const feeding = new Map<string, string>()
  for (const stream of document.streams)
    for (const to of stream.to)
      if (!feeding.has(`${to.operator}.${to.port}`)) feeding.set(`${to.operator}.${to.port}`, `${stream.from.operator}.${stream.from.port}`)
  const { order } = graphOf(resolved.document)
  // Operators of a cycle come last: what they get is not known, but their configs can be checked.
  const ordered = new Set(order)
  const written = new Map(document.operators.map((operator, i) => [resolved.document.operators[i], operator]))
  for (const operator of [...order, ...resolved.document.operators.filter((candidate) => !ordered.has(candidate))]) {
    outputs.set(`${operator.id}.${ERRORS_PORT}`, ERRORS_EDGE)
    const manifest = manifestOf(manifests, operator.type)
    if (manifest === undefined) continue
    const own: Record<string, EdgeType | undefined> = {}
    for (const port of manifest.inputs) {
      const edge = outputs.get(feeding.get(`${operator.id}.${port.name}`) ?? '')
      if (edge === undefined) continue
      own[port.name] = edge
      inputs.set(`${operator.id}.${port.name}`, edge)
    }
    const shape = configProblems(operator, manifest)
    problems.push(...shape)
    // A config of the wrong shape is not shown to the operator's own typing, which relies on it.
    if (shape.length > 0) continue
    const typed = manifest.typing({ config: operator.config, inputs: own })
    for (const [port, edge] of Object.entries(typed.outputs)) outputs.set(`${operator.id}.${port}`, edge)
    for (const problem of typed.problems) {
      // A text with a wrong parameter in it has been reported for that; what typing says of it is a consequence.
      if (!untypable.has(`${operator.id} ${problem.configPath}`)) problems.push(placed(written.get(operator) ?? operator, problem))
    }
  }
  return { inputs, outputs, problems }
}

type ConfigError = ReturnType<typeof Value.Errors>[number]

/** Checking a config against its schema is the slowest step of all, and most configs are those of the last time. */
const checked = new WeakMap<object, { readonly manifest: OperatorManifest; readonly errors: readonly ConfigError[] }>()

function configErrors(operator: OperatorNode, manifest: OperatorManifest): readonly ConfigError[] {
  const known = checked.get(operator.config)
  if (known?.manifest === manifest) return known.errors
  const errors = Value.Errors(manifest.configSchema, operator.config)
  checked.set(operator.config, { manifest, errors })
  return errors
}

/** Whether the config has the shape its manifest asks for. */
export function configFits(operator: OperatorNode, manifest: OperatorManifest): boolean {
  return configErrors(operator, manifest).length === 0
}

/** The outputs an operator has; all there can be while its config is not right. */
export function outputPorts(operator: OperatorNode, manifest: OperatorManifest): readonly OutputPort[] {
  return manifest.outputsOf !== undefined && configFits(operator, manifest) ? manifest.outputsOf(operator.config) : manifest.outputs
}

function configProblems(operator: OperatorNode, manifest: OperatorManifest): Problem[] {
  return configErrors(operator, manifest)
    .slice(0, 20)
    .map((error) => {
      const missing =
        error.keyword === 'required' ? ((error.params as { requiredProperties?: readonly string[] }).requiredProperties ?? []) : []
      const configPath = missing.length > 0 ? `${error.instancePath}/${missing[0]}` : error.instancePath
      const label = manifest.form.find((field) => field.path === configPath)?.label ?? (configPath === '' ? 'The settings' : configPath)
      const fallback = configPath === '' ? manifest.defaultConfig : valueAt(manifest.defaultConfig, configPath)
      const fix = { kind: 'set-config' as const, label: 'Use the default', operator: operator.id, configPath, value: fallback }
      return {
        code: 'CONFIG_INVALID',
        severity: 'error' as const,
        message:
          missing.length > 0
            ? `${label} is missing. Set it in the operator's form.`
            : `${label}: ${error.message}. Correct it in the operator's form.`,
        place: { operator: operator.id, configPath },
        fixes: fallback === undefined ? [] : [fix],
      }
    })
}

function placed(operator: OperatorNode, problem: ConfigProblem): Problem {
  const { code, severity, message, port, configPath, range } = problem
  return {
    code,
    severity,
    message,
    place: {
      operator: operator.id,
      ...(port === undefined ? {} : { port }),
      ...(configPath === undefined ? {} : { configPath }),
      ...(range === undefined || configPath === undefined ? {} : { range: rangeInConfig(operator, configPath, range) }),
    },
    fixes: (problem.fixes ?? []).map((fix) => placedFix(operator.id, fix)),
  }
}

function placedFix(operator: string, fix: ConfigFix): ProblemFix {
  switch (fix.kind) {
    case 'set-config':
      return { ...fix, operator }
    case 'insert-operator':
      return { kind: 'insert-operator', label: fix.label, to: { operator, port: fix.port }, operator: fix.operator }
    case 'read-columns':
      return { ...fix, operator }
  }
}
