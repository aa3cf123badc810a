/**
 * Parameters in config values (contracts: Pipeline document): a value that is exactly `${name}`
 * takes the parameter's typed value; inside a longer text only string parameters; `$${` is a plain
 * `${`. Expressions take no parameters: text put into them would be code; code takes none either.
 */
import type { OperatorNode, Parameter, ParameterValue, PipelineDocument } from './document.ts'
import { expressionFields, valueAt } from './expressionFields.ts'
import { manifestOf, type ManifestCatalogue } from './manifest.ts'
import type { Problem, ProblemFix } from './problem.ts'
import { isSecretReference } from './secrets.ts'

export type ResolveResult =
  | { readonly ok: true; readonly document: PipelineDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const WHOLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/
const PART = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Program text is taken as it is: there `${…}` means what it means in its language. */
const CODE_PATH = '/code'

/** Values that stand in for parameters without a default while one draws. */
const SAMPLE: Readonly<Record<Parameter['type'], ParameterValue>> = { string: '', number: 0, boolean: false }

/** Values given, or defaults; a parameter that has neither is left out. */
export function parameterValues(
  { parameters }: PipelineDocument,
  values: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
  const own = Object.entries(parameters).map(([name, parameter]) => [name, Object.hasOwn(values, name) ? values[name] : parameter.default])
  return Object.fromEntries(own.filter((entry): entry is [string, ParameterValue] => entry[1] !== undefined))
}

/** The document as a run gets it: values given, or defaults. The document must have been validated. */
export function resolveParameters(document: PipelineDocument, values: Readonly<Record<string, ParameterValue>>): ResolveResult {
  const problems: Problem[] = []
  const known = new Map<string, ParameterValue>()
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(document.parameters, name)) continue
    const has = Object.keys(document.parameters).join(', ') || 'none'
    problems.push(parameterProblem('PARAMETER_UNKNOWN', name, `The pipeline has no parameter ${name}. It has: ${has}.`))
  }
  for (const [name, parameter] of Object.entries(document.parameters)) {
    const value = Object.hasOwn(values, name) ? values[name] : parameter.default
    if (value === undefined)
      problems.push(
        parameterProblem('PARAMETER_MISSING', name, `Parameter ${name} has no value and no default. Give it one when starting the run.`),
      )
    else if (typeof value !== parameter.type) {
      const message = `Parameter ${name} is a ${parameter.type}, and ${JSON.stringify(value)} is a ${typeof value}. Give it a ${parameter.type}.`
      problems.push(parameterProblem('PARAMETER_TYPE', name, message))
    } else known.set(name, value)
  }
  const operators = document.operators.map((operator) => substituteOperator(operator, document, known, new Set(), problems))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, document: { ...document, operators } }
}

/** For checking while one draws: defaults, or a value of the type. Problems are returned, nothing is refused. */
export function withDefaults(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
): { readonly document: PipelineDocument; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const values = new Map<string, ParameterValue>()
  for (const [name, { type, default: given }] of Object.entries(document.parameters))
    values.set(name, given !== undefined && typeof given === type ? given : SAMPLE[type])
  const operators = document.operators.map((operator) => {
    const manifest = manifestOf(manifests, operator.type)
    const expressions = manifest === undefined ? [] : expressionFields(manifest, operator.config)
    for (const { path, text } of expressions) problems.push(...parametersInExpression(document, operator.id, path, text))
    return substituteOperator(operator, document, values, new Set(expressions.map(({ path }) => path)), problems)
  })
  return { document: { ...document, operators }, problems }
}

