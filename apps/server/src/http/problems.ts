/**
 * One catalogue of what may be answered when what was asked is not done (RFC 9457): on HTTP, on
 * sockets and on the command line. Codes are stable; programs look at them, people at the words.
 */

interface Entry {
  readonly status: number
  readonly title: string
  /** What to do about it, where nothing more is known. */
  readonly next: string
}

export const PROBLEMS = {
  // What is asked for is not there.
  NOT_FOUND: { status: 404, title: 'Nothing is there', next: 'Look at /api/openapi.json for what there is.' },
  PIPELINE_UNKNOWN: { status: 404, title: 'There is no such pipeline', next: 'Look at the list of pipelines on the start page.' },
  VERSION_UNKNOWN: { status: 404, title: 'There is no such version', next: 'Look at the versions of the pipeline.' },
  RUN_UNKNOWN: { status: 404, title: 'There is no such run', next: 'Look at the list of runs: `belay list`.' },
  TEST_UNKNOWN: { status: 404, title: 'There is no such test', next: 'Look at the tests in the document.' },
  OPERATOR_UNKNOWN: { status: 404, title: 'There is no such operator', next: 'Look at the operators of the run: `belay show RUN`.' },
  CHECKPOINT_UNKNOWN: { status: 404, title: 'There is no such checkpoint', next: 'Look at those that are kept: `belay checkpoints RUN`.' },
  STREAM_UNKNOWN: { status: 404, title: 'There is no such stream', next: 'Look at the streams of the run: `belay show RUN`.' },
  STATE_UNKNOWN: { status: 404, title: 'There is no such state', next: 'Ask for one that the operator has: `belay state RUN`.' },
  USER_UNKNOWN: { status: 404, title: 'There is no such user', next: 'Look at the list of users: `belay users list`.' },
  TOKEN_UNKNOWN: { status: 404, title: 'There is no such token', next: 'Look at the list of tokens: `belay token list`.' },
  ALERT_UNKNOWN: { status: 404, title: 'There is no such alert', next: 'Look at the list of alerts.' },
  ALERT_RULE_UNKNOWN: { status: 404, title: 'There is no such alert rule', next: 'Look at the list of rules.' },
  WEBHOOK_UNKNOWN: { status: 404, title: 'There is no such webhook', next: 'Look at the list of webhooks.' },
  SECRET_UNKNOWN: { status: 404, title: 'There is no such secret', next: 'Look at the list of secrets: `belay secret list`.' },
  EXAMPLE_UNKNOWN: { status: 404, title: 'There is no such example', next: 'Look at the examples on the start page.' },
  FOLDER_NOT_FOUND: { status: 404, title: 'There is no such folder', next: 'Look at the folder above it.' },
  FILE_NOT_FOUND: { status: 404, title: 'There is no such file', next: 'Put the file there, or choose another.' },
  // The request itself is wrong.
  REQUEST_INVALID: { status: 400, title: 'The request is not as it should be', next: 'Compare it with /api/openapi.json.' },
  DOCUMENT_INVALID: { status: 400, title: 'That is not a pipeline', next: 'Correct the place that is named: `belay validate FILE`.' },
  DOCUMENT_NEWER: { status: 400, title: 'The pipeline is from a newer Belay', next: 'Update Belay, or export it for this version.' },
  PARAMETERS_INVALID: { status: 400, title: 'Parameters are missing or wrong', next: 'Give the parameters or options that are named.' },
  ALERT_RULE_INVALID: { status: 400, title: 'The alert rule cannot be asked', next: 'Correct the rule where it says.' },
  WEBHOOK_INVALID: { status: 400, title: 'That webhook cannot be called', next: 'Correct its address or settings.' },
  RUN_ID_INVALID: { status: 400, title: 'That is not a run id', next: 'Use letters, digits, - and _, at most 64.' },
  FILE_NAME_REFUSED: { status: 400, title: 'That file may not be named', next: 'Name files as root:path, e.g. home:input/rows.csv.' },
  FILE_FORMAT_UNKNOWN: { status: 400, title: 'The file cannot be read', next: 'Choose a CSV, JSON lines or Parquet file.' },
  FILE_UNREADABLE: { status: 400, title: 'The file cannot be read', next: 'Check that the file is whole, and that Belay may read it.' },
  INTERVAL_INVALID: {
    status: 400,
    title: 'Checkpoints cannot come so often, or so seldom',
    next: 'Choose an interval between those that are named.',
  },
  VERB_MISSING: {
    status: 400,
    title: 'Say what happens to published output',
    next: 'Choose rewind, fork or keep for each sink that is named.',
  },
  VERB_UNSUPPORTED: { status: 400, title: 'The sink cannot do that', next: 'Choose one that the sink can do.' },
  STATE_TOO_LARGE: { status: 413, title: 'The state is too large to look into', next: 'Ask for less: search for a key.' },
  FILE_TOO_LARGE: { status: 413, title: 'The file is too large', next: 'Copy it into a folder that Belay reads.' },
  BODY_TOO_LARGE: { status: 413, title: 'The request is too large', next: 'Split it, or send less at once.' },
  CONTENT_TYPE_REFUSED: { status: 415, title: 'Send JSON', next: 'Send it with the content type that is named.' },
  OPERATOR_INVALID: {
    status: 422,
    title: 'An operator cannot be loaded',
    next: 'Correct the operator in its folder, and start the server again.',
  },
  PROGRAM_INVALID: { status: 422, title: 'The program makes no pipeline', next: 'Correct the program: it has to export a pipeline.' },
  PIPELINE_HAS_ERRORS: { status: 422, title: 'The pipeline has errors', next: 'Put right what is named: `belay validate FILE`.' },
  ROWS_INVALID: {
    status: 422,
    title: 'The rows are not as declared',
    next: 'Correct the rows that are named, and send all of them again.',
  },
  INGEST_KEY_REUSED: { status: 422, title: 'The key was used for other rows', next: 'Send other rows under a key of their own.' },
  SECRET_INVALID: { status: 400, title: 'That cannot be a secret', next: 'Choose another name or value, as it says.' },
  PASSWORD_WEAK: { status: 400, title: 'Choose a longer password', next: 'Choose one that is longer.' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests', next: 'Wait as long as Retry-After says.' },
  INGEST_FULL: { status: 429, title: 'Too many rows are waiting', next: 'Send them again after Retry-After.' },
  PEEK_LIMIT: { status: 429, title: 'Too many streams are looked at', next: 'Close another look.' },
  TOO_MANY_MESSAGES: { status: 429, title: 'Too many messages', next: 'Wait a moment.' },
  // It does not fit the state of things.
  NO_INGEST: { status: 409, title: 'The operator takes no rows', next: 'Post to an operator that takes rows.' },
  TOO_MANY_ROW_ERROR_RULES: {
    status: 409,
    title: 'Too many errors are left out one by one',
    next: 'Take some back, or have all bad rows left out.',
  },
  TOO_MANY_RULES: { status: 409, title: 'There are too many alert rules', next: 'Delete one that is not needed.' },
  TOO_MANY_WEBHOOKS: { status: 409, title: 'There are too many webhooks', next: 'Delete one that is not needed.' },
  PIPELINE_EXISTS: { status: 409, title: 'The id is taken', next: 'Choose another id.' },
  RUN_EXISTS: { status: 409, title: 'The run id is taken', next: 'Choose another id, or leave it out.' },
  RUN_ENDED: { status: 409, title: 'The run has ended', next: 'Start the pipeline again, or resume a run that has failed.' },
  RUN_NOT_ENDED: { status: 409, title: 'The run has not ended', next: 'Stop or abort it first.' },
  PROFILE_BUSY: { status: 409, title: 'Another profile is being made', next: 'Wait until that one is done.' },
  THREAD_GONE: { status: 409, title: 'The thread is gone', next: 'Wait until the operator is back.' },
  PREVIEW_CHANGED: { status: 409, title: 'The preview no longer holds', next: 'Look at the new preview, and decide again.' },
  OPERATOR_DOWN: { status: 409, title: 'The operator is down already', next: 'Wait: it comes back by itself.' },
  OPERATOR_HELD: { status: 409, title: 'An operator is held', next: 'Restore the operator first.' },
  PARTITION_HELD: { status: 409, title: 'One partition alone cannot be held', next: 'Hold the whole operator, or kill the partition.' },
  CHECKPOINT_OTHER_BRANCH: { status: 409, title: 'The checkpoint is of another branch', next: 'Choose one of the branch that is named.' },
  OPERATOR_NOT_HELD: { status: 409, title: 'The operator is not held', next: 'There is nothing to do.' },
  ALREADY_STOPPING: { status: 409, title: 'The run is stopping already', next: 'Wait until it has stopped, or abort it.' },
  TEST_STOPPED: { status: 409, title: 'The test did not come to its end', next: 'Look at what it says of the test, and run it again.' },
  NOT_RUNNING: { status: 409, title: 'The run is not running', next: 'Resume the run first.' },
  NOT_PAUSED: { status: 409, title: 'The run is not paused', next: 'There is nothing to do.' },
  NEEDS_DECISION: { status: 409, title: 'The run waits for a decision', next: 'Restore a checkpoint, or abort.' },
  USER_ELSEWHERE: { status: 409, title: 'The user signs in elsewhere', next: 'Change it where the user signs in.' },
  USER_EXISTS: { status: 409, title: 'The name is taken', next: 'Choose another name.' },
  SECRET_IN_USE: { status: 409, title: 'The secret is used', next: 'Take it out of the pipelines that are named first.' },
  SECRET_MISSING: { status: 409, title: 'A secret is not there', next: 'Set it: `belay secret set NAME`.' },
  SECRETS_KEY_GIVEN: { status: 409, title: 'The key is given from outside', next: 'Change the key where it is given.' },
  LAST_ADMIN: { status: 409, title: 'Somebody has to be administrator', next: 'Make somebody else administrator first.' },
  VERSION_MISSING: { status: 428, title: 'Say which version you change', next: 'Send If-Match with the version that you have read.' },
  VERSION_STALE: { status: 412, title: 'Somebody else was faster', next: 'Read it again, and make the change on that.' },
  // Who asks may not.
  HOST_REFUSED: {
    status: 421,
    title: 'That host name is not served',
    next: 'Use a name that the server was given: `belay start --name NAME`.',
  },
  ORIGIN_REFUSED: { status: 403, title: 'That page may not do this', next: 'Use the page of this server.' },
  ROOT_READ_ONLY: { status: 403, title: 'Nothing can be put there', next: 'Put it into home instead.' },
  RIGHT_MISSING: { status: 403, title: 'You may not do this', next: 'Ask an administrator for it.' },
  SIGN_IN_NEEDED: { status: 401, title: 'Sign in first', next: 'Sign in, or send a token.' },
  INGEST_SENDER_REFUSED: { status: 401, title: 'The sender is not known', next: 'Check the token or signature of the sender.' },
  SIGN_IN_FAILED: { status: 401, title: 'That did not fit', next: 'Check name and password, and try again.' },
  SESSION_NEEDED: { status: 403, title: 'Sign in on the page', next: 'Sign in on the page.' },
  OIDC_EXPIRED: { status: 403, title: 'That sign-in is over', next: 'Begin to sign in again.' },
  OIDC_REFUSED: { status: 403, title: 'The sign-in was not taken', next: 'Sign in again, or ask an administrator.' },
  OIDC_NO_ROLE: { status: 403, title: 'You have no role here', next: 'Ask an administrator for a group that has one.' },
  SETUP_REFUSED: { status: 403, title: 'The setup link is not valid', next: 'Start the server again: it prints a new link.' },
  OIDC_CONFIG_INVALID: {
    status: 400,
    title: 'The sign-in service is not set up rightly',
    next: 'Correct the file; docs/security.md describes each of its settings.',
  },
  BIND_REFUSED: {
    status: 400,
    title: 'That address needs more protection',
    next: 'Give TLS, --behind-proxy, or an address of this machine.',
  },
  // Something here is broken or in the way.
  RUN_UNREACHABLE: {
    status: 503,
    title: 'The run does not answer',
    next: 'Wait: its supervisor starts it again. If it stays so, look at its log folder.',
  },
  OIDC_UNREACHABLE: {
    status: 503,
    title: 'The sign-in service cannot be used',
    next: 'Try again later, or sign in with a name and a password.',
  },
  THREAD_SILENT: { status: 503, title: 'The thread does not answer', next: 'Try again; if it stays so, kill the operator.' },
  INSPECTOR_REFUSED: { status: 409, title: 'The thread cannot be looked into', next: 'See docs/isolation.md for levels that allow it.' },
  STATE_BUSY: { status: 503, title: 'Too many look into checkpoints', next: 'Try again in a moment.' },
  STATE_UNREADABLE: {
    status: 500,
    title: 'The checkpoint could not be looked into',
    next: 'Choose another checkpoint, and look at the server’s log.',
  },
  STATE_DAMAGED: { status: 500, title: 'The checkpoint is damaged', next: 'Choose another checkpoint.' },
  SNAPSHOT_MISSING: { status: 500, title: 'A file of the checkpoint is missing', next: 'Choose an older checkpoint, and check the disk.' },
  SNAPSHOT_CORRUPT: { status: 500, title: 'The checkpoint is damaged', next: 'Choose an older checkpoint, and check the disk.' },
  INGEST_CLOSED: { status: 503, title: 'The source is down', next: 'Send them again after Retry-After.' },
  INGEST_HELD: { status: 503, title: 'The run takes no rows now', next: 'Resume the run, then send them again.' },
  INGEST_DISK_FULL: { status: 503, title: 'The disk is full', next: 'Make room, then send them again.' },
  INGEST_SECRET_GONE: {
    status: 503,
    title: 'The secret of the source is not there',
    next: 'Set the secret again: `belay secret set NAME`.',
  },
  INGEST_FAILED: { status: 503, title: 'The rows could not be kept', next: 'Check the disk, then send them again.' },
  RUN_PROCESS_DIED: { status: 500, title: 'The run did not start', next: 'Read its last words, and error.log in its log folder.' },
  RUN_PROCESS_SILENT: { status: 500, title: 'The run did not start', next: 'Look at error.log in its log folder.' },
  RUN_PROCESS_UNKILLABLE: { status: 503, title: 'The run process cannot be ended', next: 'Bring back the disk or mount that it hangs on.' },
  RUN_FOLDER_DAMAGED: { status: 500, title: "The run's folder is damaged", next: 'Restore it from a backup, or delete the run.' },
  NOT_BUILT: { status: 500, title: 'Belay is not built', next: 'Run `npm run build`.' },
  SOCKET_PATH_TOO_LONG: { status: 500, title: 'The socket path is too long', next: 'Set XDG_RUNTIME_DIR to a short folder.' },
  SOCKET_FOLDER_FOREIGN: {
    status: 500,
    title: 'The socket folder belongs to someone else',
    next: 'Set XDG_RUNTIME_DIR to a folder of your own.',
  },
  HOME_NOT_WRITABLE: {
    status: 500,
    title: 'The home folder cannot be written to',
    next: 'Give another --home, or the right to write there.',
  },
  SECRETS_KEY_OPEN: { status: 500, title: 'Others can read the key of the secrets', next: 'Run chmod 600 on it.' },
  SECRETS_KEY_INVALID: {
    status: 500,
    title: 'That is no key for secrets',
    next: 'Give 32 random bytes, e.g. from `openssl rand -base64 32`.',
  },
  SECRETS_KEY_MISSING: { status: 500, title: 'The key of the secrets is missing', next: 'Put the key file back, or set the secrets anew.' },
  SECRETS_KEY_WRONG: {
    status: 500,
    title: 'The key does not open the secret',
    next: 'Put back the key that they were sealed with, or set the secrets anew.',
  },
  BACKUP_EXISTS: { status: 409, title: 'The file is there already', next: 'Choose another name.' },
  BACKUP_FOLDER: { status: 422, title: 'The backup cannot be written there', next: 'Choose a folder that can be written to.' },
  BACKUP_DAMAGED: { status: 422, title: 'The backup cannot be used', next: 'Use another backup.' },
  BACKUP_UNSETTLED: { status: 503, title: 'Runs came and went', next: 'Try again.' },
  HOME_NOT_EMPTY: { status: 409, title: 'The home folder is not empty', next: 'Give an empty folder as --home.' },
  HOME_IN_USE: { status: 500, title: 'Another server uses the home folder', next: 'Stop that server, or give another --home.' },
  DATABASE_DAMAGED: { status: 500, title: 'The database cannot be used', next: 'Restore a backup: `belay restore-backup`.' },
  DATABASE_NEWER: { status: 500, title: 'The database is from a newer Belay', next: 'Update Belay.' },
  PORT_TAKEN: { status: 500, title: 'The port is taken', next: 'Give another --port.' },
  SERVER_UNREACHABLE: { status: 503, title: 'No server answers', next: 'Start it with `belay start`, or give --url.' },
  DISK_FULL: { status: 507, title: 'The disk is full', next: 'Make room, and try again.' },
  INTERNAL: { status: 500, title: 'Something is wrong inside Belay', next: 'Look at the server’s log, and report it.' },
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
  /** What to do, as is always true of the code; `detail` may know better. */
  readonly next: string
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
    next: entry.next,
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
