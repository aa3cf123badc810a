// Made from apps/server/openapi.json: BELAY_WRITE_OPENAPI=1 npx vitest run apps/server/test/routes.test.ts

export type Accepted = { readonly type: "accepted"; readonly commandId: string }
export type Alert = { readonly id: string; readonly ruleId: string; readonly ruleName: string; readonly severity: "info" | "warning" | "critical"; /** Empty: a test of the rule */ readonly runId: string; readonly pipelineId: string; readonly operator: string | null; readonly condition: string; readonly values: Readonly<Record<string, number | string | null>>; /** ms since the epoch */ readonly sinceMs: number; /** ms since the epoch */ readonly firedAtMs: number; /** ms since the epoch */ readonly resolvedAtMs: number | null; /** Why it is over; null = it is not */ readonly end: "condition" | "no-data" | "run-ended" | "run-deleted" | "rule-changed" | "rule-deleted" | "acknowledged" | null; /** ms since the epoch */ readonly acknowledgedAtMs: number | null; readonly acknowledgedBy: string | null; readonly test: boolean; readonly deliveries: readonly ({ /** Sent as idempotency-key */ readonly id: string; readonly webhookId: string; readonly webhookName: string; readonly event: "run-started" | "run-finished" | "run-stopped" | "run-failed" | "decision-needed" | "failure" | "recovered" | "alert-fired" | "alert-resolved" | "test"; readonly runId: string; readonly state: "waiting" | "delivered" | "given-up" | "dropped"; readonly attempts: number; /** ms since the epoch */ readonly createdAtMs: number; /** When it is tried next, or was decided */ readonly atMs: number; readonly problem: string | null })[] }
export type AlertPreview = { /** ms since the epoch */ readonly fromMs: number; /** ms since the epoch */ readonly toMs: number; /** Runs that there are figures of in that time */ readonly runs: number; readonly firings: readonly ({ readonly runId: string; readonly operator: string | null; /** ms since the epoch */ readonly firedAtMs: number; /** ms since the epoch */ readonly resolvedAtMs: number | null })[]; /** Columns of the condition that are not kept over time */ readonly unknownColumns: readonly (string)[] }
export type AlertRule = { readonly name: string; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; /** Only this run; null = all */ readonly runId: string | null; /** What the condition is asked of: each run, or each operator of it */ readonly scope: "run" | "operator"; /** Only this operator; null = each by itself */ readonly operator: string | null; /** An SQL expression that is true while something is wrong */ readonly condition: string; /** Once it fires it goes on until this is true; null = until the condition is not */ readonly until: string | null; /** The condition must hold this long before it fires */ readonly forMs: number; /** It must be over this long before the alert is resolved */ readonly resolveAfterMs: number; /** What happens while the condition is NULL */ readonly noData: "keep" | "resolve" | "fire"; readonly severity: "info" | "warning" | "critical"; /** Ids of webhooks that are told */ readonly webhooks: readonly (string)[]; readonly enabled: boolean; readonly id: string; /** ms since the epoch */ readonly changedAtMs: number; readonly changedBy: string; readonly problem: string | null }
export type AuditEntry = { readonly seq: number; /** ISO 8601, UTC */ readonly at: string; readonly who: string; readonly via: string; readonly address: string | null; /** Id of the operation */ readonly action: string; readonly target: string; readonly request: Readonly<Record<string, unknown>>; readonly before: string | null; readonly after: string | null; readonly status: number; readonly code: string | null; /** Hash of the entry before */ readonly previous: string; /** SHA-256 of the entry without it */ readonly hash: string }
export type Checkpoint = { /** What `restore` takes */ readonly manifest: number; readonly window: number; readonly lineage: number; readonly attempt: number; readonly atMs: number; /** From the window end at the first source to the manifest on disk */ readonly durationMs: number; readonly sizeBytes: number; readonly pinned: boolean; /** Ends of phases, ms after the checkpoint began; known of kept checkpoints that the present process has taken */ readonly phases?: readonly ({ readonly instance: string; /** All rows of the window had come to it */ readonly endMs: number; /** Its own work at the end of the window was done */ readonly workedMs: number; readonly copiedMs: number; /** No end but a time: what it stood still for the copy, of which the most is made beside the work */ readonly stoodMs: number; /** The store began to write */ readonly writingMs: number; readonly storedMs: number })[] }
export type CheckpointState = { readonly manifest: number; readonly window: number; readonly atMs: number; readonly operators: readonly ({ readonly operator: string; /** hourly#0 where the operator has partitions */ readonly instance: string; readonly window: number; /** 0 = it has no state */ readonly sizeBytes: number; readonly finished: boolean })[] }
export type Delivery = { /** Sent as idempotency-key */ readonly id: string; readonly webhookId: string; readonly webhookName: string; readonly event: "run-started" | "run-finished" | "run-stopped" | "run-failed" | "decision-needed" | "failure" | "recovered" | "alert-fired" | "alert-resolved" | "test"; readonly runId: string; readonly state: "waiting" | "delivered" | "given-up" | "dropped"; readonly attempts: number; /** ms since the epoch */ readonly createdAtMs: number; /** When it is tried next, or was decided */ readonly atMs: number; readonly problem: string | null }
export type Example = { readonly id: string; readonly name: string; readonly description: string; readonly document: PipelineDocument }
export type FileEntry = { readonly name: string; /** As a config takes it: root:path */ readonly file: string; readonly kind: "file" | "folder"; readonly sizeBytes: number }
export type FileInspection = { readonly format: "parquet" | "csv" | "json-lines"; readonly columns: readonly ({ readonly name: string; readonly type: string; readonly nullable: boolean })[]; readonly sample: readonly (Readonly<Record<string, unknown>>)[]; /** null = not known without reading the whole file */ readonly rows: number | null; readonly sizeBytes: number; readonly eventTime: string | null; /** The source that reads it */ readonly operatorType: string; /** A config for that source */ readonly config: Readonly<Record<string, unknown>> }
export type KillPreview = { readonly target: string; readonly killed: readonly (string)[]; readonly restart: readonly ({ readonly operator: string; readonly windowNow: number; readonly cut: number; readonly windowsToReplay: number; readonly rowsToReplay: number | null; readonly reason: "killed" | "same-container" | "downstream" | "not-retained" })[]; readonly unaffected: readonly (string)[]; /** By instance, as the plan of the snapshot names them */ readonly instances: { readonly killed: readonly (string)[]; readonly restart: readonly (string)[] }; readonly cut: number; readonly committedWindow: number; readonly skipped: { readonly from: number; readonly to: number; /** At least so many */ readonly rows: number } | null; readonly sinks: readonly ({ readonly operator: string; readonly duplicates: boolean; readonly sentence: string })[]; readonly expectedMs: { readonly median: number; readonly of: number } | null }
export type NewToken = { readonly id: string; readonly label: string; readonly owner: string; readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData: boolean; readonly useSecrets: boolean; /** ms since the epoch, UTC */ readonly createdAtMs: number; /** ms since the epoch, UTC */ readonly expiresAtMs: number; /** For `Authorization: Bearer`; told once */ readonly text: string }
export type PipelineDocument = { readonly format: number; readonly id: string; readonly name: string; readonly description?: string; readonly parameters: Readonly<Record<string, { readonly type: "string" | "number" | "boolean"; readonly default?: string | number | boolean; readonly label?: string; readonly help?: string }>>; readonly settings: { readonly windowMs: number; readonly checkpointIntervalMs: number; readonly memoryBytes: number; readonly keepCheckpoints?: number; readonly stuckAfterMs?: number; readonly maxResidentBytes?: number }; readonly operators: readonly ({ readonly id: string; readonly type: string; readonly typeVersion: number; readonly name: string; readonly config: Readonly<Record<string, unknown>>; readonly partitions?: number; readonly partitionsParameter?: string; readonly onRowError?: "fail" | "skip"; readonly onFailure?: "replay" | "skip"; readonly isolate?: boolean; readonly fuse?: boolean; readonly group?: string })[]; readonly streams: readonly ({ readonly id: string; readonly from: { readonly operator: string; readonly port: string }; readonly to: readonly ({ readonly operator: string; readonly port: string })[] })[]; readonly layout: Readonly<Record<string, { readonly x: number; readonly y: number }>>; readonly notes?: readonly ({ readonly id: string; readonly text: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number })[]; readonly groups?: readonly ({ readonly id: string; readonly name: string; readonly parent?: string; readonly collapsed?: boolean; readonly colour?: "grey" | "blue" | "teal" | "green" | "violet" | "pink" })[]; readonly tests?: readonly ({ readonly name: string; readonly parameters?: Readonly<Record<string, string | number | boolean>>; readonly steps: readonly ({ readonly rows?: Readonly<Record<string, readonly (Readonly<Record<string, unknown>>)[]>>; readonly watermark?: string | number; readonly kill?: string })[]; readonly expected: Readonly<Record<string, readonly (Readonly<Record<string, unknown>>)[]>> })[] }
export type PipelineItem = { readonly id: string; readonly name: string; /** How many it has */ readonly operators: number; readonly version: number; /** ms since the epoch, UTC */ readonly updatedAtMs: number; readonly planHash: string; readonly problems: { readonly errors: number; readonly warnings: number } }
export type PipelineView = { readonly id: string; readonly document: PipelineDocument; /** Rises by one with each write; also sent as ETag */ readonly version: number; /** ms since the epoch, UTC */ readonly updatedAtMs: number; /** The same for documents that run the same; names and layout do not count */ readonly planHash: string; readonly problems: { readonly errors: number; readonly warnings: number } }
export type OwnOperator = { readonly type: string; readonly typeVersion: number; readonly title: string; /** Changes with its manifest */ readonly version: string }
export type Problem = { /** urn:belay:problem:<code> */ readonly type: string; readonly title: string; readonly status: number; /** What happened, and what to do next */ readonly detail: string; /** What to do about a problem of this code; `detail` may know better */ readonly next: string; /** Stable; what programs should look at */ readonly code: string }
export type Problems = { readonly problems: readonly ({ readonly code: string; readonly severity: "error" | "warning" | "info"; readonly message: string; readonly place: { readonly operator?: string; readonly port?: string; readonly stream?: string; readonly parameter?: string; /** JSON pointer into the operator's config */ readonly configPath?: string; /** Half-open character range within the text at configPath */ readonly range?: { readonly from: number; readonly to: number } }; readonly fixes: readonly ({ readonly kind: string; readonly label: string })[] })[] }
export type Root = { readonly name: string; readonly writable: boolean }
export type RowsKept = { readonly rows: number; /** They had been sent under this key before; nothing was taken now */ readonly repeated: boolean }
export type RunEvent = { readonly type: "run-state"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly state: "starting" | "running" | "recovering" | "degraded" | "pausing" | "paused" | "stopping" | "stopped" | "finished" | "needs-decision" | "failed" | "unreachable"; readonly reason?: string } | { readonly type: "operator-state"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; readonly state: "pending" | "starting" | "restoring" | "replaying" | "running" | "rolling-back" | "stuck" | "down" | "held" | "paused" | "finishing" | "finished" | "failed"; readonly attempt: number; readonly cause?: string; /** The instance whose state it shows, where the operator has several */ readonly partition?: string } | { readonly type: "checkpoint-started"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly window: number } | { readonly type: "checkpoint-completed"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly checkpoint: { /** What `restore` takes */ readonly manifest: number; readonly window: number; readonly lineage: number; readonly attempt: number; readonly atMs: number; /** From the window end at the first source to the manifest on disk */ readonly durationMs: number; readonly sizeBytes: number; readonly pinned: boolean; /** Ends of phases, ms after the checkpoint began; known of kept checkpoints that the present process has taken */ readonly phases?: readonly ({ readonly instance: string; /** All rows of the window had come to it */ readonly endMs: number; /** Its own work at the end of the window was done */ readonly workedMs: number; readonly copiedMs: number; /** No end but a time: what it stood still for the copy, of which the most is made beside the work */ readonly stoodMs: number; /** The store began to write */ readonly writingMs: number; readonly storedMs: number })[] } } | { readonly type: "checkpoint-failed"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly window: number; readonly code: string; readonly message: string } | { readonly type: "committed"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly window: number; readonly manifest: number } | { readonly type: "sink-committed"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; readonly window: number } | { readonly type: "failure"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly incident: string; readonly operators: readonly (string)[]; readonly partitions?: readonly (string)[]; readonly code: string; readonly message: string; readonly stack?: string; readonly row?: string; readonly by?: string; /** The run's whole process died: how it ended, as far as somebody saw it */ readonly process?: { readonly pid: number | null; readonly exitCode: number | null; readonly signal: string | null; /** From its end to this event */ readonly downMs: number | null } } | { readonly type: "recovery-planned"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly incident: string; readonly attempt: number; readonly cut: number; readonly restart: readonly (string)[]; readonly partitions?: readonly (string)[]; readonly foretold?: readonly (string)[]; readonly reason?: string; /** Windows left out by operators with `onFailure: skip` */ readonly skipped?: { readonly from: number; readonly to: number; /** At least so many */ readonly rows: number } } | { readonly type: "config-set"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; /** From which on it holds */ readonly window: number; readonly by: string; /** By config key: what differs from the document */ readonly values: Readonly<Record<string, string | number | boolean>>; /** By config key: what differs from the document */ readonly before: Readonly<Record<string, string | number | boolean>> } | { readonly type: "checkpoint-interval-set"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly by: string; readonly intervalMs: number; readonly before: number } | { readonly type: "on-row-error-set"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; readonly by: string; readonly action: "fail" | "skip"; readonly before: "fail" | "skip" } | { readonly type: "row-error-rule-set"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; readonly by: string; /** Left out from now on, or no longer */ readonly skip: boolean; readonly kind: "error" | "row"; readonly code?: string; readonly shape?: string; /** Its mark; only with see-data */ readonly row?: string } | { readonly type: "log-level-set"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; readonly by: string; readonly level: "debug" | "info" | "warning" | "error"; readonly before: "debug" | "info" | "warning" | "error" } | { readonly type: "recovered"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly incident: string; readonly durations: { readonly undeployedMs: number | null; readonly restoredMs: number | null; readonly firstNewRowMs: number | null; readonly caughtUpMs: number } } | { readonly type: "command-accepted"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly commandId: string; readonly command: string; readonly by: string; readonly operator?: string } | { readonly type: "row-error"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly operator: string; readonly window: number; readonly code: string; readonly message: string; readonly row?: string; readonly action: "fail" | "skip" | "error-output"; readonly count: number } | { readonly type: "restored"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly manifest: number; readonly window: number; readonly lineage: number; readonly verbs: Readonly<Record<string, string>> } | { readonly type: "decision-needed"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly code: string; readonly message: string; readonly choices: readonly (string)[] } | { readonly type: "process-started"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly pid: number; readonly attempt: number; readonly adopted: boolean } | { readonly type: "notice"; /** Without gaps in a run */ readonly seq: number; readonly atMs: number; readonly level: "info" | "warning" | "error"; readonly code: string; readonly message: string; readonly operator?: string }
export type RunHistory = { readonly stepMs: number; /** Beginnings of the steps, ms since the epoch */ readonly times: readonly (number)[]; /** A mean for each time; null = nothing is known of it */ readonly run: { readonly rowsInPerSecond: readonly (number | null)[]; readonly windowsBehind: readonly (number | null)[]; readonly sharedBytes: readonly (number | null)[]; readonly residentBytes: readonly (number | null)[] }; readonly operators: Readonly<Record<string, { readonly rowsInPerSecond: readonly (number | null)[]; readonly rowsOutPerSecond: readonly (number | null)[]; readonly busy: readonly (number | null)[]; readonly blocked: readonly (number | null)[]; readonly stateSizeBytes: readonly (number | null)[]; readonly windowsBehind: readonly (number | null)[] }>> }
export type RunStanding = { readonly atMs: number; /** Newest event up to the moment; 0 = none */ readonly seq: number; /** null = no event tells */ readonly state: "starting" | "running" | "recovering" | "degraded" | "pausing" | "paused" | "stopping" | "stopped" | "finished" | "needs-decision" | "failed" | "unreachable" | null; readonly reason: string | null; readonly committedWindow: number; /** Of the newest complete checkpoint */ readonly checkpointWindow: number; /** Those of which an event tells */ readonly operators: Readonly<Record<string, { readonly state: "pending" | "starting" | "restoring" | "replaying" | "running" | "rolling-back" | "stuck" | "down" | "held" | "paused" | "finishing" | "finished" | "failed"; readonly attempt: number; readonly cause: string | null }>> }
export type RunRecord = { readonly runId: string; readonly pipelineId: string; readonly pipelineName: string; readonly startedAtMs: number; readonly startedBy: string; readonly endedAtMs: number | null; readonly state: "starting" | "running" | "recovering" | "degraded" | "pausing" | "paused" | "stopping" | "stopped" | "finished" | "needs-decision" | "failed" | "unreachable"; readonly reason: string | null; readonly isolation?: { readonly level: "none" | "process" | "namespace"; readonly network: boolean; /** Of its control group; absent = it has none */ readonly limits?: { readonly memoryBytes: number; readonly tasks: number } } }
export type RunSnapshot = { readonly runId: string; readonly pipelineId: string; readonly document: PipelineDocument; readonly parameters: Readonly<Record<string, string | number | boolean>>; readonly startedAtMs: number; /** Of the newest event included */ readonly seq: number; readonly figures: { readonly state: "starting" | "running" | "recovering" | "degraded" | "pausing" | "paused" | "stopping" | "stopped" | "finished" | "needs-decision" | "failed" | "unreachable"; readonly reason?: string; readonly lineage: number; readonly attempt: number; readonly targetWindow: number; readonly committedWindow: number; readonly uptimeMs: number; /** Where it is other than the document's */ readonly checkpointIntervalMs?: number; readonly sharedBytes: number; readonly memoryBytes: number; readonly residentBytes: number; readonly operators: Readonly<Record<string, { readonly state: "pending" | "starting" | "restoring" | "replaying" | "running" | "rolling-back" | "stuck" | "down" | "held" | "paused" | "finishing" | "finished" | "failed"; readonly cause?: string; readonly attempt: number; readonly container: string; /** Shares of the last second */ readonly activity: { readonly busy: number; readonly blocked: number; readonly starved: number; readonly idle: number }; readonly blockedOn?: string; readonly rowsIn: number; readonly rowsOut: number; readonly rowsInPerSecond: number; readonly rowsOutPerSecond: number; readonly window: number; readonly checkpointWindow: number; /** Event time in ms since the epoch */ readonly watermark: number | null; readonly stateSizeBytes: number; readonly rowErrors: number; /** Share of its fullest input log that it has not read */ readonly queue?: number; readonly reachedWindow?: number; readonly live?: { readonly from: number; /** By config key: what differs from the document */ readonly values: Readonly<Record<string, string | number | boolean>> }; readonly skippedWindows?: number; readonly stagedBytes?: number; readonly progress?: number; readonly extra?: Readonly<Record<string, number>>; readonly onRowError?: "fail" | "skip"; readonly logLevel?: "debug" | "info" | "warning" | "error"; readonly partitions?: readonly ({ /** Instance id */ readonly id: string; readonly state: "pending" | "starting" | "restoring" | "replaying" | "running" | "rolling-back" | "stuck" | "down" | "held" | "paused" | "finishing" | "finished" | "failed"; readonly cause?: string; readonly attempt: number; readonly container: string; /** Shares of the last second */ readonly activity: { readonly busy: number; readonly blocked: number; readonly starved: number; readonly idle: number }; readonly blockedOn?: string; readonly rowsIn: number; readonly rowsOut: number; readonly rowsInPerSecond: number; readonly rowsOutPerSecond: number; readonly window: number; readonly checkpointWindow: number; /** Event time in ms since the epoch */ readonly watermark: number | null; readonly stateSizeBytes: number; readonly rowErrors: number; /** Share of its fullest input log that it has not read */ readonly queue?: number; readonly reachedWindow?: number })[] }>>; readonly streams: Readonly<Record<string, { readonly rowsPerSecond: number; readonly fill: number | null; readonly pinned: boolean }>>; /** Streams of the plan that are only a part of one of the document, by their id in the plan */ readonly planStreams?: Readonly<Record<string, { readonly rowsPerSecond: number; readonly fill: number | null }>> }; readonly checkpoints: readonly ({ /** What `restore` takes */ readonly manifest: number; readonly window: number; readonly lineage: number; readonly attempt: number; readonly atMs: number; /** From the window end at the first source to the manifest on disk */ readonly durationMs: number; readonly sizeBytes: number; readonly pinned: boolean; /** Ends of phases, ms after the checkpoint began; known of kept checkpoints that the present process has taken */ readonly phases?: readonly ({ readonly instance: string; /** All rows of the window had come to it */ readonly endMs: number; /** Its own work at the end of the window was done */ readonly workedMs: number; readonly copiedMs: number; /** No end but a time: what it stood still for the copy, of which the most is made beside the work */ readonly stoodMs: number; /** The store began to write */ readonly writingMs: number; readonly storedMs: number })[] })[]; readonly events: readonly (RunEvent)[]; readonly tables: Readonly<Record<string, { readonly columns: readonly ({ readonly name: string; readonly type: string })[]; readonly rows: readonly (readonly (string | number | boolean | null)[])[]; readonly total: number; readonly window: number; readonly version: number }>>; readonly containers: readonly ({ readonly id: string; readonly operators: readonly (string)[]; readonly instances: readonly (string)[] })[]; readonly plan?: { readonly instances: readonly ({ readonly id: string; readonly operator: string; readonly part: "whole" | "partition" | "merge"; readonly container: string; /** Of the 128: those whose rows come to it */ readonly keyGroups?: { readonly first: number; readonly last: number } })[]; readonly streams: readonly ({ readonly id: string; /** The document's stream; null = from partitions to their unifier */ readonly edge: string | null; /** Instance */ readonly from: string; /** Instances */ readonly to: readonly (string)[]; readonly share: "all" | "key" | "spread"; readonly columns?: readonly (string)[] })[] }; /** Of a run that has ended: absolute paths of what its sinks have written */ readonly outputs?: readonly (string)[] }
export type Secret = { readonly name: string; /** ms since the epoch, UTC */ readonly changedAtMs: number; readonly changedBy: string; /** That refer to it */ readonly pipelines: readonly ({ readonly id: string; readonly name: string })[]; /** Ids of runs that go on with it */ readonly runs: readonly (string)[]; /** Names of webhooks that sign with it */ readonly webhooks: readonly (string)[] }
export type OidcBegun = { /** Of the service, with all that it has to know */ readonly url: string }
export type Session = { /** Whether people sign in here */ readonly signIn: boolean; /** There is no user with a password yet */ readonly setupNeeded: boolean; /** A service where people sign in as well, as the button names it */ readonly oidc: { readonly label: string } | null; readonly user: { readonly name: string; readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData: boolean; readonly useSecrets: boolean; /** Where they sign in instead of here; null = here */ readonly issuer: string | null } | null; readonly rights: readonly (string)[] }
export type SavedVersion = { readonly version: number; readonly savedAtMs: number; readonly name: string | null }
export type Started = { readonly runId: string }
export type StateChanges = { readonly instance: string; /** All that it has declared */ readonly states: readonly ({ readonly name: string; readonly kind: "table" | "multimap" | "list" | "value"; /** Keys of a table or multimap, entries of a list, 1 of a value */ readonly size: number; readonly key: readonly ({ readonly name: string; readonly type: string })[]; readonly value: readonly ({ readonly name: string; readonly type: string })[] })[]; /** The one shown; null = it has none */ readonly state: string | null; readonly added: number; readonly removed: number; readonly changed: number; /** Changed keys, then added ones, then removed ones */ readonly changes: readonly ({ readonly kind: "added" | "removed" | "changed"; readonly key: readonly (string | number | boolean | null)[]; readonly before: { readonly key: readonly (string | number | boolean | null)[]; /** One row of values; of a multimap the first 20 of the key */ readonly rows: readonly (readonly (string | number | boolean | null)[])[]; /** Rows of the key beyond those */ readonly more: number } | null; readonly after: { readonly key: readonly (string | number | boolean | null)[]; /** One row of values; of a multimap the first 20 of the key */ readonly rows: readonly (readonly (string | number | boolean | null)[])[]; /** Rows of the key beyond those */ readonly more: number } | null })[]; /** `from` of the next page; null = there is none */ readonly next: number | null }
export type StatePage = { readonly instance: string; /** All that it has declared */ readonly states: readonly ({ readonly name: string; readonly kind: "table" | "multimap" | "list" | "value"; /** Keys of a table or multimap, entries of a list, 1 of a value */ readonly size: number; readonly key: readonly ({ readonly name: string; readonly type: string })[]; readonly value: readonly ({ readonly name: string; readonly type: string })[] })[]; /** The one shown; null = it has none */ readonly state: string | null; /** In the order in which they are stored */ readonly entries: readonly ({ readonly key: readonly (string | number | boolean | null)[]; /** One row of values; of a multimap the first 20 of the key */ readonly rows: readonly (readonly (string | number | boolean | null)[])[]; /** Rows of the key beyond those */ readonly more: number })[]; /** `from` of the next page; null = there is none */ readonly next: number | null }
export type TestResult = { readonly name: string; /** invalid: the test cannot be run as it is written */ readonly outcome: "passed" | "failed" | "invalid"; /** Why, where it is not about rows */ readonly message: string | null; readonly wallMs: number; readonly ports: readonly ({ readonly port: string; /** null = the test says nothing about it */ readonly expected: number | null; readonly got: number; readonly matched: number; readonly changed: readonly ({ readonly expected: Readonly<Record<string, unknown>>; readonly got: Readonly<Record<string, unknown>>; readonly columns: readonly (string)[] })[]; readonly missing: readonly (Readonly<Record<string, unknown>>)[]; readonly unexpected: readonly (Readonly<Record<string, unknown>>)[]; /** The first 200 that came */ readonly rows: readonly (Readonly<Record<string, unknown>>)[] })[] }
export type ThreadProfile = { readonly instance: string; readonly container: string; /** What a `.cpuprofile` file holds; times in µs */ readonly profile: { readonly nodes: readonly ({ readonly id: number; readonly callFrame: { readonly functionName: string; readonly scriptId: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number }; readonly hitCount: number; readonly children?: readonly (number)[] })[]; readonly startTime: number; readonly endTime: number; readonly samples: readonly (number)[]; readonly timeDeltas: readonly (number)[] } }
export type KeyHistory = { readonly instance: string; readonly state: string | null; readonly key: readonly ({ readonly name: string; readonly type: string })[]; readonly value: readonly ({ readonly name: string; readonly type: string })[]; /** Oldest first */ readonly checkpoints: readonly ({ readonly manifest: number; readonly window: number; readonly lineage: number; readonly atMs: number; /** null = the key was not there */ readonly entry: { readonly key: readonly (string | number | boolean | null)[]; /** One row of values; of a multimap the first 20 of the key */ readonly rows: readonly (readonly (string | number | boolean | null)[])[]; /** Rows of the key beyond those */ readonly more: number } | null })[] }
export type LogPage = { /** Oldest first */ readonly lines: readonly ({ /** Where it lies in the run's log: rises, not by one */ readonly at: number; /** Wall clock, ms since the epoch */ readonly atMs: number; readonly level: "debug" | "info" | "warning" | "error"; /** operator: through ctx.log; engine: about the operator */ readonly from: "operator" | "console" | "engine"; readonly operator: string; /** hourly#1 where the operator has partitions */ readonly instance: string; /** In work; one that is replayed writes again, with another attempt */ readonly window: number; readonly attempt: number; /** A long one is cut off and ends in …; values of secrets are taken out */ readonly text: string; readonly fields?: Readonly<Record<string, string | number | boolean | null>> })[]; /** `from` for what comes later */ readonly next: number; /** `before` for what is older; null = nothing is */ readonly previous: number | null; /** What operators wrote is left out: it may hold rows, and the right see-data is missing */ readonly engineOnly: boolean }
export type PeekSample = { readonly stream: string; readonly columns: readonly ({ readonly name: string; readonly type: string })[]; /** Oldest first; not committed. Long texts are cut off and end in … */ readonly rows: readonly ({ readonly window: number; readonly kind: "insert" | "update-before" | "update-after" | "delete"; readonly cells: readonly (string | number | boolean | null)[] })[]; /** At the coarsest one row in so many was taken; null = none passed */ readonly every: number | null; /** Rows that went by, the taken ones included */ readonly seen: number }
export type RowErrors = { /** The one of the newest row first */ readonly groups: readonly ({ readonly id: string; readonly operator: string; readonly code: string; /** What the messages have in common: numbers are #, texts in quotes … */ readonly shape: string; /** Of the newest one */ readonly message: string; /** fail: the operator failed on it */ readonly action: "skip" | "error-output" | "fail"; /** Rows; for fail failures. What is replayed counts once */ readonly count: number; readonly first: { readonly window: number; readonly atMs: number }; readonly last: { readonly window: number; readonly atMs: number }; /** The newest 20 at most, newest first; none without see-data */ readonly rows: readonly ({ readonly window: number; readonly atMs: number; /** JSON; a long one is cut off */ readonly row: string; /** Names rows that are equal, for a rule */ readonly mark: string })[] })[]; /** What is left out although the operator fails on other rows; those of single rows only with see-data */ readonly rules: readonly ({ readonly operator: string; readonly rule: { readonly kind: "error"; readonly code: string; readonly shape: string } | { readonly kind: "row"; /** The mark of the row */ readonly row: string } })[] }
export type ThreadStack = { readonly instance: string; readonly container: string; /** Instance whose code it was in, which may be another one of the container; null = the engine's own */ readonly at: string | null; /** Innermost first; null = it did not answer in time: it was inside a system call or native code, or the machine is very busy */ readonly frames: readonly ({ readonly name: string; /** Relative to the installation */ readonly file: string; readonly line: number; readonly column: number })[] | null; /** What of the kernel it waits in, where that is known */ readonly waitsIn: string | null }
export type TryStarted = { readonly runId: string; /** When it ends by itself, ms since the epoch */ readonly endsAtMs: number }
export type ScriptColumns = { readonly columns: readonly ({ readonly name: string; readonly type: string; readonly nullable: boolean })[]; /** That the script gave for the sample */ readonly rows: number; /** What it could not process of the sample; only with see-data */ readonly errors: readonly ({ readonly message: string; readonly count: number })[] }
export type WrittenRows = { /** root:path */ readonly file: string; readonly rows: number }
export type UploadedFile = { /** As a config takes it: root:path */ readonly file: string; readonly sizeBytes: number }
export type Token = { readonly id: string; readonly label: string; readonly owner: string; readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData: boolean; readonly useSecrets: boolean; /** ms since the epoch, UTC */ readonly createdAtMs: number; /** ms since the epoch, UTC */ readonly expiresAtMs: number }
export type User = { readonly name: string; readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData: boolean; readonly useSecrets: boolean; /** ms since the epoch, UTC */ readonly createdAtMs: number; /** Where they sign in instead of here; null = here */ readonly issuer: string | null }
export type Webhook = { readonly name: string; /** Who may not change webhooks sees its origin only */ readonly url: string; /** Events of runs that it is told */ readonly events: readonly ("run-started" | "run-finished" | "run-stopped" | "run-failed" | "decision-needed" | "failure" | "recovered" | "alert-fired" | "alert-resolved" | "test")[]; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; readonly enabled: boolean; /** A secret to sign with (Standard Webhooks); naming one needs the grant use-secrets */ readonly signWith?: { readonly secret: string } | null; readonly id: string; /** ms since the epoch */ readonly changedAtMs: number; readonly changedBy: string }

