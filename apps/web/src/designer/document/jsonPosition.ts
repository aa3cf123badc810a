/** Where a text stops being JSON. `JSON.parse` of browsers does not always say. */

const SPACE = /[ \t\r\n]*/y
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these inside strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

/** Offset of the first character that cannot stand where it is; the length of the text when more is needed; null when it is JSON. */
export function jsonErrorAt(text: string): number | null {
  // What is open around the place: `{` wants a key, `[` a value. Kept by hand, so that depth is no danger.
  const open: ('{' | '[')[] = []
  let at = 0
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) return false
    at += found[0].length
    return true
  }
  const space = (): void => void skip(SPACE)
  const key = (): boolean => {
    if (!skip(STRING)) return false
    space()
    if (text[at] !== ':') return false
    at += 1
    space()
    return true
  }
  space()
  for (;;) {
    // A value begins here.
    const first = text[at]
    let closed = true
    if (first === '{' || first === '[') {
      at += 1
      space()
      if (text[at] === (first === '{' ? '}' : ']')) at += 1
      else {
        open.push(first)
        if (first === '{' && !key()) return at
        closed = false
      }
    } else if (!skip(first === '"' ? STRING : LITERAL)) return at
    if (!closed) continue
    // A value has ended: close what ends with it, or go on after a comma.
    for (;;) {
      space()
      const around = open.at(-1)
      if (around === undefined) return at === text.length ? null : at
      if (text[at] === (around === '{' ? '}' : ']')) {
        open.pop()
        at += 1
        continue
      }
      if (text[at] !== ',') return at
      at += 1
      space()
      if (around === '{' && !key()) return at
      break
    }
  }
}

/** Line of the first fault, counted from 1; null when the text is JSON. */
export function jsonErrorLine(text: string): number | null {
  const at = jsonErrorAt(text)
  return at === null ? null : text.slice(0, at).split('\n').length
}
