/**
 * One catalogue of what may be answered when what was asked is not done (RFC 9457): on HTTP, on
 * sockets and on the command line. Codes are stable; programs look at them, people at the words.
 */

interface Entry {
  readonly status: number
  readonly title: string
}

export const PROBLEMS = {
  // What is asked for is not there.
  NOT_FOUND: { status: 404, title: 'Nothing is there' },
  PIPELINE_UNKNOWN: { status: 404, title: 'There is no such pipeline' },
  VERSION_UNKNOWN: { status: 404, title: 'There is no such version' },
  RUN_UNKNOWN: { status: 404, title: 'There is no such run' },
  TEST_UNKNOWN: { status: 404, title: 'There is no such test' },
  OPERATOR_UNKNOWN: { status: 404, title: 'There is no such operator' },
  CHECKPOINT_UNKNOWN: { status: 404, title: 'There is no such checkpoint' },
  STREAM_UNKNOWN: { status: 404, title: 'There is no such stream' },
  STATE_UNKNOWN: { status: 404, title: 'There is no such state' },
  USER_UNKNOWN: { status: 404, title: 'There is no such user' },
  TOKEN_UNKNOWN: { status: 404, title: 'There is no such token' },
  ALERT_UNKNOWN: { status: 404, title: 'There is no such alert' },
  ALERT_RULE_UNKNOWN: { status: 404, title: 'There is no such alert rule' },
  WEBHOOK_UNKNOWN: { status: 404, title: 'There is no such webhook' },
  SECRET_UNKNOWN: { status: 404, title: 'There is no such secret' },
  EXAMPLE_UNKNOWN: { status: 404, title: 'There is no such example' },
  FOLDER_NOT_FOUND: { status: 404, title: 'There is no such folder' },
  FILE_NOT_FOUND: { status: 404, title: 'There is no such file' },
  // The request itself is wrong.
  REQUEST_INVALID: { status: 400, title: 'The request is not as it should be' },
  DOCUMENT_INVALID: { status: 400, title: 'That is not a pipeline' },
  DOCUMENT_NEWER: { status: 400, title: 'The pipeline is from a newer Belay' },
  PARAMETERS_INVALID: { status: 400, title: 'Parameters are missing or wrong' },
  ALERT_RULE_INVALID: { status: 400, title: 'The alert rule cannot be asked' },
  WEBHOOK_INVALID: { status: 400, title: 'That webhook cannot be called' },
  RUN_ID_INVALID: { status: 400, title: 'That is not a run id' },
  FILE_NAME_REFUSED: { status: 400, title: 'That file may not be named' },
  FILE_FORMAT_UNKNOWN: { status: 400, title: 'The file cannot be read' },
  FILE_UNREADABLE: { status: 400, title: 'The file cannot be read' },
  INTERVAL_INVALID: { status: 400, title: 'Checkpoints cannot come so often, or so seldom' },
  VERB_MISSING: { status: 400, title: 'Say what happens to published output' },
  VERB_UNSUPPORTED: { status: 400, title: 'The sink cannot do that' },
  STATE_TOO_LARGE: { status: 413, title: 'The state is too large to look into' },
  FILE_TOO_LARGE: { status: 413, title: 'The file is too large' },
  BODY_TOO_LARGE: { status: 413, title: 'The request is too large' },
  CONTENT_TYPE_REFUSED: { status: 415, title: 'Send JSON' },
  OPERATOR_INVALID: { status: 422, title: 'An operator cannot be loaded' },
  PROGRAM_INVALID: { status: 422, title: 'The program makes no pipeline' },
  PIPELINE_HAS_ERRORS: { status: 422, title: 'The pipeline has errors' },
  ROWS_INVALID: { status: 422, title: 'The rows are not as declared' },
  INGEST_KEY_REUSED: { status: 422, title: 'The key was used for other rows' },
  SECRET_INVALID: { status: 400, title: 'That cannot be a secret' },
  PASSWORD_WEAK: { status: 400, title: 'Choose a longer password' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests' },
  INGEST_FULL: { status: 429, title: 'Too many rows are waiting' },
  PEEK_LIMIT: { status: 429, title: 'Too many streams are looked at' },
  TOO_MANY_MESSAGES: { status: 429, title: 'Too many messages' },
  // It does not fit the state of things.
  NO_INGEST: { status: 409, title: 'The operator takes no rows' },
  TOO_MANY_RULES: { status: 409, title: 'There are too many alert rules' },
  TOO_MANY_WEBHOOKS: { status: 409, title: 'There are too many webhooks' },
  PIPELINE_EXISTS: { status: 409, title: 'The id is taken' },
  RUN_EXISTS: { status: 409, title: 'The run id is taken' },
  RUN_ENDED: { status: 409, title: 'The run has ended' },
  RUN_NOT_ENDED: { status: 409, title: 'The run has not ended' },
  PROFILE_BUSY: { status: 409, title: 'Another profile is being made' },
  THREAD_GONE: { status: 409, title: 'The thread is gone' },
  PREVIEW_CHANGED: { status: 409, title: 'The preview no longer holds' },
  OPERATOR_DOWN: { status: 409, title: 'The operator is down already' },
  OPERATOR_HELD: { status: 409, title: 'An operator is held' },
  PARTITION_HELD: { status: 409, title: 'One partition alone cannot be held' },
  CHECKPOINT_OTHER_BRANCH: { status: 409, title: 'The checkpoint is of another branch' },
  OPERATOR_NOT_HELD: { status: 409, title: 'The operator is not held' },
  ALREADY_STOPPING: { status: 409, title: 'The run is stopping already' },
  TEST_STOPPED: { status: 409, title: 'The test did not come to its end' },
  NOT_RUNNING: { status: 409, title: 'The run is not running' },
  NOT_PAUSED: { status: 409, title: 'The run is not paused' },
  NEEDS_DECISION: { status: 409, title: 'The run waits for a decision' },
  USER_ELSEWHERE: { status: 409, title: 'The user signs in elsewhere' },
  USER_EXISTS: { status: 409, title: 'The name is taken' },
  SECRET_IN_USE: { status: 409, title: 'The secret is used' },
  SECRET_MISSING: { status: 409, title: 'A secret is not there' },
  SECRETS_KEY_GIVEN: { status: 409, title: 'The key is given from outside' },
  LAST_ADMIN: { status: 409, title: 'Somebody has to be administrator' },
  VERSION_MISSING: { status: 428, title: 'Say which version you change' },
  VERSION_STALE: { status: 412, title: 'Somebody else was faster' },
  // Who asks may not.
  HOST_REFUSED: { status: 421, title: 'That host name is not served' },
  ORIGIN_REFUSED: { status: 403, title: 'That page may not do this' },
  ROOT_READ_ONLY: { status: 403, title: 'Nothing can be put there' },
  RIGHT_MISSING: { status: 403, title: 'You may not do this' },
  SIGN_IN_NEEDED: { status: 401, title: 'Sign in first' },
  INGEST_SENDER_REFUSED: { status: 401, title: 'The sender is not known' },
  SIGN_IN_FAILED: { status: 401, title: 'That did not fit' },
  SESSION_NEEDED: { status: 403, title: 'Sign in on the page' },
  OIDC_EXPIRED: { status: 403, title: 'That sign-in is over' },
  OIDC_REFUSED: { status: 403, title: 'The sign-in was not taken' },
  OIDC_NO_ROLE: { status: 403, title: 'You have no role here' },
  SETUP_REFUSED: { status: 403, title: 'The setup link is not valid' },
  OIDC_CONFIG_INVALID: { status: 400, title: 'The sign-in service is not set up rightly' },
  BIND_REFUSED: { status: 400, title: 'That address needs more protection' },
  // Something here is broken or in the way.
  RUN_UNREACHABLE: { status: 503, title: 'The run does not answer' },
  OIDC_UNREACHABLE: { status: 503, title: 'The sign-in service cannot be used' },
  THREAD_SILENT: { status: 503, title: 'The thread does not answer' },
  INSPECTOR_REFUSED: { status: 409, title: 'The thread cannot be looked into' },
  STATE_BUSY: { status: 503, title: 'Too many look into checkpoints' },
  STATE_UNREADABLE: { status: 500, title: 'The checkpoint could not be looked into' },
  STATE_DAMAGED: { status: 500, title: 'The checkpoint is damaged' },
  SNAPSHOT_MISSING: { status: 500, title: 'A file of the checkpoint is missing' },
  SNAPSHOT_CORRUPT: { status: 500, title: 'The checkpoint is damaged' },
  INGEST_CLOSED: { status: 503, title: 'The source is down' },
  INGEST_HELD: { status: 503, title: 'The run takes no rows now' },
  INGEST_DISK_FULL: { status: 503, title: 'The disk is full' },
  INGEST_SECRET_GONE: { status: 503, title: 'The secret of the source is not there' },
  INGEST_FAILED: { status: 503, title: 'The rows could not be kept' },
  RUN_PROCESS_DIED: { status: 500, title: 'The run did not start' },
  RUN_PROCESS_SILENT: { status: 500, title: 'The run did not start' },
  RUN_PROCESS_UNKILLABLE: { status: 503, title: 'The run process cannot be ended' },
  RUN_FOLDER_DAMAGED: { status: 500, title: "The run's folder is damaged" },
  NOT_BUILT: { status: 500, title: 'Belay is not built' },
  SOCKET_PATH_TOO_LONG: { status: 500, title: 'The socket path is too long' },
  SOCKET_FOLDER_FOREIGN: { status: 500, title: 'The socket folder belongs to someone else' },
  HOME_NOT_WRITABLE: { status: 500, title: 'The home folder cannot be written to' },
  SECRETS_KEY_OPEN: { status: 500, title: 'Others can read the key of the secrets' },
  SECRETS_KEY_INVALID: { status: 500, title: 'That is no key for secrets' },
  SECRETS_KEY_MISSING: { status: 500, title: 'The key of the secrets is missing' },
  SECRETS_KEY_WRONG: { status: 500, title: 'The key does not open the secret' },
  BACKUP_EXISTS: { status: 409, title: 'The file is there already' },
  BACKUP_FOLDER: { status: 422, title: 'The backup cannot be written there' },
  BACKUP_DAMAGED: { status: 422, title: 'The backup cannot be used' },
  BACKUP_UNSETTLED: { status: 503, title: 'Runs came and went' },
  HOME_NOT_EMPTY: { status: 409, title: 'The home folder is not empty' },
  HOME_IN_USE: { status: 500, title: 'Another server uses the home folder' },
  DATABASE_DAMAGED: { status: 500, title: 'The database cannot be used' },
  DATABASE_NEWER: { status: 500, title: 'The database is from a newer Belay' },
  PORT_TAKEN: { status: 500, title: 'The port is taken' },
  SERVER_UNREACHABLE: { status: 503, title: 'No server answers' },
  DISK_FULL: { status: 507, title: 'The disk is full' },
  INTERNAL: { status: 500, title: 'Something is wrong inside Belay' },
} as const satisfies Readonly<Record<string, Entry>>

export type ProblemCode = keyof typeof PROBLEMS

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code)
}