/** Names that configs use. */
function usedParameters(document: PipelineDocument): ReadonlySet<string> {
  const used = new Set<string>()
  const visit = (value: unknown): void => {
    if (isSecretReference(value)) return
    if (typeof value === 'string') for (const match of value.matchAll(PART)) if (match[1] !== undefined) used.add(match[1])
    if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  for (const operator of document.operators)
    for (const [key, value] of Object.entries(operator.config)) if (`/${key}` !== CODE_PATH) visit(value)
  for (const { partitionsParameter } of document.operators) if (partitionsParameter !== undefined) used.add(partitionsParameter)
  return used
}

/** What is wrong with the parameters themselves. */
export function checkParameters(document: PipelineDocument): readonly Problem[] {
  const problems: Problem[] = []
  const used = usedParameters(document)
  for (const [name, parameter] of Object.entries(document.parameters)) {
    const remove: ProblemFix = { kind: 'remove-parameter', label: `Remove ${name}`, parameter: name }
    if (!NAME.test(name)) {
      const message = `The parameter ${JSON.stringify(name)} cannot be written into a field: names are letters, digits and _, not beginning with a digit. Remove it and add it under another name.`
      problems.push({ code: 'PARAMETER_NAME', severity: 'error', message, place: { parameter: name }, fixes: [remove] })
    } else if (!used.has(name)) {
      const message = `No operator uses parameter ${name}. Write \${${name}} into a field, or remove it.`
      problems.push({ code: 'PARAMETER_UNUSED', severity: 'info', message, place: { parameter: name }, fixes: [remove] })
    }
    if (parameter.default !== undefined && typeof parameter.default !== parameter.type) {
      const { default: wrong, ...rest } = parameter
      const message = `Parameter ${name} is a ${parameter.type}, and its default ${JSON.stringify(wrong)} is a ${typeof wrong}. Change one of them.`
      const type = typeof wrong as Parameter['type']
      problems.push({
        code: 'PARAMETER_TYPE',
        severity: 'error',
        message,
        place: { parameter: name },
        fixes: [
          { kind: 'set-parameter', label: `Make it a ${type}`, parameter: name, value: { ...parameter, type } },
          { kind: 'set-parameter', label: 'Remove the default', parameter: name, value: rest },
        ],
      })
    }
  }
  return problems
}

/** Replaces in every text of the config but `expressions`, where only `$${` is taken as `${`. */
function substituteOperator(
  operator: OperatorNode,
  document: PipelineDocument,
  values: ReadonlyMap<string, ParameterValue>,
  expressions: ReadonlySet<string>,
  problems: Problem[],
): OperatorNode {
  const { parameters } = document
  const problem = (code: string, configPath: string, message: string, fixes: readonly ProblemFix[]): void => {
    problems.push({ code, severity: 'error', message, place: { operator: operator.id, configPath }, fixes })
  }
  const unknown = (name: string, path: string): void =>
    problem(
      'PARAMETER_UNKNOWN',
      path,
      `There is no parameter ${name}. Add it to the pipeline's parameters, or write $\${ for a plain \${.`,
      [{ kind: 'set-parameter', label: `Add ${name}`, parameter: name, value: { type: 'string', default: '' } }],
    )
  const substituteText = (text: string, path: string): unknown => {
    if (expressions.has(path)) return text.replaceAll('$${', '${')
    const whole = WHOLE.exec(text)
    if (whole !== null) {
      if (!Object.hasOwn(parameters, whole[1])) unknown(whole[1], path)
      return values.get(whole[1]) ?? text
    }
    return text.replaceAll(PART, (match, name: string | undefined) => {
      if (name === undefined) return '${'
      if (!Object.hasOwn(parameters, name)) {
        unknown(name, path)
        return match
      }
      const parameter = parameters[name]
      if (parameter.type !== 'string') {
        const message = `Parameter ${name} is a ${parameter.type}; inside a longer text only string parameters can stand. Use it alone as \${${name}}, or make it a string.`
        const value: Parameter = {
          ...parameter,
          type: 'string',
          ...(parameter.default === undefined ? {} : { default: String(parameter.default) }),
        }
        problem('PARAMETER_NOT_STRING', path, message, [{ kind: 'set-parameter', label: `Make ${name} a string`, parameter: name, value }])
        return match
      }
      return String(values.get(name) ?? match)
    })
  }
  // What holds no parameter comes back as the same object: much is remembered by identity.
  const substitute = (value: unknown, path: string): unknown => {
    if (path === CODE_PATH || (path !== '' && isSecretReference(value))) return value
    if (typeof value === 'string') return value.includes('${') ? substituteText(value, path) : value
    if (Array.isArray(value)) {
      const entries = value.map((entry: unknown, i) => substitute(entry, `${path}/${i}`))
      return entries.some((entry, i) => entry !== value[i]) ? entries : value
    }
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, entry]) => [key, substitute(entry, `${path}/${key}`), entry] as const)
    return entries.some(([, entry, before]) => entry !== before) ? Object.fromEntries(entries.map(([key, entry]) => [key, entry])) : value
  }
  const config = substitute(operator.config, '') as OperatorNode['config']
  const resolved = config === operator.config ? operator : { ...operator, config }
  return operator.partitionsParameter === undefined ? resolved : partitioned(resolved, operator.partitionsParameter, values, problems)
}

