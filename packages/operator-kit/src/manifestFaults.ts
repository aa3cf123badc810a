/** What is wrong with a manifest that somebody else has written: everything that the page, the planner and the docs rely on. */
import type { OperatorCategory, OperatorManifest } from '@belay/pipeline'
import { Value } from 'typebox/value'

const TYPE = /^[a-z][a-z0-9-]{0,63}$/
const CATEGORIES: readonly OperatorCategory[] = ['sources', 'transform', 'join', 'window', 'changelog', 'sinks']
const KINDS: readonly unknown[] = ['append', 'changes', 'upsert']

/** In words, each beginning with the field that it is about; empty = it is whole. Never throws. */
export function manifestFaults(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return ['it is no object']
  const faults: string[] = []
  const manifest = value as Readonly<Record<keyof OperatorManifest, unknown>>
  const want = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault)
  }
  const isText = (text: unknown): boolean => typeof text === 'string' && text !== ''
  want(typeof manifest.type === 'string' && TYPE.test(manifest.type), 'type: small letters, digits and dashes, a letter first')
  want(Number.isInteger(manifest.typeVersion) && (manifest.typeVersion as number) >= 1, 'typeVersion: a whole number from 1 on')
  for (const name of ['title', 'summary', 'help', 'icon'] as const) want(isText(manifest[name]), `${name}: a text`)
  want(
    CATEGORIES.some((category) => category === manifest.category),
    `category: one of ${CATEGORIES.join(', ')}`,
  )
  want(Array.isArray(manifest.keywords) && manifest.keywords.every(isText), 'keywords: a list of words')
  for (const side of ['inputs', 'outputs'] as const) {
    const ports: unknown = manifest[side]
    want(
      Array.isArray(ports) && ports.every((port: { name?: unknown; title?: unknown }) => isText(port.name) && isText(port.title)),
      `${side}: a list of {name, title}`,
    )
  }
  if (Array.isArray(manifest.inputs))
    want(
      manifest.inputs.every(
        ({ accepts }: { accepts?: unknown }) =>
          Array.isArray(accepts) && accepts.length > 0 && accepts.every((kind) => KINDS.includes(kind)),
      ),
      'inputs: each says what it accepts: append, changes, upsert',
    )
  want(
    Array.isArray(manifest.form) &&
      manifest.form.every((field: { path?: unknown }) => typeof field.path === 'string' && field.path.startsWith('/')),
    'form: a list of fields, each with its path in the config',
  )
  want(typeof manifest.configSchema === 'object' && manifest.configSchema !== null, 'configSchema: a JSON Schema of the config')
  want(typeof manifest.defaultConfig === 'object' && manifest.defaultConfig !== null, 'defaultConfig: a config to begin with')
  want(roleFits(manifest), 'guarantee: {role, sentence}; the role is source without inputs, sink without outputs, else transform')
  want(
    isText((manifest.flink as { support?: unknown } | null | undefined)?.support),
    "flink: {support: 'yes'}, or 'no' with a reason, or 'differs' with a note",
  )
  want(manifest.container === 'compute' || manifest.container === 'io', 'container: compute or io')
  want(manifest.network === undefined || manifest.network === true, 'network: true where it connects to other machines, else left out')
  want(typeof manifest.stateful === 'boolean', 'stateful: whether it gets a container of its own')
  want(
    isText((manifest.partitioning as { kind?: unknown } | null | undefined)?.kind),
    "partitioning: {kind: 'none', reason}, {kind: 'any'} or {kind: 'key', columns}",
  )
  for (const name of ['summarise', 'typing'] as const) want(typeof manifest[name] === 'function', `${name}: a function`)
  return faults.length > 0 ? faults : workFaults(value as OperatorManifest)
}

function roleFits({ guarantee, inputs, outputs }: Readonly<Record<keyof OperatorManifest, unknown>>): boolean {
  const { role, sentence } = (guarantee ?? {}) as { role?: unknown; sentence?: unknown }
  const wanted =
    Array.isArray(inputs) && inputs.length === 0 ? 'source' : Array.isArray(outputs) && outputs.length === 0 ? 'sink' : 'transform'
  return role === wanted && typeof sentence === 'string' && sentence !== ''
}

/** What its functions do with its own default. */
function workFaults(manifest: OperatorManifest): readonly string[] {
  const faults: string[] = []
  try {
    const [error] = Value.Errors(manifest.configSchema, manifest.defaultConfig)
    if (error !== undefined) faults.push(`defaultConfig: ${error.instancePath} ${error.message}, by configSchema`)
    if (typeof manifest.summarise(structuredClone(manifest.defaultConfig)) !== 'string') faults.push('summarise: gives a text')
    const typed = manifest.typing({ config: structuredClone(manifest.defaultConfig), inputs: {} })
    if (!Array.isArray(typed.problems) || typeof typed.outputs !== 'object') faults.push('typing: gives {outputs, problems}')
  } catch (error) {
    faults.push(`it throws on its default config and no inputs: ${error instanceof Error ? error.message : String(error)}`)
  }
  return faults
}
