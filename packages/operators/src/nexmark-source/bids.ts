/**
 * Made-up bids, 46 of 50 events: one loop with everything in local variables, so that a bid costs a
 * few draws and the copying of its texts.
 */
import type { BatchBuilder, BytesBuilder, NumberBuilder } from '@belay/columns'
import { ACTIVE_AUCTIONS, ACTIVE_PERSONS, AHEAD, AUCTIONS_IN_GROUP, GROUP, hot, known, newestAuction, newestPerson, timeOf } from './ids.ts'
import { below, mixed, next, priceOf } from './random.ts'
import { SLACK_BYTES, TextTable, TextWriter } from './texts.ts'

const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple']
const CHANNELS = 10_000
/** What a bid needs to be of its average size without channel and url, give or take a fifth. */
const LEAST_EXTRA = 54
const EXTRA_SPREAD = 29

export class BidMaker {
  readonly builder: BatchBuilder
  readonly #seed: number
  readonly #eventRate: number
  /** Letters that texts are cut from: how many, and where. */
  readonly #letters: DataView
  readonly #letterCount: number
  readonly #channels: TextTable | null
  readonly #urls: TextTable | null
  readonly #auction: NumberBuilder | null
  readonly #bidder: NumberBuilder | null
  readonly #price: NumberBuilder | null
  readonly #dateTime: NumberBuilder | null
  readonly #channel: TextWriter | null
  readonly #url: TextWriter | null
  readonly #extra: TextWriter | null

  /** `state`: of the random numbers the urls are made of. */
  constructor(builder: BatchBuilder, seed: number, eventRate: number, state: number, letters: DataView, letterCount: number) {
    this.builder = builder
    this.#seed = seed
    this.#eventRate = eventRate
    this.#letters = letters
    this.#letterCount = letterCount
    const column = (name: string): BatchBuilder['columns'][number] | null =>
      builder.columns[builder.schema.findIndex((field) => field.name === name)] ?? null
    const text = (name: string): TextWriter | null => {
      const found = column(name)
      return found === null ? null : new TextWriter(found as BytesBuilder)
    }
    this.#auction = column('auction') as NumberBuilder | null
    this.#bidder = column('bidder') as NumberBuilder | null
    this.#price = column('price') as NumberBuilder | null
    this.#dateTime = column('dateTime') as NumberBuilder | null
    this.#channel = text('channel')
    this.#url = text('url')
    this.#extra = text('extra')
    this.#channels =
      this.#channel === null ? null : TextTable.of([...HOT_CHANNELS, ...Array.from({ length: CHANNELS }, (_, i) => `channel-${i}`)])
    this.#urls = this.#url === null ? null : urlsOf(state)
  }

  /** Appends the bids among the events `[from, to)`, a batch at most. */
  make(from: number, to: number): void {
    const rows = to - from
    this.#channel?.begin(rows, this.#channels?.longest ?? 0)
    this.#url?.begin(rows, this.#urls?.longest ?? 0)
    this.#extra?.begin(rows, LEAST_EXTRA + EXTRA_SPREAD)
    for (let group = Math.floor(from / GROUP) * GROUP; group < to; group += GROUP)
      this.#makeGroup(Math.max(from, group + 1 + AUCTIONS_IN_GROUP), Math.min(to, group + GROUP))
  }

  /** Bids of one group: they know the same persons and auctions. */
  #makeGroup(from: number, to: number): void {
    if (from >= to) return
    const seed = this.#seed
    const rate = this.#eventRate
    const auctions = this.#auction
    const bidders = this.#bidder
    const prices = this.#price
    const times = this.#dateTime
    const channels = this.#channel
    const channelTable = this.#channels
    const urls = this.#url
    const urlTable = this.#urls
    const extras = this.#extra
    const newest = newestAuction(from)
    const hotAuction = hot(newest)
    const knownAuctions = known(newest, ACTIVE_AUCTIONS)
    const newestBidder = newestPerson(from)
    const hotBidder = hot(newestBidder) + 1
    const knownBidders = known(newestBidder, ACTIVE_PERSONS)
    for (let n = from; n < to; n += 1) {
      let x = next(mixed(seed, n + 1))
      const hotChannel = below(x, 2) === 0
      x = next(x)
      const channel = hotChannel ? below(x, HOT_CHANNELS.length) : HOT_CHANNELS.length + below(x, CHANNELS)
      if (auctions !== null) {
        x = next(x)
        let auction = hotAuction
        if (below(x, 2) === 0) {
          x = next(x)
          auction = newest - knownAuctions + 1 + below(x, knownAuctions + AHEAD)
        }
        auctions.values[auctions.rows++] = auction
      }
      if (bidders !== null) {
        x = next(x)
        let bidder = hotBidder
        if (below(x, 4) === 0) {
          x = next(x)
          bidder = newestBidder - knownBidders + 1 + below(x, knownBidders + AHEAD)
        }
        bidders.values[bidders.rows++] = bidder
      }
      if (prices !== null) {
        x = next(x)
        prices.values[prices.rows++] = priceOf(x)
      }
      if (channels !== null && channelTable !== null) {
        const { offsets, bytes } = channelTable
        channels.push(bytes, offsets[channel], offsets[channel + 1] - offsets[channel])
      }
      if (urls !== null && urlTable !== null) {
        const { offsets, bytes } = urlTable
        urls.push(bytes, offsets[channel], offsets[channel + 1] - offsets[channel])
      }
      if (times !== null) times.values[times.rows++] = timeOf(n, rate)
      if (extras !== null) {
        x = next(x)
        const size = LEAST_EXTRA + below(x, EXTRA_SPREAD)
        x = next(x)
        extras.push(this.#letters, below(x, this.#letterCount - size), size)
      }
    }
    this.builder.rows += to - from
  }
}

const URL_BEGIN = Buffer.from('https://www.nexmark.com', 'latin1')
const URL_WORDS = 3
const WORD_LETTERS = 5
const URL_END = Buffer.from('/item.htm?query=1', 'latin1')
const URL_CHANNEL = Buffer.from('&channel_id=', 'latin1')
const SLASH = 47
const ZERO = 48
const LETTER_A = 97

/** A url for every channel; nine in ten name the channel. */
function urlsOf(first: number): TextTable {
  const count = HOT_CHANNELS.length + CHANNELS
  const longest = URL_BEGIN.length + URL_WORDS * (1 + WORD_LETTERS) + URL_END.length + URL_CHANNEL.length + String(count).length
  const bytes = new Uint8Array(count * longest + SLACK_BYTES)
  const offsets = new Uint32Array(count + 1)
  let state = first
  let at = 0
  for (let channel = 0; channel < count; channel += 1) {
    for (let i = 0; i < URL_BEGIN.length; i += 1) bytes[at++] = URL_BEGIN[i]
    for (let word = 0; word < URL_WORDS; word += 1) {
      bytes[at++] = SLASH
      for (let i = 0; i < WORD_LETTERS; i += 1) {
        state = next(state)
        bytes[at++] = LETTER_A + below(state, 26)
      }
    }
    for (let i = 0; i < URL_END.length; i += 1) bytes[at++] = URL_END[i]
    state = next(state)
    if (below(state, 10) > 0) {
      for (let i = 0; i < URL_CHANNEL.length; i += 1) bytes[at++] = URL_CHANNEL[i]
      let unit = 1
      while (unit * 10 <= channel) unit *= 10
      for (; unit >= 1; unit = Math.floor(unit / 10)) bytes[at++] = ZERO + (Math.floor(channel / unit) % 10)
    }
    offsets[channel + 1] = at
  }
  return new TextTable(bytes, offsets)
}