/** Whether who asked can put it right by asking otherwise. */
export function isCallersFault(code: ProblemCode): boolean {
  return PROBLEMS[code].status < 500
}

/** An error with a stable code; its message says what happened and what to do next. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: ProblemCode
  /** Goes into the problem's body. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(code: ProblemCode, message: string, options: { cause?: unknown; more?: Readonly<Record<string, unknown>> } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.more = options.more ?? {}
  }
}

export interface ProblemBody extends Readonly<Record<string, unknown>> {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
}

export function problemBody(code: ProblemCode, detail: string, more: Readonly<Record<string, unknown>> = {}, status?: number): ProblemBody {
  const entry = PROBLEMS[code]
  return {
    ...more,
    type: `urn:belay:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: entry.title,
    status: status ?? entry.status,
    detail,
    code,
  }
}

/** Codes that Fastify gives, by those of the catalogue. */
const FASTIFY_CODES: Readonly<Record<string, { readonly code: ProblemCode; readonly detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE', detail: 'The request is larger than it may be: 1 MB, or 4 MB of rows. Split it.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'CONTENT_TYPE_REFUSED',
    detail: 'Bodies are JSON here. Send them with content-type application/json (rows also as application/x-ndjson).',
  },
}

/** Of the file system, and of the database on it. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])

export function problemOf(error: unknown): ProblemBody {
  if (error instanceof ServerError) return problemBody(error.code, error.message, error.more)
  const known = error as { code?: unknown; message?: unknown; statusCode?: unknown; validation?: unknown }
  if (isProblemCode(known.code)) return problemBody(known.code, String(known.message))
  if (typeof known.code === 'string' && Object.hasOwn(FASTIFY_CODES, known.code)) {
    const { code, detail } = FASTIFY_CODES[known.code]
    return problemBody(code, detail)
  }
  if (typeof known.code === 'string' && NO_ROOM.has(known.code))
    return problemBody('DISK_FULL', 'The disk with the home folder is full, and nothing was changed. Make room and send it again.')
  if (known.validation !== undefined || (typeof known.statusCode === 'number' && known.statusCode < 500))
    return problemBody('REQUEST_INVALID', `${String(known.message)}. See /api/openapi.json for what is expected.`)
  return problemBody('INTERNAL', `${String(known.message ?? error)} Look at the server's output for more.`)
}
