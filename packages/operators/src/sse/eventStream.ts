/** Server-sent events as text comes in, in pieces that may be cut anywhere (HTML standard, section 9.2). Pure. */

export interface ServerEvent {
  /** `message` where the sender names none. */
  readonly name: string
  readonly data: string
  /** The newest id that was sent, with this event or before it; null = none yet. */
  readonly id: string | null
}

export class EventStream {
  /** Milliseconds to wait before connecting again, as the sender asks; null = it has not. */
  retryMs: number | null = null
  #id: string | null
  #rest = ''
  #name = ''
  #data: string[] = []
  #size = 0
  #begun = false
  #afterReturn = false
  readonly #maxCharacters: number

  /** `id`: the newest one of the connection before. `maxCharacters`: of one event; more is an error of the sender. */
  constructor(id: string | null, maxCharacters: number) {
    this.#id = id
    this.#maxCharacters = maxCharacters
  }

  /** Events that are whole now; null = one is larger than it may be. */
  push(text: string): readonly ServerEvent[] | null {
    const events: ServerEvent[] = []
    let from = 0
    if (!this.#begun && text !== '') {
      this.#begun = true
      if (text.charCodeAt(0) === 0xfeff) from = 1
    }
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code !== 10 && code !== 13) {
        this.#afterReturn = false
        continue
      }
      const line = this.#rest + text.slice(from, at)
      from = at + 1
      // The second half of a CR LF ends no line.
      const isPair = code === 10 && this.#afterReturn
      this.#afterReturn = code === 13
      if (isPair) continue
      this.#rest = ''
      const event = this.#line(line)
      if (event !== null) events.push(event)
    }
    this.#rest += text.slice(from)
    return this.#size + this.#rest.length > this.#maxCharacters ? null : events
  }

  #line(line: string): ServerEvent | null {
    if (line === '') return this.#end()
    const colon = line.indexOf(':')
    if (colon === 0) return null
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    switch (field) {
      case 'event':
        this.#name = value
        break
      case 'data':
        this.#data.push(value)
        this.#size += value.length + 1
        break
      case 'id':
        if (!value.includes('\0')) this.#id = value
        break
      case 'retry':
        if (/^\d{1,9}$/.test(value)) this.retryMs = Number(value)
        break
      default:
    }
    return null
  }

  #end(): ServerEvent | null {
    const event =
      this.#data.length === 0 ? null : { name: this.#name === '' ? 'message' : this.#name, data: this.#data.join('\n'), id: this.#id }
    this.#name = ''
    this.#data = []
    this.#size = 0
    return event
  }
}
