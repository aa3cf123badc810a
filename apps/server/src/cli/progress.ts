/** What `belay run` shows on stderr while it runs. */
import type { RunDelta } from '@belay/run'

const TERMINAL_EVERY_MS = 250
const PLAIN_EVERY_MS = 5000

export interface Progress {
  show(delta: RunDelta): void
  say(text: string): void
  end(): void
}

/** On a terminal one line that is rewritten; elsewhere a line every five seconds. `quiet`: only what is said. */
export function progressOn(stream: NodeJS.WriteStream, quiet: boolean): Progress {
  const terminal = stream.isTTY
  let lastMs = -Infinity
  return {
    show(delta) {
      const now = performance.now()
      if (quiet || now - lastMs < (terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS)) return
      // Off a terminal a run of a second or two needs no line of its own.
      if (!terminal && lastMs === -Infinity) {
        lastMs = now
        return
      }
      lastMs = now
      const text = lineOf(delta)
      stream.write(terminal ? `\r\u001B[K${text.slice(0, Math.max(20, stream.columns - 1))}` : `${text}\n`)
    },
    say(text) {
      stream.write(terminal ? `\r\u001B[K${text}\n` : `${text}\n`)
    },
    end() {
      if (terminal) stream.write('\r\u001B[K')
    },
  }
}

function lineOf({ figures }: RunDelta): string {
  const operators = Object.values(figures.operators)
  const shares = operators.flatMap((operator) => (operator.progress === undefined ? [] : [operator.progress]))
  const read = shares.length === 0 ? '' : `, ${Math.round((shares.reduce((sum, share) => sum + share, 0) / shares.length) * 100)} % read`
  const rate = Math.round(Math.max(0, ...operators.map((operator) => operator.rowsOutPerSecond)))
  return `${figures.state}: window ${figures.targetWindow}, committed ${figures.committedWindow}, ${rate} rows/s${read}`
}
