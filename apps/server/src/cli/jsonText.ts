/** JSON as people write it: where it breaks is told by line and column, which `JSON.parse` does not do on every version. */

/** A text's value, or where it breaks. */
export type TextResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly message: string }

class Break extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

export function parseJson(text: string): TextResult {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    return { ok: true, value: JSON.parse(source) }
  } catch (error) {
    const found = breakOf(source)
    const at = found?.at ?? source.length
    const before = source.slice(0, at)
    return {
      ok: false,
      line: before.split('\n').length,
      column: at - before.lastIndexOf('\n'),
      message: found?.message ?? (error as Error).message,
    }
  }
}

/** The first place where the text is not JSON. */
function breakOf(text: string): Break | null {
  let at = 0
  const space = (): void => {
    while (at < text.length && /[ \t\r\n]/.test(text[at])) at += 1
  }
  const fail = (expected: string): never => {
    throw new Break(
      at,
      at >= text.length ? `the text ends where ${expected} should be` : `${expected} should be here, not ${JSON.stringify(text[at])}`,
    )
  }
  const string = (): void => {
    if (text[at] !== '"') fail('a text in double quotes')
    at += 1
    while (text[at] !== '"') {
      if (at >= text.length) fail('a closing double quote')
      if (text.charCodeAt(at) < 0x20) throw new Break(at, 'a line ends inside a text; close the quote, or write \\n')
      if (text[at] === '\\') {
        const escape = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at, at + 6))
        if (escape === null) throw new Break(at, 'a backslash in a text is written \\\\')
        at += escape[0].length
      } else at += 1
    }
    at += 1
  }
  const items = (close: string, item: () => void): void => {
    at += 1
    space()
    if (text[at] === close) {
      at += 1
      return
    }
    for (;;) {
      space()
      item()
      space()
      if (text[at] === close) {
        at += 1
        return
      }
      if (text[at] !== ',') fail(`a comma or ${close}`)
      at += 1
    }
  }
  const value = (): void => {
    space()
    const char = text[at]
    if (char === '{')
      return items('}', () => {
        string()
        space()
        if (text[at] !== ':') fail('a colon')
        at += 1
        value()
      })
    if (char === '[') return items(']', value)
    if (char === '"') return string()
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.slice(at, at + 400))
    if (word === null) fail('a value')
    else at += word[0].length
  }
  try {
    value()
    space()
    if (at < text.length) fail('the end')
    return null
  } catch (error) {
    if (error instanceof Break) return error
    // Nested too deeply for this reader: the position stays unknown.
    return null
  }
}
