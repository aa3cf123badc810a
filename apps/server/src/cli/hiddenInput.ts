/** What must not be seen: from a terminal without showing it, else from stdin. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** The first line. */
export async function readHiddenLine(prompt: string): Promise<string> {
  const terminal = process.stdin.isTTY
  if (terminal) process.stderr.write(`${prompt}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    if (terminal) process.stderr.write('\n')
  }
}

/** A line of a terminal, or all of stdin, which may have several lines, without the line break at its end. */
export async function readHiddenText(prompt: string): Promise<string> {
  return process.stdin.isTTY ? readHiddenLine(prompt) : withoutLastBreak(await text(process.stdin))
}

export function withoutLastBreak(given: string): string {
  return given.replace(/\r?\n$/, '')
}