export type ProblemCode =
  | 'NOT_FOUND'
  | 'PIPELINE_UNKNOWN'
  | 'VERSION_UNKNOWN'
  | 'RUN_UNKNOWN'
  | 'TEST_UNKNOWN'
  | 'OPERATOR_UNKNOWN'
  | 'CHECKPOINT_UNKNOWN'
  | 'STREAM_UNKNOWN'
  | 'STATE_UNKNOWN'
  | 'USER_UNKNOWN'
  | 'TOKEN_UNKNOWN'
  | 'ALERT_UNKNOWN'
  | 'ALERT_RULE_UNKNOWN'
  | 'WEBHOOK_UNKNOWN'
  | 'SECRET_UNKNOWN'
  | 'EXAMPLE_UNKNOWN'
  | 'FOLDER_NOT_FOUND'
  | 'FILE_NOT_FOUND'
  | 'REQUEST_INVALID'
  | 'DOCUMENT_INVALID'
  | 'DOCUMENT_NEWER'
  | 'PARAMETERS_INVALID'
  | 'ALERT_RULE_INVALID'
  | 'WEBHOOK_INVALID'
  | 'RUN_ID_INVALID'
  | 'FILE_NAME_REFUSED'
  | 'FILE_FORMAT_UNKNOWN'
  | 'FILE_UNREADABLE'
  | 'INTERVAL_INVALID'
  | 'VERB_MISSING'
  | 'VERB_UNSUPPORTED'
  | 'STATE_TOO_LARGE'
  | 'FILE_TOO_LARGE'
  | 'BODY_TOO_LARGE'
  | 'CONTENT_TYPE_REFUSED'
  | 'OPERATOR_INVALID'
  | 'PROGRAM_INVALID'
  | 'PIPELINE_HAS_ERRORS'
  | 'ROWS_INVALID'
  | 'INGEST_KEY_REUSED'
  | 'SECRET_INVALID'
  | 'PASSWORD_WEAK'
  | 'TOO_MANY_REQUESTS'
  | 'INGEST_FULL'
  | 'PEEK_LIMIT'
  | 'TOO_MANY_MESSAGES'
  | 'NO_INGEST'
  | 'TOO_MANY_ROW_ERROR_RULES'
  | 'TOO_MANY_RULES'
  | 'TOO_MANY_WEBHOOKS'
  | 'PIPELINE_EXISTS'
  | 'RUN_EXISTS'
  | 'RUN_ENDED'
  | 'RUN_NOT_ENDED'
  | 'PROFILE_BUSY'
  | 'THREAD_GONE'
  | 'PREVIEW_CHANGED'
  | 'OPERATOR_DOWN'
  | 'OPERATOR_HELD'
  | 'PARTITION_HELD'
  | 'CHECKPOINT_OTHER_BRANCH'
  | 'OPERATOR_NOT_HELD'
  | 'ALREADY_STOPPING'
  | 'TEST_STOPPED'
  | 'NOT_RUNNING'
  | 'NOT_PAUSED'
  | 'NEEDS_DECISION'
  | 'USER_ELSEWHERE'
  | 'USER_EXISTS'
  | 'SECRET_IN_USE'
  | 'SECRET_MISSING'
  | 'SECRETS_KEY_GIVEN'
  | 'LAST_ADMIN'
  | 'VERSION_MISSING'
  | 'VERSION_STALE'
  | 'HOST_REFUSED'
  | 'ORIGIN_REFUSED'
  | 'ROOT_READ_ONLY'
  | 'RIGHT_MISSING'
  | 'SIGN_IN_NEEDED'
  | 'INGEST_SENDER_REFUSED'
  | 'SIGN_IN_FAILED'
  | 'SESSION_NEEDED'
  | 'OIDC_EXPIRED'
  | 'OIDC_REFUSED'
  | 'OIDC_NO_ROLE'
  | 'SETUP_REFUSED'
  | 'OIDC_CONFIG_INVALID'
  | 'BIND_REFUSED'
  | 'RUN_UNREACHABLE'
  | 'OIDC_UNREACHABLE'
  | 'THREAD_SILENT'
  | 'INSPECTOR_REFUSED'
  | 'STATE_BUSY'
  | 'STATE_UNREADABLE'
  | 'STATE_DAMAGED'
  | 'SNAPSHOT_MISSING'
  | 'SNAPSHOT_CORRUPT'
  | 'INGEST_CLOSED'
  | 'INGEST_HELD'
  | 'INGEST_DISK_FULL'
  | 'INGEST_SECRET_GONE'
  | 'INGEST_FAILED'
  | 'RUN_PROCESS_DIED'
  | 'RUN_PROCESS_SILENT'
  | 'RUN_PROCESS_UNKILLABLE'
  | 'RUN_FOLDER_DAMAGED'
  | 'NOT_BUILT'
  | 'SOCKET_PATH_TOO_LONG'
  | 'SOCKET_FOLDER_FOREIGN'
  | 'HOME_NOT_WRITABLE'
  | 'SECRETS_KEY_OPEN'
  | 'SECRETS_KEY_INVALID'
  | 'SECRETS_KEY_MISSING'
  | 'SECRETS_KEY_WRONG'
  | 'BACKUP_EXISTS'
  | 'BACKUP_FOLDER'
  | 'BACKUP_DAMAGED'
  | 'BACKUP_UNSETTLED'
  | 'HOME_NOT_EMPTY'
  | 'HOME_IN_USE'
  | 'DATABASE_DAMAGED'
  | 'DATABASE_NEWER'
  | 'PORT_TAKEN'
  | 'SERVER_UNREACHABLE'
  | 'DISK_FULL'
  | 'INTERNAL'

