/**
 * A run as one HTML file that opens without a server: what is known of it, and the viewer, in one page that may load
 * nothing. Bounded: what does not fit is left out, and the file says so. Pure but for what is handed in.
 */
import { createHash } from 'node:crypto'
import type { RunEvent, RunHistory, RunSnapshot, SessionFile } from '@belay/run'
import { rowlessEvent, rowlessSnapshot } from '../runs/rowless.ts'

export const MOST_EVENTS = 20_000
/** Figures in all; about 8 characters each. */
const MOST_FIGURES = 1_000_000
const MOST_POINTS = 1000
const FEWEST_POINTS = 60
/** A quarter of an hour in seconds, what is before it in longer steps (history/figureHistory.ts). */
const FINE_MS = 890_000
const MOST_TABLE_ROWS = 1000

/** Steps for as many operators. */
export function pointsFor(operators: number): number {
  return Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, Math.floor(MOST_FIGURES / (2 * (4 + 6 * operators)))))
}

/** Spans to read figures of: seconds of the last quarter of an hour, longer steps before. */
export function spansOf(startedAtMs: number, endMs: number): readonly { readonly fromMs: number; readonly toMs: number }[] {
  const fineMs = Math.max(startedAtMs, endMs - FINE_MS)
  return [...(fineMs > startedAtMs ? [{ fromMs: startedAtMs, toMs: fineMs }] : []), { fromMs: fineMs, toMs: endMs }]
}

export interface SessionParts extends Omit<SessionFile, 'format' | 'leftOut' | 'snapshot' | 'events' | 'rows'> {
  readonly snapshot: RunSnapshot
  /** The newest ones. */
  readonly events: readonly RunEvent[]
  /** Whether rows go with it: only if who asks sees them and wants them. */
  readonly rows: boolean
}

export function sessionOf(parts: SessionParts): SessionFile {
  const { snapshot, events, rows, histories, record } = parts
  const leftOut: string[] = []
  const first = events[0]?.seq ?? 1
  if (first > 1) leftOut.push(`The first ${first - 1} events: the file holds the newest ${events.length}.`)
  if (!rows) leftOut.push('Rows: of tables, of errors, and what failures quote of them.')
  const shown = rows ? snapshot : rowlessSnapshot(snapshot)
  const tables = Object.fromEntries(
    Object.entries(shown.tables).map(([operator, table]) => {
      if (table.rows.length > MOST_TABLE_ROWS)
        leftOut.push(`Rows of ${operator} but the newest ${MOST_TABLE_ROWS} of ${table.rows.length}.`)
      return [operator, { ...table, rows: table.rows.slice(-MOST_TABLE_ROWS) }]
    }),
  )
  const known = firstKnown(histories)
  if (known === null) leftOut.push('Figures over time: none are kept of this run.')
  else if (known - record.startedAtMs > 60_000)
    leftOut.push(
      `Figures before ${new Date(known).toISOString()}: they are kept for 24 hours, and only while a server looks after the run.`,
    )
  leftOut.push('States of operators in checkpoints, and what sinks have written.')
  return {
    ...parts,
    format: 1,
    // Its newest events are among the others.
    snapshot: { ...shown, tables, events: [] },
    events: rows ? events : events.map(rowlessEvent),
    leftOut,
  }
}

function firstKnown(histories: readonly RunHistory[]): number | null {
  for (const { times, run } of histories) {
    const at = run.windowsBehind.findIndex((value) => value !== null)
    if (at >= 0) return times[at]
  }
  return null
}

/** `viewer`: the built script (apps/web, src/session). */
export function sessionPage(session: SessionFile, viewer: string): string {
  // Nothing in a script may look like its end.
  const script = viewer.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
  const data = JSON.stringify(session).replaceAll('<', '\\u003c')
  const hash = createHash('sha256').update(script).digest('base64')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Belay session</title>
</head>
<body>
<noscript>This file shows a run of Belay; it needs JavaScript, and loads nothing.</noscript>
<script type="application/json" id="session">${data}</script>
<script>${script}</script>
</body>
</html>
`
}
