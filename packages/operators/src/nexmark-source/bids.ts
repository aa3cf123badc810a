/**
 * Made-up bids, 46 of 50 events: one loop with everything in local variables, so that a bid costs a
 * few draws and the copying of its texts.
 */
import type { BatchBuilder, BytesBuilder, NumberBuilder } from '@belay/columns'
import { ACTIVE_AUCTIONS, ACTIVE_PERSONS, AHEAD, AUCTIONS_IN_GROUP, GROUP, hot, known, newestAuction, newestPerson, timeOf } from './ids.ts'
import { below, mixed, next, priceOf } from './random.ts'
import { TextTable, TextWriter } from './texts.ts'

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
  readonly #channels: TextTable
  readonly #urls: TextTable
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
    this.#channels = new TextTable([...HOT_CHANNELS, ...Array.from({ length: CHANNELS }, (_, i) => `channel-${i}`)])
    this.#urls = new TextTable(urlsOf(state))
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
  }

  /** Appends the bids among the events `[from, to)`, a batch at most. */
  make(from: number, to: number): void {
    const rows = to - from
    this.#channel?.begin(rows, this.#channels.longest)
    this.#url?.begin(rows, this.#urls.longest)
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
    const urls = this.#url
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
      if (channels !== null) {
        const { offsets, bytes } = this.#channels
        channels.push(bytes, offsets[channel], offsets[channel + 1] - offsets[channel])
      }
      if (urls !== null) {
        const { offsets, bytes } = this.#urls
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

/** A url for every channel; nine in ten name the channel. */
function urlsOf(first: number): string[] {
  let state = first
  const draw = (most: number): number => {
    state = next(state)
    return below(state, most)
  }
  const word = (): string => Array.from({ length: 5 }, () => String.fromCharCode(97 + draw(26))).join('')
  return Array.from({ length: HOT_CHANNELS.length + CHANNELS }, (_, channel) => {
    const path = `https://www.nexmark.com/${word()}/${word()}/${word()}/item.htm?query=1`
    return draw(10) > 0 ? `${path}&channel_id=${channel}` : path
  })
}
