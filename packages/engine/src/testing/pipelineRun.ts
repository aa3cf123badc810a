/**
 * Runs a whole pipeline in process with random batches, windows, checkpoints and deaths of everything,
 * each operator with real declared state and real files. For tests of what a document gives; how threads
 * and processes die is tested with threads and processes.
 */
import type { Batch } from '@belay/columns'
import {
  graphOf,
  manifestOf,
  propagate,
  resolveParameters,
  type ManifestCatalogue,
  type ParameterValue,
  type PipelineDocument,
} from '@belay/pipeline'
import { EngineError } from '../operator/engineError.ts'
import type { OperatorModule, OperatorRegistry } from '../operator/operator.ts'
import { randomOf } from './disturbedRun.ts'
import { createOperatorHarness, type HarnessOptions, type OperatorHarness } from './operatorHarness.ts'

export interface PipelineRun {
  readonly document: PipelineDocument
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  readonly manifests: ManifestCatalogue
  readonly operators: OperatorRegistry
  readonly files: NonNullable<HarnessOptions<unknown>['files']>
  readonly seed: number
  /** Deaths of everything. */
  readonly kills: number
  /** Most reads of a source in one window. */
  readonly reads?: number
}

export interface PipelineOutcome {
  readonly windows: number
  readonly kills: number
  /** Figures by operator. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>
}

interface Part {
  readonly id: string
  readonly harness: OperatorHarness
  /** Connected input ports with what has come and is not taken. */
  readonly inputs: Map<string, Batch[]>
  /** Where each output port leads. */
  readonly targets: ReadonlyMap<string, readonly { readonly operator: string; readonly port: string }[]>
  /** Operators that feed it. */
  readonly above: readonly string[]
}

interface Checkpoint {
  readonly window: number
  readonly states: ReadonlyMap<string, Uint8Array>
  readonly ended: ReadonlySet<string>
}

export async function runPipeline(run: PipelineRun): Promise<PipelineOutcome> {
  const resolved = resolveParameters(run.document, run.parameters ?? {})
  if (!resolved.ok) throw new EngineError('HARNESS_PARAMETERS', resolved.problems.map(({ message }) => message).join(' '))
  const { document } = resolved
  const random = randomOf(run.seed)
  let killsLeft = run.kills
  let attempt = 1
  let checkpoint: Checkpoint = { window: 0, states: new Map(), ended: new Set() }
  let parts = await deploy(run, document, checkpoint, attempt)
  let ended = new Set<string>()
  for (let window = 1; ; window += 1) {
    const watermarks = new Map<string, number>()
    const die = killsLeft > 0 && random(6) === 0
    for (const part of parts) {
      if (die && random(parts.length) === 0) break
      step(part, parts, { window, random, reads: run.reads ?? 20, ended, watermarks })
    }
    if (die) {
      killsLeft -= 1
      attempt += 1
      for (const { harness } of parts) harness.close()
      parts = await deploy(run, document, checkpoint, attempt)
      ended = new Set(checkpoint.ended)
      window = checkpoint.window
      for (const { harness } of parts) if (harness.operator.role === 'sink' && window > 0) harness.commit(window)
      continue
    }
    const last = [...watermarks.values()].every((watermark) => watermark === Number.POSITIVE_INFINITY)
    if (!last && random(3) !== 0) continue
    for (const { harness } of parts) {
      if (harness.operator.role === 'sink') harness.prepare(window)
      harness.checkpoint(window)
    }
    checkpoint = { window, states: new Map(parts.map(({ id, harness }) => [id, harness.snapshot()])), ended: new Set(ended) }
    if (last || random(2) === 0) for (const { harness } of parts) if (harness.operator.role === 'sink') harness.commit(window)
    if (!last) continue
    for (const { harness } of parts) harness.close()
    return { windows: window, kills: run.kills - killsLeft, counts: new Map(parts.map(({ id, harness }) => [id, harness.counts])) }
  }
}