const MOST_PARTITIONS = 128

function partitioned(operator: OperatorNode, name: string, values: ReadonlyMap<string, ParameterValue>, problems: Problem[]): OperatorNode {
  const { partitionsParameter: _resolved, ...rest } = operator
  const partitions = values.get(name)
  if (typeof partitions === 'number' && Number.isInteger(partitions) && partitions >= 1 && partitions <= MOST_PARTITIONS)
    return { ...rest, partitions }
  const message =
    partitions === undefined
      ? `Its partitions come from parameter ${name}, which has no value. Add the parameter, or give a number of partitions.`
      : `Its partitions come from parameter ${name}, and ${JSON.stringify(partitions)} is no whole number from 1 to ${MOST_PARTITIONS}. Change the value.`
  problems.push({
    code: 'PARTITIONS_PARAMETER',
    severity: 'error',
    message,
    place: { operator: operator.id },
    fixes: [{ kind: 'set-partitions', label: 'Use one', operator: operator.id, partitions: 1 }],
  })
  return { ...rest, partitions: 1 }
}

/** One problem at the first parameter; its fix writes the defaults of all of them. */
function parametersInExpression(document: PipelineDocument, operator: string, configPath: string, text: string): readonly Problem[] {
  const first = [...text.matchAll(PART)].find((match) => match[1] !== undefined)
  if (first === undefined) return []
  const written = text.replaceAll(PART, (match, name: string | undefined) => {
    if (name === undefined || !Object.hasOwn(document.parameters, name)) return match
    const value = document.parameters[name].default
    return value === undefined ? match : literal(value)
  })
  const open = [...written.matchAll(PART)].some((match) => match[1] !== undefined)
  return [
    {
      code: 'PARAMETER_IN_EXPRESSION',
      severity: 'error',
      message: `${first[0]} cannot stand in an expression. Write the value, or add a column for it with a select before.`,
      place: { operator, configPath, range: { from: first.index, to: first.index + first[0].length } },
      fixes: open ? [] : [{ kind: 'set-config', label: `Write ${written}`, operator, configPath, value: written }],
    },
  ]
}

function literal(value: ParameterValue): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''").replaceAll('${', '$${')}'`
  return typeof value === 'boolean' ? String(value).toUpperCase() : String(value)
}

/** A range of the text as it was checked, in the text as it stands in the config, where `$${` is one longer than `${`. */
export function rangeInConfig(
  operator: OperatorNode,
  configPath: string,
  range: { readonly from: number; readonly to: number },
): { readonly from: number; readonly to: number } {
  const text = valueAt(operator.config, configPath)
  if (typeof text !== 'string' || !text.includes('$${')) return range
  const place = (at: number): number => {
    let shift = 0
    for (let escape = text.indexOf('$${'); escape >= 0 && escape - shift < at; escape = text.indexOf('$${', escape + 3)) shift += 1
    return at + shift
  }
  return { from: place(range.from), to: place(range.to) }
}

function parameterProblem(code: string, parameter: string, message: string): Problem {
  return { code, severity: 'error', message, place: { parameter }, fixes: [] }
}
