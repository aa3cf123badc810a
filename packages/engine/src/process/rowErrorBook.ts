/**
 * Bad rows of a run by group, each counted once: what a window has brought is forgotten when its instance goes back
 * behind it, because it comes again. Written to the run's folder before a manifest is, so that a process that starts
 * from that manifest knows all that lies before it.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROW_ERROR_GROUPS, ROW_ERROR_ROWS, type RowErrorGroup, type RowErrorRow, type RowErrorRule, type RowErrors } from '@belay/run'
import { rowMark } from '../operator/rowErrorRules.ts'
import type { BadRows } from '../container/protocol.ts'

/** Windows of a group that may still be gone back behind; beyond it the oldest count for good. */
const MOST_WINDOWS = 2000
const FILE = 'row-errors.json'

interface Seen {
  readonly instance: string
  readonly window: number
  readonly atMs: number
  count: number
  readonly rows: readonly string[]
}

type KeptRow = Omit<RowErrorRow, 'mark'>

type Rules = Readonly<Record<string, readonly RowErrorRule[]>>

interface Group {
  readonly operator: string
  readonly code: string
  readonly shape: string
  message: string
  readonly action: RowErrorGroup['action']
  /** Of windows that nobody goes back behind. */
  settled: number
  settledFirst: RowErrorGroup['first'] | null
  settledLast: RowErrorGroup['last'] | null
  settledRows: readonly KeptRow[]
  /** In the order in which they came. */
  open: Seen[]
}

export class RowErrorBook {
  readonly #path: string
  readonly #groups: Map<string, Group>
  #rules: Rules
  #changed = false

  /** What is written is what a process before this one knew. */
  constructor(log: string) {
    this.#path = join(log, FILE)
    const { groups, rules } = read(this.#path)
    this.#groups = new Map(groups.map((group) => [keyOf(group), group]))
    this.#rules = rules
  }

  add(
    operator: string,
    instance: string,
    window: number,
    atMs: number,
    bad: Omit<BadRows, 'action'> & Pick<RowErrorGroup, 'action'>,
  ): void {
    const known = this.#groups.get(keyOf({ operator, ...bad }))
    const { code, shape } = known !== undefined || this.#groups.size < ROW_ERROR_GROUPS ? bad : { code: 'OTHER', shape: 'other errors' }
    const key = keyOf({ operator, code, shape, action: bad.action })
    const group = this.#groups.get(key) ?? {
      operator,
      code,
      shape,
      message: bad.message,
      action: bad.action,
      settled: 0,
      settledFirst: null,
      settledLast: null,
      settledRows: [],
      open: [],
    }
    this.#groups.set(key, group)
    group.message = bad.message
    group.open.push({ instance, window, atMs, count: bad.count, rows: bad.rows })
    // The operator failed on it: that has happened, whatever is replayed.
    if (bad.action === 'fail') settle(group, Number.POSITIVE_INFINITY)
    else if (group.open.length > MOST_WINDOWS) settle(group, group.open[group.open.length - MOST_WINDOWS].window)
    this.#changed = true
  }

  /** The instance goes on behind `cut`: what it brought later comes again. */
  back(instance: string, cut: number): void {
    for (const [key, group] of this.#groups) {
      const left = group.open.filter((seen) => seen.instance !== instance || seen.window <= cut)
      if (left.length === group.open.length) continue
      group.open = left
      if (left.length === 0 && group.settled === 0) this.#groups.delete(key)
      this.#changed = true
    }
  }

  /** They are decided by the journal; here they are for whoever reads what there is. */
  setRules(operator: string, rules: readonly RowErrorRule[]): void {
    if (JSON.stringify(this.#rules[operator] ?? []) === JSON.stringify(rules)) return
    this.#rules = { ...this.#rules, [operator]: rules }
    this.#changed = true
    this.write()
  }

  /** Nobody goes back behind this window any more. */
  settle(window: number): void {
    for (const group of this.#groups.values()) settle(group, window)
  }

  write(): void {
    if (!this.#changed) return
    try {
      const draft = `${this.#path}.new`
      const file: BookFile = { groups: [...this.#groups.values()], rules: this.#rules }
      writeFileSync(draft, JSON.stringify(file), { mode: 0o600 })
      renameSync(draft, this.#path)
      this.#changed = false
    } catch {
      // A full disk must not end a run that works: it is written later.
    }
  }
}

/** Of a run whose process may live or not. */
export function readRowErrors(log: string): RowErrors {
  const { groups, rules } = read(join(log, FILE))
  return {
    groups: groups.map(shown).sort((a, b) => b.last.atMs - a.last.atMs),
    rules: Object.entries(rules).flatMap(([operator, of]) => of.map((rule) => ({ operator, rule }))),
  }
}

interface BookFile {
  readonly groups: readonly Group[]
  readonly rules: Rules
}

const EMPTY: BookFile = { groups: [], rules: {} }

function read(path: string): BookFile {
  if (!existsSync(path)) return EMPTY
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as BookFile | Group[]
    // Before there were rules it was groups alone.
    return Array.isArray(file) ? { groups: file, rules: {} } : file
  } catch {
    // Torn by a power cut: it tells of rows, nothing is decided by it.
    return EMPTY
  }
}

function keyOf({ operator, code, shape, action }: Pick<RowErrorGroup, 'operator' | 'code' | 'shape' | 'action'>): string {
  return JSON.stringify([operator, code, shape, action])
}

function settle(group: Group, window: number): void {
  const past = group.open.filter((seen) => seen.window <= window)
  if (past.length === 0) return
  const [first] = past
  const last = past[past.length - 1]
  group.settled += past.reduce((sum, seen) => sum + seen.count, 0)
  group.settledFirst ??= { window: first.window, atMs: first.atMs }
  group.settledLast = { window: last.window, atMs: last.atMs }
  group.settledRows = [...rowsOf(past), ...group.settledRows].slice(0, ROW_ERROR_ROWS)
  group.open = group.open.filter((seen) => seen.window > window)
}

/** Newest first. */
function rowsOf(seen: readonly Seen[]): readonly KeptRow[] {
  return seen.toReversed().flatMap(({ window, atMs, rows }) => rows.toReversed().map((row) => ({ window, atMs, row })))
}

function shown(group: Group): RowErrorGroup {
  const { operator, code, shape, message, action, settled, settledFirst, settledLast, settledRows, open } = group
  const place = ({ window, atMs }: Seen) => ({ window, atMs })
  const none = { window: 0, atMs: 0 }
  const oldest = open.at(0)
  const newest = open.at(-1)
  return {
    id: idOf(keyOf(group)),
    operator,
    code,
    shape,
    message,
    action,
    count: settled + open.reduce((sum, seen) => sum + seen.count, 0),
    first: settledFirst ?? (oldest === undefined ? none : place(oldest)),
    last: newest === undefined ? (settledLast ?? none) : place(newest),
    rows: [...rowsOf(open), ...settledRows].slice(0, ROW_ERROR_ROWS).map((kept) => ({ ...kept, mark: rowMark(kept.row) })),
  }
}

function idOf(key: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(key, 'utf8')) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(36)
}