interface Step {
  readonly window: number
  readonly random: (below: number) => number
  readonly reads: number
  readonly ended: Set<string>
  readonly watermarks: Map<string, number>
}

/** One operator through one window, after all that feed it. */
function step(part: Part, parts: readonly Part[], { window, random, reads, ended, watermarks }: Step): void {
  const { harness, id } = part
  if (harness.operator.role === 'source') {
    for (let left = 1 + random(reads); left > 0 && !ended.has(id); left -= 1) if (harness.read() === 'ended') ended.add(id)
    watermarks.set(id, ended.has(id) ? Number.POSITIVE_INFINITY : (harness.watermark() ?? Number.POSITIVE_INFINITY))
  } else {
    const ports = [...part.inputs.keys()]
    // Ports take turns as chance wants it.
    for (let open = ports.filter((port) => (part.inputs.get(port)?.length ?? 0) > 0); open.length > 0;) {
      const port = open[random(open.length)]
      const batch = part.inputs.get(port)?.shift()
      if (batch !== undefined) harness.push(port, batch)
      open = ports.filter((name) => (part.inputs.get(name)?.length ?? 0) > 0)
    }
    const watermark = Math.min(...part.above.map((above) => watermarks.get(above) ?? Number.NEGATIVE_INFINITY))
    watermarks.set(id, watermark - (harness.operator.role === 'transform' ? (harness.operator.heldBackMs ?? 0) : 0))
    harness.endWindow({ window, watermark, last: watermark === Number.POSITIVE_INFINITY })
  }
  for (const [port, targets] of part.targets) {
    const batches = harness.takeBatches(port)
    for (const { operator, port: to } of targets)
      parts
        .find((other) => other.id === operator)
        ?.inputs.get(to)
        ?.push(...batches)
  }
}

async function deploy(run: PipelineRun, document: PipelineDocument, checkpoint: Checkpoint, attempt: number): Promise<Part[]> {
  const propagation = propagate(document, run.manifests)
  const wrong = propagation.problems.find(({ severity }) => severity === 'error')
  if (wrong !== undefined) throw new EngineError('HARNESS_DOCUMENT', `${wrong.place.operator ?? ''}: ${wrong.message}`)
  const { order, upstream } = graphOf(document)
  return Promise.all(
    order.map(async (operator): Promise<Part> => {
      const manifest = manifestOf(run.manifests, operator.type)
      if (manifest === undefined) throw new EngineError('HARNESS_DOCUMENT', `There is no operator type ${operator.type}.`)
      const inputs = manifest.inputs.flatMap(({ name }) => {
        const edge = propagation.inputs.get(`${operator.id}.${name}`)
        return edge === undefined ? [] : [[name, edge] as const]
      })
      const outputs = manifest.outputs.flatMap(({ name }) => {
        const edge = propagation.outputs.get(`${operator.id}.${name}`)
        return edge === undefined ? [] : [[name, edge.schema] as const]
      })
      const targets = new Map(
        outputs.map(([name]) => [
          name,
          document.streams.filter(({ from }) => from.operator === operator.id && from.port === name).flatMap(({ to }) => to),
        ]),
      )
      const module = (await run.operators[operator.type]()) as unknown as OperatorModule
      const state = checkpoint.states.get(operator.id)
      const harness = await createOperatorHarness(module, {
        operatorId: operator.id,
        config: operator.config,
        inputs: Object.fromEntries(inputs),
        outputs: Object.fromEntries(outputs),
        connected: outputs.flatMap(([name]) => ((targets.get(name) ?? []).length > 0 ? [name] : [])),
        files: run.files,
        attempt,
        ...(state === undefined ? {} : { state }),
      })
      return {
        id: operator.id,
        harness,
        inputs: new Map(inputs.map(([name]) => [name, []])),
        targets,
        above: upstream.get(operator.id) ?? [],
      }
    }),
  )
}
