// Planted bugs. Each must be found by the simulator within so many random runs; the numbers are some
// times what was measured. `pitfall` = P1–P25 of the reliability notes or a rule of the specification.
// patches: texts of the sources that are replaced in the bundle under test; options: quirks of the
// simulated edge (operators, executor, store), where the bug would lie outside the core.

const JOB = 'src/job/'

function patch(file, find, replace) {
  return { file, find, replace }
}

export const MUTANTS = [
  {
    id: 'floor-rule',
    pitfall: 'P1 H1',
    says: 'Apex: each operator goes back to its own newest checkpoint and skips what is sent again',
    within: 200,
    patches: [
      patch(
        `${JOB}redeploy.ts`,
        'const snapshot = snapshotAt(draft, id, recovery.cut)',
        'const snapshot = state.checkpoint?.stored[id] ?? snapshotAt(draft, id, recovery.cut)',
      ),
      patch(`${JOB}recovery.ts`, 'if (snapshot === undefined) continue', 'continue'),
      patch(
        'src/container/node.ts',
        "if (item.type === 'end') {\n        this.#turn = at + 1\n        queue.shift()",
        "if ((item.type === 'end' ? item.end.window : item.window) < this.#aligner.window) { queue.shift(); return true }\n      if (item.type === 'end') {\n        this.#turn = at + 1\n        queue.shift()",
      ),
      patch(
        'test/simulation/process.ts',
        'cut: effect.goesOnAfter,\n        suspectUntil',
        'cut: wanted.snapshot?.window ?? effect.goesOnAfter,\n        suspectUntil',
      ),
      patch('test/simulation/invariants.ts', 'snapshot === null || snapshot.window === effect.cut || final,', 'true,'),
    ],
  },
  {
    id: 'late-checkpoints',
    pitfall: 'P2 H5',
    says: 'checkpoints of attempts that are over count',
    within: 1500,
    patches: [
      patch(
        `${JOB}checkpoints.ts`,
        'const current = instance !== undefined && instance.attempt === snapshot.attempt',
        'const current = instance !== undefined',
      ),
    ],
  },
  {
    id: 'nothing-voided',
    pitfall: 'H5',
    says: 'what members have stored of a checkpoint above the cut stays valid',
    within: 400,
    explained:
      'the store writes in order and a member that goes back copies again before those behind it, so the newer snapshot takes the place of the older one in time; recovery.test.ts holds the rule',
    patches: [patch(`${JOB}recovery.ts`, 'if (snapshot === undefined) continue', 'continue')],
  },
  {
    id: 'no-claim',
    pitfall: 'P2 P14 H11',
    says: 'a restarted process deploys without having taken the next manifest number',
    within: 1500,
    patches: [patch(`${JOB}start.ts`, 'if (input.fresh) return beginAt(draft, incident)', 'return beginAt(draft, incident)')],
  },
  {
    id: 'no-exclusion',
    pitfall: 'P2 H11',
    says: 'a manifest replaces one of the same number',
    within: 800,
    options: { storeQuirks: { noExclusion: true } },
  },
  {
    id: 'freed-numbers',
    pitfall: 'P2 H11',
    says: 'a number that retention has freed may be taken by a process that was replaced',
    within: 2000,
    patches: [
      patch(
        'test/simulation/store.ts',
        "return this.#disk.list('manifests').some((path) => Number(path.slice(path.lastIndexOf('/') + 1)) > seq)",
        'return false && seq > 0',
      ),
    ],
  },
  {
    id: 'skipped-numbers',
    pitfall: 'P2 H11',
    says: 'after a failed manifest the next number is taken, past the one a successor has claimed',
    within: 4000,
    patches: [patch(`${JOB}checkpoints.ts`, 'if (state.nextManifest === input.seq + 1) state.nextManifest = input.seq', '')],
  },
  {
    id: 'files-not-synced',
    pitfall: 'P3 D8',
    says: 'files get their name before they are on disk',
    within: 400,
    options: { storeQuirks: { noSync: true } },
  },
  {
    id: 'folders-not-synced',
    pitfall: 'P3 P14 D8',
    says: 'names are not made durable',
    within: 800,
    options: { storeQuirks: { noFolderSync: true } },
  },
  {
    id: 'no-checksum',
    pitfall: 'P3 D8',
    says: 'damaged files are taken for good at the start',
    within: 1500,
    options: { storeQuirks: { noChecksum: true } },
  },
  {
    id: 'commit-early',
    pitfall: 'P4 H8',
    says: 'a sink publishes when it stages',
    within: 20,
    options: { operatorQuirks: { commitEarly: true } },
  },
  {
    id: 'commit-beyond',
    pitfall: 'P4 H8',
    says: 'a sink publishes everything staged when it is told to commit a window',
    within: 200,
    options: { operatorQuirks: { commitBeyond: true } },
  },
  {
    id: 'stage-not-synced',
    pitfall: 'P4 H8',
    says: 'a stage is not on disk when the checkpoint that names it is',
    within: 400,
    options: { operatorQuirks: { stageUnsynced: true } },
  },
  {
    id: 'no-commit-after-restore',
    pitfall: 'P5 H8',
    says: 'sinks are not told again after a restore',
    within: 200,
    patches: [
      patch(
        `${JOB}redeploy.ts`,
        'for (const sink of sinkInstances(draft)) if (members.includes(sink.container)) commitSink(draft, sink.id)',
        '',
      ),
    ],
  },
  {
    id: 'commit-not-idempotent',
    pitfall: 'P5 H8',
    says: 'publishing again writes again',
    within: 40,
    options: { operatorQuirks: { commitTwice: true } },
  },
  {
    id: 'orphans-committed',
    pitfall: 'P4 H8',
    says: 'stages of attempts that are over are published too',
    within: 100,
    options: { operatorQuirks: { commitOrphans: true } },
  },
  {
    id: 'offset-ahead',
    pitfall: 'P6 H9',
    says: 'the position of a source runs ahead of the rows it has given',
    within: 600,
    options: { operatorQuirks: { offsetAhead: true } },
  },
  {
    id: 'lineage-reused',
    pitfall: 'P7 H7',
    says: 'a restore goes on in the same lineage',
    within: 400,
    patches: [
      patch(`${JOB}lineage.ts`, 'Math.max(state.lineage, ...state.manifests.map((candidate) => candidate.lineage)) + 1', 'state.lineage'),
    ],
  },
  {
    id: 'verb-forgotten',
    pitfall: 'P7 H7',
    says: 'sinks are not told what to do with what they published beyond',
    within: 400,
    patches: [patch(`${JOB}redeploy.ts`, 'verb: state.verbs[planned.operator] ?? null', 'verb: null')],
  },
  {
    id: 'verb-lost-with-hold',
    pitfall: 'H7 H32',
    says: 'a verb counts as done although its sink was held (a real bug of this core)',
    within: 6000,
    patches: [patch(`${JOB}redeploy.ts`, "verb === 'fork' || !done.has(operator)", "verb === 'fork' && !done.has(operator)")],
  },
  {
    id: 'suspended-is-stuck',
    pitfall: 'P8 P9 H13',
    says: 'time that the whole process was suspended counts against operators',
    within: 4000,
    patches: [patch(`${JOB}clock.ts`, 'if (gapMs < STOOD_STILL_MS) return', 'return')],
  },
  {
    id: 'idle-is-stuck',
    pitfall: 'P9 L8',
    says: 'an operator without input is taken for stuck',
    within: 400,
    patches: [patch(`${JOB}clock.ts`, ' || !(seen.inputWaits || isBeingMade(draft, id))', '')],
  },
  {
    id: 'no-back-pressure',
    pitfall: 'P10 L8',
    says: 'a log overwrites what a reader has not read',
    within: 40,
    patches: [
      patch(
        'src/stream/logWriter.ts',
        'if (memory.load(readerWord(reader, READER.active)) === 1 && distance',
        'if (memory.load(readerWord(reader, READER.active)) === 2 && distance',
      ),
    ],
  },
  {
    id: 'replay-off-by-one',
    pitfall: 'P11 L6',
    says: 'a replay begins one window late',
    within: 40,
    patches: [
      patch(
        'test/simulation/process.ts',
        'this.#logs.pin(effect.readers, effect.window, effect.skips)',
        'this.#logs.pin(effect.readers, effect.window + 1, effect.skips)',
      ),
    ],
  },
  {
    id: 'no-alignment',
    pitfall: 'P12 H12',
    says: 'an operator ends its window when the first of its inputs has',
    within: 40,
    patches: [patch('src/window/aligner.ts', 'if (!port.parked) return null', 'if (!port.parked) continue')],
  },
  {
    id: 'purge-early',
    pitfall: 'P13 H9',
    says: 'sources let go of rows before the manifest that covers them is durable',
    within: 1500,
    options: { purgesEarly: true },
  },
  {
    id: 'shared-file-deleted',
    pitfall: 'P15',
    says: 'dropping a manifest deletes a file that a newer one names too',
    within: 400,
    patches: [
      patch(
        `${JOB}checkpoints.ts`,
        'snapshot.file !== null && !used.has(snapshot.file) ? [snapshot.file] : [],',
        'snapshot.file !== null ? [snapshot.file] : [],',
      ),
    ],
  },
  {
    id: 'no-budget',
    pitfall: 'P19',
    says: 'failures at one place are never too many',
    within: 400,
    patches: [patch(`${JOB}budget.ts`, 'const MAX_FAILURES = 3', 'const MAX_FAILURES = 1_000_000')],
  },
  {
    id: 'stored-said-early',
    pitfall: 'P20 D8',
    says: 'a snapshot counts as stored before it is written',
    within: 800,
    options: { storeQuirks: { earlyAnswer: true } },
  },
  {
    id: 'logs-not-cut-back',
    pitfall: 'P21 L10',
    says: 'rows that a dead attempt has published stay in its logs',
    within: 100,
    options: { edgeQuirks: { noRewind: true } },
  },
  {
    id: 'ended-before-commit',
    pitfall: 'P22 H17',
    says: 'a run ends before its sinks have committed',
    within: 40,
    patches: [
      patch(`${JOB}checkpoints.ts`, 'if (!sinksDone || state.checkpoint !== null) return', 'if (state.checkpoint !== null) return'),
    ],
  },
  {
    id: 'successor-too-soon',
    pitfall: 'P23 H4',
    says: 'a container counts as dead when it has been told to die',
    within: 40,
    options: { edgeQuirks: { earlyExit: true } },
  },
  {
    id: 'memory-reused',
    pitfall: 'P24 H22',
    says: 'the memory of a snapshot is given away before it is written',
    within: 2000,
    options: { storeQuirks: { lateCopy: true } },
  },
  {
    id: 'silent-fallback',
    pitfall: 'P25 H6',
    says: 'a damaged newest checkpoint is passed over in silence',
    within: 800,
    patches: [patch(`${JOB}start.ts`, 'if (worst !== undefined) {', 'if (worst !== undefined && state.target < 0) {')],
  },
  {
    id: 'no-retention',
    pitfall: 'H2 L7',
    says: 'nobody asks whether the logs still hold what is replayed',
    within: 400,
    options: { edgeQuirks: { noRetention: true, noPin: true } },
  },
  {
    id: 'downstream-kept',
    pitfall: 'H1 D7',
    says: 'only what failed goes back',
    within: 40,
    patches: [patch('src/plan/planRecovery.ts', 'if (restart.has(stream.publisher))', 'if (restart.size < 0)')],
  },
  {
    id: 'opened-apart',
    pitfall: 'H10',
    says: 'each container starts as soon as it is restored',
    within: 400,
    patches: [
      patch(
        `${JOB}redeploy.ts`,
        "if (members.some((container) => state.containers[container].phase !== 'restored')) return",
        "if (!members.some((container) => state.containers[container].phase === 'restored')) return",
      ),
    ],
  },
  {
    id: 'not-planned-again',
    pitfall: 'H5 H10',
    says: 'a checkpoint given up under a recovery leaves it without its cut (a real bug of this core)',
    within: 4000,
    patches: [patch(`${JOB}transition.ts`, '  replanIfCutIsGone(draft)\n', '')],
  },
  {
    id: 'end-not-told',
    pitfall: 'H17',
    says: 'a reader is not told that a stream had ended before the cut while the last checkpoint is written (a real bug of this core)',
    within: 400,
    explained:
      'the store writes in order, so the last checkpoint of the publisher is stored before the one of its reader unless it fails; checkpoints.test.ts holds the rule',
    patches: [
      patch(
        `${JOB}redeploy.ts`,
        '.filter((input) => hadEnded(draft, publisherOf(draft, input.stream), recovery.goesOnAfter))',
        '.filter((input) => endedBy(draft, publisherOf(draft, input.stream), recovery.goesOnAfter))',
      ),
    ],
  },
  {
    id: 'ends-kept',
    pitfall: 'H17',
    says: 'an operator that had finished above the cut stays finished',
    within: 800,
    patches: [
      patch(
        `${JOB}recovery.ts`,
        'const finalAbove = instance.finalWindow !== null && instance.finalWindow > recovery.cut',
        'const finalAbove = false && instance.finalWindow !== null',
      ),
    ],
  },
  {
    id: 'journal-lost',
    pitfall: 'H5 D5',
    says: 'what is journaled does not survive',
    within: 200,
    options: { edgeQuirks: { noJournal: true } },
  },
  {
    id: 'hold-spoils-cut',
    pitfall: 'H32',
    says: 'a hold gives up the checkpoint that the others go back to (a real bug of this core)',
    within: 4000,
    patches: [
      patch(
        `${JOB}recovery.ts`,
        'state.checkpoint !== null && state.checkpoint.window > recovery.cut) giveUpCheckpoint',
        'state.checkpoint !== null) giveUpCheckpoint',
      ),
      patch(`${JOB}transition.ts`, '  replanIfCutIsGone(draft)\n', ''),
    ],
  },
  {
    id: 'stop-never-ends',
    pitfall: 'H17',
    says: 'a stop whose last window had no checkpoint waits for ever',
    within: 4000,
    patches: [patch(`${JOB}clock.ts`, '  extendHold(draft)\n', '')],
  },
  {
    id: 'all-skip',
    pitfall: 'H16',
    says: 'what goes back with one that skips skips too',
    within: 1500,
    patches: [
      patch(
        'src/plan/planRecovery.ts',
        'plan.instances.every((instance) => instance.skips || !restart.has(instance.id))',
        'plan.instances.some((instance) => instance.skips && restart.has(instance.id))',
      ),
    ],
  },
  {
    id: 'settings-at-once',
    pitfall: 'H26',
    says: 'a setting is taken when it comes, not at the window that is journaled',
    within: 400,
    patches: [
      patch(
        'src/container/node.ts',
        'const due = this.#later.findLast(({ from }) => from <= this.#aligner.window)',
        'const due = this.#later.at(-1)',
      ),
    ],
  },
  {
    id: 'settings-forgotten',
    pitfall: 'H26',
    says: 'who is deployed again is not told of changes',
    within: 800,
    patches: [patch(`${JOB}redeploy.ts`, "live: planned.part === 'merge' ? [] : (state.live[planned.operator] ?? []),", 'live: [],')],
  },
  {
    id: 'settings-unconfirmed',
    pitfall: 'H26',
    says: 'the clock does not wait until everybody knows of a change',
    within: 1500,
    patches: [patch(`${JOB}clock.ts`, ' || awaitsConfirmation(state)) return', ') return')],
  },
  {
    id: 'checkpoint-of-skipped',
    pitfall: 'H16',
    says: 'a checkpoint is asked for of a window that somebody has skipped (a real bug of this core)',
    within: 1500,
    patches: [patch(`${JOB}clock.ts`, 'instance.cut < next)', 'instance.cut < Infinity)')],
  },
]

// P16 repartition in flight and P17 edited graphs: not built yet (engine-spec §5). P18 poison rows: real processes, apps/server/test/poison.test.ts.
