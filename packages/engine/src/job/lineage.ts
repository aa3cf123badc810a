/**
 * Going back below what was committed (engine-spec H6, H7): a new lineage that begins at an older
 * manifest. What the sinks have published beyond it needs a verb each.
 *
 * Invariants: windows are never used twice within a lineage; a sink that may have published beyond
 * the manifest is never left without a verb; a manifest that was being written is void from then on.
 */
import type { SinkVerb } from '@belay/run'
import { accept, refuse, type Of } from './answers.ts'
import { giveUpCheckpoint } from './checkpoints.ts'
import { setClock } from './clock.ts'
import { effect, event, setInstance, sinkInstances, type Draft } from './draft.ts'
import { carriedOver } from './live.ts'
import { beginRecovery, nextIncident } from './recovery.ts'
import type { JobState, JournalEntry, KeptManifest } from './state.ts'

export function restoreRun(draft: Draft, command: Of<'restore-run'>): void {
  const { state } = draft
  const manifest = state.manifests.find((candidate) => candidate.seq === command.manifest)
  if (manifest === undefined)
    return refuse(
      draft,
      command,
      'CHECKPOINT_UNKNOWN',
      `There is no checkpoint with manifest ${command.manifest}. It may have been dropped; look at the list again.`,
      { status: 404 },
    )
  const ancestor = isAncestor(state, manifest)
  const verbs: Record<string, SinkVerb> = {}
  for (const sink of sinkInstances(draft)) {
    if (sink.delivery === 'display') continue
    const verb = command.verbs[sink.operator]
    // Committed counts even before the sink has said so: it may have published by now.
    const published = Math.max(state.committed, state.commits[sink.id] ?? 0, sink.delivery === 'at-least-once' ? Infinity : 0)
    if (verb === undefined) {
      if (published > manifest.window || !ancestor)
        return refuse(
          draft,
          command,
          'VERB_MISSING',
          `${sink.operator} may have published windows after ${manifest.window}. Say what happens to them: ${sink.verbs.join(', ')}.`,
          { status: 400 },
        )
      continue
    }
    if (!sink.verbs.includes(verb))
      return refuse(draft, command, 'VERB_UNSUPPORTED', `${sink.operator} cannot ${verb}. It can: ${sink.verbs.join(', ')}.`, {
        status: 400,
      })
    // Rewinding brings back what the branch had published; going on with what is there would miss it.
    if (!ancestor && verb === 'keep')
      return refuse(
        draft,
        command,
        'CHECKPOINT_OTHER_BRANCH',
        `Manifest ${manifest.seq} belongs to lineage ${manifest.lineage}, which was left before w ${manifest.window}: what ${sink.operator} published there since may have been taken back, so it cannot simply go on. Choose rewind or fork, or a checkpoint that both lineages share.`,
      )
    verbs[sink.operator] = verb
  }
  const entry = openLineage(draft, manifest, verbs)
  accept(draft, command, [entry])
  giveUpCheckpoint(draft)
  state.committed = manifest.window
  state.commits = Object.fromEntries(sinkInstances(draft).map((sink) => [sink.id, Math.min(state.commits[sink.id] ?? 0, manifest.window)]))
  state.checkpointWindow = 0
  state.target = manifest.window
  state.targetAtMs = draft.facts.atMs
  if (state.desired !== 'running') state.holdAfter = holdAfterRestart(state)
  const orphans = takeFinals(draft, manifest)
  if (orphans.length > 0) effect(draft, { type: 'delete-snapshots', files: orphans })
  event(draft, { type: 'restored', manifest: manifest.seq, window: manifest.window, lineage: state.lineage, verbs })
  setClock(draft)
  beginRecovery(draft, {
    failed: state.plan.instances.map((instance) => instance.id),
    incident: nextIncident(draft),
    foretold: null,
    why: `restored to w ${manifest.window} by ${command.by}`,
  })
  // Another lineage has not reached anything beyond its base.
  for (const { id } of state.plan.instances) setInstance(draft, id, { reached: manifest.window })
}

/**
 * The state of a new lineage that begins at `manifest`; the caller makes the entry durable before
 * anything else. Damaged manifests and one that is just being written never count from here on.
 */
export function openLineage(draft: Draft, manifest: KeptManifest, verbs: Readonly<Record<string, SinkVerb>>): JournalEntry {
  const { state } = draft
  const voided = [...state.damaged, ...(state.pendingManifest === null ? [] : [state.pendingManifest.seq])]
  const parent = manifest.lineage
  const lineage = Math.max(state.lineage, ...state.manifests.map((candidate) => candidate.lineage)) + 1
  state.lineage = lineage
  state.baseManifest = manifest.seq
  state.forks = { ...state.forks, [lineage]: { parent, window: manifest.window } }
  state.verbs = verbs
  state.live = carriedOver(state.live, manifest.window)
  state.voided = [...state.voided, ...voided]
  return { type: 'lineage', lineage, parent, baseManifest: manifest.seq, window: manifest.window, verbs, voided }
}

/** Where a run that is to stop or pause goes on reading to, when it has just been brought to `target`. */
export function holdAfterRestart(state: Pick<JobState, 'desired' | 'target'>): number | null {
  switch (state.desired) {
    case 'running':
      return null
    case 'paused':
      return state.target
    case 'stopped':
      return state.target + 1
  }
}

/** True if the manifest's window lies on the way from the start to where the run is now. */
function isAncestor(state: JobState, manifest: KeptManifest): boolean {
  let until = Infinity
  for (let lineage = state.lineage; ;) {
    if (manifest.lineage === lineage) return manifest.window <= until
    const fork: JobState['forks'][number] | undefined = state.forks[lineage]
    if (fork === undefined) return false
    until = Math.min(until, fork.window)
    lineage = fork.parent
  }
}

/** Finished is who had finished at the manifest; returns files of later ends that nothing names any more. */
function takeFinals(draft: Draft, manifest: KeptManifest): string[] {
  const { state } = draft
  const named = new Set(state.manifests.flatMap((kept) => Object.values(kept.snapshots).map((snapshot) => snapshot.file)))
  const orphans: string[] = []
  for (const { id } of state.plan.instances) {
    const file = state.instances[id].final?.file ?? null
    if (file !== null && !named.has(file)) orphans.push(file)
    const ended = manifest.finished.includes(id) ? manifest.snapshots[id] : null
    setInstance(draft, id, { finalWindow: ended?.window ?? null, final: ended })
  }
  return orphans
}
