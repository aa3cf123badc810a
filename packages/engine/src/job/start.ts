/**
 * The process has started: from the start, or from what the process before left (L12: all logs are
 * gone, everything restarts at the newest manifest of the lineage, sources seek).
 *
 * Invariants: a damaged newest checkpoint is never passed over in silence (H6, D8), and the one before
 * it is used by itself only if every sink can take back what it has published; otherwise people decide.
 * Nothing is deployed before this process has made sure that no other one of the run can commit.
 */
import type { SinkVerb } from '@belay/run'
import { spendBudget } from './budget.ts'
import { fateUnknown } from './checkpoints.ts'
import { setClock } from './clock.ts'
import { effect, event, exitProcess, setInstance, setStatus, sinkInstances, type Draft } from './draft.ts'
import type { JobInput } from './input.ts'
import { holdAfterRestart, openLineage } from './lineage.ts'
import { beginRecovery, nextIncident, tellFailure } from './recovery.ts'
import { START, type KeptManifest } from './state.ts'

/** What a damaged manifest says when not even its lineage can be read. */
const UNREADABLE = 0
const CLAIM = 'claim'
const CLAIM_RETRY_MS = 1000

export function onRecovered(draft: Draft, input: Extract<JobInput, { type: 'recovered' }>): void {
  const { state } = draft
  state.started = true
  state.manifests = input.manifests.filter((manifest) => !state.voided.includes(manifest.seq))
  state.nextManifest = input.nextManifest
  for (const manifest of input.manifests) {
    if (state.voided.includes(manifest.seq))
      effect(draft, { type: 'delete-manifest', seq: manifest.seq, files: filesOnlyIn(input.manifests, manifest.seq) })
  }
  const own = state.manifests.filter((manifest) => manifest.lineage === state.lineage)
  const newest = own.at(-1) ?? state.manifests.find((manifest) => manifest.seq === state.baseManifest) ?? null
  state.committed = newest?.window ?? 0
  state.commits = newest?.sinks ?? {}
  state.target = state.committed
  for (const [id, ref] of Object.entries(newest?.snapshots ?? {})) {
    if (newest?.finished.includes(id) === true && state.instances[id] !== undefined)
      setInstance(draft, id, { finalWindow: ref.window, final: ref })
  }
  const incident = noteDeath(draft, input)
  if (incident === null) return
  const damaged = input.damaged.filter(
    ({ seq, lineage }) => !state.voided.includes(seq) && (lineage === state.lineage || lineage === UNREADABLE) && seq > (newest?.seq ?? 0),
  )
  state.damaged = damaged.map(({ seq }) => seq)
  if (newest === null && state.baseManifest !== null)
    return needsDecision(draft, `Manifest ${state.baseManifest}, to which this run was restored, cannot be read.`)
  const worst = damaged.at(-1)
  if (worst !== undefined) {
    const what = `The newest checkpoint (manifest ${worst.seq}) is damaged: ${worst.reason}.`
    if (newest === null)
      return needsDecision(draft, `${what} There is none before it, and the run must not begin again from nothing by itself.`)
    if (!everySinkCanRewind(draft)) return needsDecision(draft, `${what} Its output may be published, and a sink cannot take it back.`)
    event(draft, {
      type: 'notice',
      level: 'warning',
      code: 'CHECKPOINT_CORRUPT',
      message: `${what} The one before it (w ${newest.window}) is used; sinks take back what they wrote since.`,
    })
    const verbs = Object.fromEntries(publishing(draft).map((sink): [string, SinkVerb] => [sink.operator, 'rewind']))
    effect(draft, {
      type: 'journal',
      entry: openLineage(draft, newest, verbs),
    })
    event(draft, { type: 'restored', manifest: newest.seq, window: newest.window, lineage: state.lineage, verbs })
  }
  state.holdAfter = holdAfterRestart(state)
  setStatus(draft, 'starting', null)
  state.targetAtMs = draft.facts.atMs
  state.checkpointAtMs = draft.facts.atMs
  state.tickAtMs = draft.facts.atMs
  setClock(draft)
  if (input.fresh) return beginAt(draft, incident)
  claim(draft, newest, incident)
}

/**
 * The end of the process before is a failure as any other, told once: by what it said itself, or else by what was seen.
 * Where nobody in it was the reason it costs no operator anything; its supervisor counts. Null = it was one too many.
 */