/** By operationId. */
export interface Operations {
  /** Who asks, and what they may do */
  readSession: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: Session
  }
  /** Sign in; the answer sets a cookie */
  signIn: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly name: string; readonly password: string }
    answer: undefined
  }
  /** Sign out */
  signOut: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** The first user, with the link that the server printed; signs in as well */
  setUp: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly secret: string; /** Small letters, digits, . _ @ - */ readonly name: string; readonly password: string }
    answer: undefined
  }
  /** Change the own password; other sessions end */
  changeOwnPassword: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly current: string; readonly next: string }
    answer: undefined
  }
  /** Users and their roles */
  listUsers: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (User)[]
  }
  /** Add a user */
  addUser: {
    path: undefined
    query: undefined
    headers: undefined
    body: { /** Small letters, digits, . _ @ - */ readonly name: string; readonly password: string; readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData?: boolean; readonly useSecrets?: boolean }
    answer: User
  }
  /** Change a user's role and grants, at once, for sessions and tokens too */
  changeUser: {
    path: { readonly name: string }
    query: undefined
    headers: undefined
    body: { readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData: boolean; /** Absent: as it is */ readonly useSecrets?: boolean }
    answer: User
  }
  /** Remove a user, with sessions and tokens */
  removeUser: {
    path: { readonly name: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** Own tokens; administrators see all */
  listTokens: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (Token)[]
  }
  /** A token for a program; its text is told once */
  createToken: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly label: string; readonly role: "viewer" | "operator" | "designer" | "admin"; readonly seeData?: boolean; readonly useSecrets?: boolean; /** How long it is valid */ readonly days: number }
    answer: NewToken
  }
  /** Revoke a token */
  revokeToken: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** Begin to sign in at the configured service: where to go; the answer sets a cookie */
  beginOidc: {
    path: undefined
    query: undefined
    headers: undefined
    body: { /** Path of the page to come back to */ readonly returnTo?: string }
    answer: OidcBegun
  }
  /** Who changed what, newest first */
  listAudit: {
    path: undefined
    query: { readonly text?: string; readonly limit?: number }
    headers: undefined
    body: undefined
    answer: readonly (AuditEntry)[]
  }
  /** The whole log as JSON lines, as `belay audit verify` reads it */
  exportAudit: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: string
  }
  /** All pipelines, newest first */
  listPipelines: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (PipelineItem)[]
  }
  /** Create a pipeline */
  createPipeline: {
    path: undefined
    query: undefined
    headers: undefined
    body: { /** A pipeline document; older formats are brought forward */ readonly document: unknown }
    answer: PipelineView
  }
  /** One pipeline */
  readPipeline: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: PipelineView
  }
  /** Change a pipeline; If-Match names the version read */
  writePipeline: {
    path: { readonly id: string }
    query: undefined
    headers: { readonly 'if-match'?: string }
    body: { /** A pipeline document; older formats are brought forward */ readonly document: unknown }
    answer: PipelineView
  }
  /** Delete a pipeline; its runs stay */
  deletePipeline: {
    path: { readonly id: string }
    query: undefined
    headers: { readonly 'if-match'?: string }
    body: undefined
    answer: undefined
  }
  /** Everything wrong with a stored pipeline */
  validatePipeline: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: Problems
  }
  /** Everything wrong with a document */
  validateDocument: {
    path: undefined
    query: undefined
    headers: undefined
    body: { /** A pipeline document; older formats are brought forward */ readonly document: unknown }
    answer: Problems
  }
  /** Pipelines to begin with */
  listExamples: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (Example)[]
  }
  /** The example as a pipeline of your own; the one that is there if it has been opened before */
  openExample: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: PipelineView
  }
  /** Folders that operators may name files in */
  listRoots: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (Root)[]
  }
  /** What lies in a folder of a root: folders first, at most 1000 entries */
  listFiles: {
    path: undefined
    query: { readonly root: string; readonly path?: string }
    headers: undefined
    body: undefined
    answer: readonly (FileEntry)[]
  }
  /** Brings a file into a root; where the name is taken, it gets a number */
  uploadFile: {
    path: undefined
    query: { readonly file: string }
    headers: undefined
    body: undefined
    answer: UploadedFile
  }
  /** Columns and first rows of a file, and the source that reads it */
  inspectFile: {
    path: undefined
    query: undefined
    headers: undefined
    body: { /** root:path; of a folder or a pattern the first file */ readonly file: string; /** At most so many first rows */ readonly sampleRows?: number }
    answer: FileInspection
  }
  /** All runs but tries, newest first */
  listRuns: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (RunRecord)[]
  }
  /** Start a run; the same commandId starts one run only */
  startRun: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly pipelineId?: string; /** Instead of pipelineId: a document that is not stored */ readonly document?: unknown; /** Values for the pipeline's parameters; missing ones take their default */ readonly parameters?: Readonly<Record<string, string | number | boolean>>; /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId?: string }
    answer: Started
  }
  /** One run */
  readRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: RunRecord
  }
  /** Delete a run that has ended, with its checkpoints; what its sinks wrote stays */
  deleteRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** Everything about a run now; of one that has ended, as it was at the end */
  readRunSnapshot: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: RunSnapshot
  }
  /** Events after a sequence number, oldest first */
  listRunEvents: {
    path: { readonly id: string }
    query: { readonly after?: number; readonly limit?: number }
    headers: undefined
    body: undefined
    answer: readonly (RunEvent)[]
  }
  /** Kept checkpoints, oldest first */
  listCheckpoints: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (Checkpoint)[]
  }
  /** Take a checkpoint now; a pinned one is kept until the run is deleted */
  takeCheckpoint: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; readonly pin?: boolean }
    answer: Accepted
  }
  /** What a kill of an operator would do now */
  previewKill: {
    path: { readonly id: string }
    query: { readonly operator: string }
    headers: undefined
    body: undefined
    answer: KillPreview
  }
  /** End a run */
  stopRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; /** stop: cut at the next window, checkpoint, commit. drain: as if the sources had ended. abort: end at once, discard what is not committed. */ readonly mode?: "stop" | "drain" | "abort" }
    answer: Accepted
  }
  /** Read nothing until resumed */
  pauseRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string }
    answer: Accepted
  }
  /** Go on after a pause; or, when its cause is gone, after a failure, from the last checkpoint */
  resumeRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string }
    answer: Accepted
  }
  /** Kill the run process as SIGKILL would; it comes back. One that is down is tried again at once. */
  killRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string }
    answer: Accepted
  }
  /** Another time between checkpoints while the run goes on; it is journaled */
  setCheckpointInterval: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; readonly intervalMs: number }
    answer: Accepted
  }
  /** Go back to a checkpoint, with a verb for each sink that has published beyond it */
  restoreRun: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; /** As the list of checkpoints names it */ readonly manifest: number; /** By sink: undo its output, write elsewhere from now on, or leave it and accept duplicates */ readonly verbs: Readonly<Record<string, "rewind" | "fork" | "keep">> }
    answer: Accepted
  }
  /** Kill an operator as a crash would; with `hold` it stays down until restored */
  killOperator: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; readonly hold?: boolean; /** The restart set that the preview showed: 409 with the new preview if it no longer holds */ readonly expect?: readonly (string)[] }
    answer: Accepted
  }
  /** Change live settings of a running operator, from the end of a window on; the value of the document ends the difference */
  setConfig: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; /** By config key, e.g. `{"rowsPerSecond": 500}` */ readonly values: Readonly<Record<string, string | number | boolean>> }
    answer: Accepted
  }
  /** What happens to rows from now on that an operator cannot process and nobody takes from its errors output; it is journaled */
  setOnRowError: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; readonly action: "fail" | "skip" }
    answer: Accepted
  }
  /** Leave out one kind of error, or one row, from now on although the operator fails on others; or no longer. It is journaled */
  setRowErrorRule: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; readonly rule: { readonly kind: "error"; readonly code: string; readonly shape: string } | { readonly kind: "row"; /** The mark of the row */ readonly row: string }; readonly skip: boolean }
    answer: Accepted
  }
  /** Least important lines of an operator that are kept from now on; it is journaled */
  setLogLevel: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string; readonly level: "debug" | "info" | "warning" | "error" }
    answer: Accepted
  }
  /** End a hold */
  restoreOperator: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { /** Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again */ readonly commandId: string }
    answer: Accepted
  }
  /** What one key of an operator had at each kept checkpoint */
  readKeyHistory: {
    path: { readonly id: string }
    query: { readonly instance: string; readonly state?: string; readonly key: string }
    headers: undefined
    body: undefined
    answer: KeyHistory
  }
  /** Which operators have state in a kept checkpoint, and how much */
  readCheckpointState: {
    path: { readonly id: string; readonly manifest: number }
    query: undefined
    headers: undefined
    body: undefined
    answer: CheckpointState
  }
  /** A page of the keys of an operator in a kept checkpoint */
  listStateKeys: {
    path: { readonly id: string; readonly manifest: number }
    query: { readonly instance: string; readonly state?: string; readonly find?: string; readonly from?: number; readonly limit?: number }
    headers: undefined
    body: undefined
    answer: StatePage
  }
  /** Keys that were added, removed or changed since another kept checkpoint */
  listStateChanges: {
    path: { readonly id: string; readonly manifest: number }
    query: { readonly instance: string; readonly state?: string; readonly find?: string; readonly from?: number; readonly limit?: number; readonly since: number }
    headers: undefined
    body: undefined
    answer: StateChanges
  }
  /** Where an operator's thread is now; it stands still for a few milliseconds */
  readStack: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: ThreadStack
  }
  /** What an operator's thread spends its time on: a CPU profile, one at a time in a run */
  profileOperator: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: undefined
    body: { readonly forMs?: number }
    answer: ThreadProfile
  }
  /** The newest lines of the log, or those from or before a place; also of a run that has ended. Without `see-data` only what the engine says: operators may have written down rows. */
  listLogLines: {
    path: { readonly id: string }
    query: { readonly operator?: string; readonly level?: "debug" | "info" | "warning" | "error"; readonly text?: string; readonly sinceMs?: number; readonly from?: number; readonly before?: number; readonly limit?: number }
    headers: undefined
    body: undefined
    answer: LogPage
  }
  /** Rows that operators could not process, grouped by code and message; also of a run that has ended */
  listRowErrors: {
    path: { readonly id: string }
    query: { readonly operator?: string }
    headers: undefined
    body: undefined
    answer: RowErrors
  }
  /** The kept rows of the groups as JSON lines: operator, code, message, window, time, row */
  downloadRowErrors: {
    path: { readonly id: string }
    query: { readonly operator?: string; readonly group?: string }
    headers: undefined
    body: undefined
    answer: string
  }
  /** Writes the kept rows of the groups into a root, as JSON lines; also of a run that has ended */
  writeRowErrors: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { /** root:path */ readonly file: string; readonly operator?: string; /** Only this one */ readonly group?: string }
    answer: WrittenRows
  }
  /** A sample of the rows that pass on a stream, as soon as there are enough or the time is over */
  peekStream: {
    path: { readonly id: string; readonly stream: string }
    query: { readonly limit?: number; readonly forMs?: number }
    headers: undefined
    body: undefined
    answer: PeekSample
  }
  /** Figures over time: each second of the last 15 minutes, each 10 s of 24 hours; also of a run that has ended */
  readRunHistory: {
    path: { readonly id: string }
    query: { readonly from?: number; readonly to?: number; readonly points?: number; readonly operator?: string }
    headers: undefined
    body: undefined
    answer: RunHistory
  }
  /** States and windows at a past moment, from the events up to it */
  readRunStanding: {
    path: { readonly id: string }
    query: { readonly at: number }
    headers: undefined
    body: undefined
    answer: RunStanding
  }
  /** The run as one HTML file that opens without a server: graph over time, incidents, checkpoints, charts, settings */
  exportRun: {
    path: { readonly id: string }
    query: { readonly rows?: boolean }
    headers: undefined
    body: undefined
    answer: string
  }
  /** Alerts: those that fire first, then the newest; kept for 90 days */
  listAlerts: {
    path: undefined
    query: { readonly open?: boolean; readonly run?: string; readonly rule?: string; readonly limit?: number }
    headers: undefined
    body: undefined
    answer: readonly (Alert)[]
  }
  /** Somebody looks after it; an alert of a run that has ended is over with that */
  acknowledgeAlert: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: {  }
    answer: Alert
  }
  /** Alert rules */
  listAlertRules: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (AlertRule)[]
  }
  /** Add an alert rule; it is asked from the next second on */
  addAlertRule: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly name: string; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; /** Only this run; null = all */ readonly runId: string | null; /** What the condition is asked of: each run, or each operator of it */ readonly scope: "run" | "operator"; /** Only this operator; null = each by itself */ readonly operator: string | null; /** An SQL expression that is true while something is wrong */ readonly condition: string; /** Once it fires it goes on until this is true; null = until the condition is not */ readonly until: string | null; /** The condition must hold this long before it fires */ readonly forMs: number; /** It must be over this long before the alert is resolved */ readonly resolveAfterMs: number; /** What happens while the condition is NULL */ readonly noData: "keep" | "resolve" | "fire"; readonly severity: "info" | "warning" | "critical"; /** Ids of webhooks that are told */ readonly webhooks: readonly (string)[]; readonly enabled: boolean }
    answer: AlertRule
  }
  /** When a rule would have fired, by the figures and events that are kept */
  previewAlertRule: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly rule: { readonly name: string; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; /** Only this run; null = all */ readonly runId: string | null; /** What the condition is asked of: each run, or each operator of it */ readonly scope: "run" | "operator"; /** Only this operator; null = each by itself */ readonly operator: string | null; /** An SQL expression that is true while something is wrong */ readonly condition: string; /** Once it fires it goes on until this is true; null = until the condition is not */ readonly until: string | null; /** The condition must hold this long before it fires */ readonly forMs: number; /** It must be over this long before the alert is resolved */ readonly resolveAfterMs: number; /** What happens while the condition is NULL */ readonly noData: "keep" | "resolve" | "fire"; readonly severity: "info" | "warning" | "critical"; /** Ids of webhooks that are told */ readonly webhooks: readonly (string)[]; readonly enabled: boolean }; readonly hours?: number }
    answer: AlertPreview
  }
  /** Change an alert rule; if it means something else now, what it has fired is over */
  changeAlertRule: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { readonly name: string; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; /** Only this run; null = all */ readonly runId: string | null; /** What the condition is asked of: each run, or each operator of it */ readonly scope: "run" | "operator"; /** Only this operator; null = each by itself */ readonly operator: string | null; /** An SQL expression that is true while something is wrong */ readonly condition: string; /** Once it fires it goes on until this is true; null = until the condition is not */ readonly until: string | null; /** The condition must hold this long before it fires */ readonly forMs: number; /** It must be over this long before the alert is resolved */ readonly resolveAfterMs: number; /** What happens while the condition is NULL */ readonly noData: "keep" | "resolve" | "fire"; readonly severity: "info" | "warning" | "critical"; /** Ids of webhooks that are told */ readonly webhooks: readonly (string)[]; readonly enabled: boolean }
    answer: AlertRule
  }
  /** Delete an alert rule; what it has fired stays in the list, as over */
  deleteAlertRule: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** Send a test to the rule's webhooks, and show it in the list */
  testAlertRule: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: {  }
    answer: Alert
  }
  /** Webhooks */
  listWebhooks: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (Webhook)[]
  }
  /** Add a webhook; it is told what happens from now on */
  addWebhook: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly name: string; /** Who may not change webhooks sees its origin only */ readonly url: string; /** Events of runs that it is told */ readonly events: readonly ("run-started" | "run-finished" | "run-stopped" | "run-failed" | "decision-needed" | "failure" | "recovered" | "alert-fired" | "alert-resolved" | "test")[]; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; readonly enabled: boolean; /** A secret to sign with (Standard Webhooks); naming one needs the grant use-secrets */ readonly signWith?: { readonly secret: string } | null }
    answer: Webhook
  }
  /** Messages to webhooks and what came of them, newest first; kept for 30 days */
  listDeliveries: {
    path: undefined
    query: { readonly limit?: number }
    headers: undefined
    body: undefined
    answer: readonly (Delivery)[]
  }
  /** Change a webhook; what waits for it goes to the new address */
  changeWebhook: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: { readonly name: string; /** Who may not change webhooks sees its origin only */ readonly url: string; /** Events of runs that it is told */ readonly events: readonly ("run-started" | "run-finished" | "run-stopped" | "run-failed" | "decision-needed" | "failure" | "recovered" | "alert-fired" | "alert-resolved" | "test")[]; /** Only runs of this pipeline; null = of all */ readonly pipelineId: string | null; readonly enabled: boolean; /** A secret to sign with (Standard Webhooks); naming one needs the grant use-secrets */ readonly signWith?: { readonly secret: string } | null }
    answer: Webhook
  }
  /** Delete a webhook; what waits for it is dropped */
  deleteWebhook: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** Send it a test message; look at the deliveries for what comes of it */
  testWebhook: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: {  }
    answer: Delivery
  }
  /** Names of secrets and who uses them */
  listSecrets: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (Secret)[]
  }
  /** Set a secret, or replace its value; running runs get the new one within seconds */
  setSecret: {
    path: { readonly name: string }
    query: undefined
    headers: undefined
    body: { readonly value: string }
    answer: undefined
  }
  /** Remove a secret; refused while pipelines or runs use it, unless `force` is given */
  removeSecret: {
    path: { readonly name: string }
    query: { readonly force?: boolean }
    headers: undefined
    body: undefined
    answer: undefined
  }
  /** Run a draft for 30 s with its sinks captured: nothing is written */
  startTry: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly document: unknown; /** Values for the pipeline's parameters; missing ones take their default */ readonly parameters?: Readonly<Record<string, string | number | boolean>> }
    answer: TryStarted
  }
  /** Run one test of a draft on the real engine, with its rows in place of the sources and its sinks captured */
  runTest: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly document: unknown; /** Its name */ readonly test: string }
    answer: TestResult
  }
  /** Columns that a Script of a draft gives, found out by running it on sample rows; nothing is written or changed */
  inferScriptColumns: {
    path: undefined
    query: undefined
    headers: undefined
    body: { readonly document: unknown; readonly operator: string; /** At its input; absent = those of a test of the pipeline */ readonly rows?: readonly (Readonly<Record<string, unknown>>)[] }
    answer: ScriptColumns
  }
  /** Operators of one's own that were loaded at the start; those of Belay itself are in the page */
  listOwnOperators: {
    path: undefined
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (OwnOperator)[]
  }
  /** The manifest of one of them, as a module for browsers */
  readOwnManifest: {
    path: { readonly type: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: string
  }
  /** Versions that were saved, newest first */
  listPipelineVersions: {
    path: { readonly id: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: readonly (SavedVersion)[]
  }
  /** The pipeline as it was saved then */
  readPipelineVersion: {
    path: { readonly id: string; readonly version: string }
    query: undefined
    headers: undefined
    body: undefined
    answer: PipelineDocument
  }
  /** Give a version a name, or take it away; what has a name is kept for ever */
  namePipelineVersion: {
    path: { readonly id: string; readonly version: string }
    query: undefined
    headers: undefined
    body: { readonly name: string | null }
    answer: readonly (SavedVersion)[]
  }
  /** Give rows to an HTTP ingest source of a running pipeline */
  postRows: {
    path: { readonly id: string; readonly operator: string }
    query: undefined
    headers: { readonly 'idempotency-key'?: string }
    body: undefined
    answer: RowsKept
  }
}

export const ROUTES = {
  readSession: ['GET', '/api/session'],
  signIn: ['POST', '/api/session'],
  signOut: ['DELETE', '/api/session'],
  setUp: ['POST', '/api/setup'],
  changeOwnPassword: ['PUT', '/api/account/password'],
  listUsers: ['GET', '/api/users'],
  addUser: ['POST', '/api/users'],
  changeUser: ['PUT', '/api/users/{name}'],
  removeUser: ['DELETE', '/api/users/{name}'],
  listTokens: ['GET', '/api/tokens'],
  createToken: ['POST', '/api/tokens'],
  revokeToken: ['DELETE', '/api/tokens/{id}'],
  beginOidc: ['POST', '/api/session/oidc'],
  listAudit: ['GET', '/api/audit'],
  exportAudit: ['GET', '/api/audit/export'],
  listPipelines: ['GET', '/api/pipelines'],
  createPipeline: ['POST', '/api/pipelines'],
  readPipeline: ['GET', '/api/pipelines/{id}'],
  writePipeline: ['PUT', '/api/pipelines/{id}'],
  deletePipeline: ['DELETE', '/api/pipelines/{id}'],
  validatePipeline: ['POST', '/api/pipelines/{id}/validate'],
  validateDocument: ['POST', '/api/validate'],
  listExamples: ['GET', '/api/examples'],
  openExample: ['POST', '/api/examples/{id}/open'],
  listRoots: ['GET', '/api/roots'],
  listFiles: ['GET', '/api/files'],
  uploadFile: ['PUT', '/api/files'],
  inspectFile: ['POST', '/api/files/inspect'],
  listRuns: ['GET', '/api/runs'],
  startRun: ['POST', '/api/runs'],
  readRun: ['GET', '/api/runs/{id}'],
  deleteRun: ['DELETE', '/api/runs/{id}'],
  readRunSnapshot: ['GET', '/api/runs/{id}/snapshot'],
  listRunEvents: ['GET', '/api/runs/{id}/events'],
  listCheckpoints: ['GET', '/api/runs/{id}/checkpoints'],
  takeCheckpoint: ['POST', '/api/runs/{id}/checkpoints'],
  previewKill: ['GET', '/api/runs/{id}/preview'],
  stopRun: ['POST', '/api/runs/{id}/stop'],
  pauseRun: ['POST', '/api/runs/{id}/pause'],
  resumeRun: ['POST', '/api/runs/{id}/resume'],
  killRun: ['POST', '/api/runs/{id}/kill'],
  setCheckpointInterval: ['POST', '/api/runs/{id}/checkpoint-interval'],
  restoreRun: ['POST', '/api/runs/{id}/restore'],
  killOperator: ['POST', '/api/runs/{id}/operators/{operator}/kill'],
  setConfig: ['POST', '/api/runs/{id}/operators/{operator}/config'],
  setOnRowError: ['POST', '/api/runs/{id}/operators/{operator}/on-row-error'],
  setRowErrorRule: ['POST', '/api/runs/{id}/operators/{operator}/row-error-rules'],
  setLogLevel: ['POST', '/api/runs/{id}/operators/{operator}/log-level'],
  restoreOperator: ['POST', '/api/runs/{id}/operators/{operator}/restore'],
  readKeyHistory: ['GET', '/api/runs/{id}/state/key'],
  readCheckpointState: ['GET', '/api/runs/{id}/checkpoints/{manifest}/state'],
  listStateKeys: ['GET', '/api/runs/{id}/checkpoints/{manifest}/state/keys'],
  listStateChanges: ['GET', '/api/runs/{id}/checkpoints/{manifest}/state/changes'],
  readStack: ['POST', '/api/runs/{id}/operators/{operator}/stack'],
  profileOperator: ['POST', '/api/runs/{id}/operators/{operator}/profile'],
  listLogLines: ['GET', '/api/runs/{id}/logs'],
  listRowErrors: ['GET', '/api/runs/{id}/row-errors'],
  downloadRowErrors: ['GET', '/api/runs/{id}/row-errors/rows'],
  writeRowErrors: ['POST', '/api/runs/{id}/row-errors/file'],
  peekStream: ['GET', '/api/runs/{id}/streams/{stream}/peek'],
  readRunHistory: ['GET', '/api/runs/{id}/history'],
  readRunStanding: ['GET', '/api/runs/{id}/standing'],
  exportRun: ['GET', '/api/runs/{id}/export'],
  listAlerts: ['GET', '/api/alerts'],
  acknowledgeAlert: ['POST', '/api/alerts/{id}/acknowledge'],
  listAlertRules: ['GET', '/api/alerts/rules'],
  addAlertRule: ['POST', '/api/alerts/rules'],
  previewAlertRule: ['POST', '/api/alerts/rules/preview'],
  changeAlertRule: ['PUT', '/api/alerts/rules/{id}'],
  deleteAlertRule: ['DELETE', '/api/alerts/rules/{id}'],
  testAlertRule: ['POST', '/api/alerts/rules/{id}/test'],
  listWebhooks: ['GET', '/api/webhooks'],
  addWebhook: ['POST', '/api/webhooks'],
  listDeliveries: ['GET', '/api/webhooks/deliveries'],
  changeWebhook: ['PUT', '/api/webhooks/{id}'],
  deleteWebhook: ['DELETE', '/api/webhooks/{id}'],
  testWebhook: ['POST', '/api/webhooks/{id}/test'],
  listSecrets: ['GET', '/api/secrets'],
  setSecret: ['PUT', '/api/secrets/{name}'],
  removeSecret: ['DELETE', '/api/secrets/{name}'],
  startTry: ['POST', '/api/tries'],
  runTest: ['POST', '/api/tests'],
  inferScriptColumns: ['POST', '/api/script-columns'],
  listOwnOperators: ['GET', '/api/operators'],
  readOwnManifest: ['GET', '/api/operators/{type}/manifest.js'],
  listPipelineVersions: ['GET', '/api/pipelines/{id}/versions'],
  readPipelineVersion: ['GET', '/api/pipelines/{id}/versions/{version}'],
  namePipelineVersion: ['PUT', '/api/pipelines/{id}/versions/{version}'],
  postRows: ['POST', '/api/runs/{id}/operators/{operator}/rows'],
} as const satisfies Readonly<Record<keyof Operations, readonly [method: string, path: string]>>