function noteDeath(draft: Draft, { died, fresh }: Extract<JobInput, { type: 'recovered' }>): string | null {
  const { state } = draft
  const { death: said } = state
  state.death = null
  if (died === undefined || said?.told === true) return fresh ? START : nextIncident(draft)
  const cause = said?.cause ?? died.cause
  const guilty = said?.instances ?? died.instances
  const row = died.row !== null && guilty.includes(died.row.instance) ? died.row : null
  const incident = tellFailure(draft, guilty, cause, row, died.end)
  return guilty.length === 0 || spendBudget(draft, guilty, cause, row) ? incident : null
}

/**
 * Before anything is deployed the newest manifest is written once more, under the next number: from
 * here on a process of this run that was taken for dead, and has woken, loses that number and with it
 * the right to commit (H11). Otherwise it might win, with output that this process has swept away.
 */
function claim(draft: Draft, base: KeptManifest | null, incident: string): void {
  const { state, facts } = draft
  const manifest: KeptManifest = {
    ...(base ?? START_MANIFEST),
    seq: state.nextManifest,
    lineage: state.lineage,
    attempt: state.attempt + 1,
    atMs: base?.atMs ?? facts.wallMs,
    sha256: '',
  }
  state.nextManifest += 1
  state.claim = { manifest, replaces: base?.seq ?? null, incident }
  writeClaim(draft)
}

function writeClaim(draft: Draft): void {
  const { state } = draft
  if (state.claim !== null)
    effect(draft, { type: 'write-manifest', manifest: state.claim.manifest, parent: state.manifests.at(-1)?.sha256 ?? null })
}

/** The start of a run that has died before its first checkpoint. */
const START_MANIFEST: KeptManifest = {
  seq: 0,
  window: 0,
  lineage: 1,
  attempt: 0,
  atMs: 0,
  durationMs: 0,
  sizeBytes: 0,
  pinned: false,
  sha256: '',
  snapshots: {},
  finished: [],
  sinks: {},
}

export function onClaimStored(draft: Draft, seq: number, sha256: string): void {
  const { state } = draft
  const { claim: claimed } = state
  if (claimed === null || claimed.manifest.seq !== seq) return
  state.claim = null
  // The same checkpoint under two numbers: the older one goes, unless a lineage begins at it.
  const replaced = claimed.replaces === state.baseManifest ? null : claimed.replaces
  state.manifests = [...state.manifests.filter((manifest) => manifest.seq !== replaced), { ...claimed.manifest, sha256 }]
  if (replaced !== null) effect(draft, { type: 'delete-manifest', seq: replaced, files: [] })
  beginAt(draft, claimed.incident)
}

export function onClaimFailed(draft: Draft, input: Extract<JobInput, { type: 'manifest-failed' }>): void {
  const { state } = draft
  if (state.claim === null || state.claim.manifest.seq !== input.seq) return
  if (input.uncertain === true) return exitProcess(draft, ...fateUnknown(input.seq, input))
  const message = `The run cannot go on yet. ${input.message}`
  if (state.reason === null) event(draft, { type: 'notice', level: 'error', code: input.code, message })
  setStatus(draft, 'starting', message)
  effect(draft, { type: 'arm', id: CLAIM, afterMs: CLAIM_RETRY_MS })
}

export function retryClaim(draft: Draft, id: string): void {
  if (id === CLAIM) writeClaim(draft)
}

function beginAt(draft: Draft, incident: string): void {
  const { state } = draft
  beginRecovery(draft, {
    failed: state.plan.instances.map((instance) => instance.id),
    incident,
    foretold: null,
    why: incident === START ? START : 'process restarted',
  })
}

/** Sinks whose output leaves the engine. */
function publishing(draft: Draft): ReturnType<typeof sinkInstances> {
  return sinkInstances(draft).filter((sink) => sink.delivery !== 'display')
}

function everySinkCanRewind(draft: Draft): boolean {
  return publishing(draft).every((sink) => sink.verbs.includes('rewind'))
}

function filesOnlyIn(manifests: Extract<JobInput, { type: 'recovered' }>['manifests'], seq: number): string[] {
  const filesOf = (manifest: (typeof manifests)[number]): string[] =>
    Object.values(manifest.snapshots).flatMap((snapshot) => (snapshot.file === null ? [] : [snapshot.file]))
  const others = new Set(manifests.filter((manifest) => manifest.seq !== seq).flatMap(filesOf))
  return manifests.filter((manifest) => manifest.seq === seq).flatMap((manifest) => filesOf(manifest).filter((file) => !others.has(file)))
}

function needsDecision(draft: Draft, message: string): void {
  setStatus(draft, 'needs-decision', message)
  event(draft, {
    type: 'decision-needed',
    code: 'CHECKPOINT_CORRUPT',
    message,
    choices: ['restore an older checkpoint and say for each sink what happens to its output', 'abort the run'],
  })
}
