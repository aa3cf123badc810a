/** The Nexmark queries the plain way, over all events at once: what the pipelines are compared with. */

interface Person {
  readonly type: 'person'
  readonly id: number
  readonly name: string
  readonly city: string
  readonly state: string
  readonly dateTime: string
}

interface Auction {
  readonly type: 'auction'
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: string
  readonly expires: string
  readonly seller: number
  readonly category: number
  readonly extra: string
}

interface Bid {
  readonly type: 'bid'
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: string
  readonly extra: string
}

type NexmarkEvent = Person | Auction | Bid
type Row = Readonly<Record<string, unknown>>

export interface Events {
  readonly persons: readonly Person[]
  readonly auctions: readonly Auction[]
  readonly bids: readonly Bid[]
}

export function eventsOf(lines: readonly string[]): Events {
  const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as NexmarkEvent)
  return {
    persons: events.filter((event) => event.type === 'person'),
    auctions: events.filter((event) => event.type === 'auction'),
    bids: events.filter((event) => event.type === 'bid'),
  }
}

const at = (time: string): number => Date.parse(time)
const iso = (ms: number): string => new Date(ms).toISOString()
const windowOf = (time: string, sizeMs: number): number => Math.floor(at(time) / sizeMs) * sizeMs

function grouped<T>(rows: readonly T[], key: (row: T) => string | number): readonly (readonly T[])[] {
  const groups = new Map<string | number, T[]>()
  for (const row of rows) {
    const own = groups.get(key(row))
    if (own === undefined) groups.set(key(row), [row])
    else own.push(row)
  }
  return [...groups.values()]
}

/** Exact, with the shortest fraction: 0.908 · price. */
function euros(price: number): number {
  return Number(`${Math.floor((price * 908) / 1000)}.${String((price * 908) % 1000).padStart(3, '0')}`)
}

function validBids({ auctions, bids }: Events): readonly { readonly auction: Auction; readonly bid: Bid }[] {
  const byAuction = new Map(grouped(bids, (bid) => bid.auction).map((own) => [own[0].auction, own]))
  return auctions.flatMap((auction) =>
    (byAuction.get(auction.id) ?? [])
      .filter((bid) => bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires)
      .map((bid) => ({ auction, bid })),
  )
}

function bands(bids: readonly Bid[], what: string, count: (own: readonly Bid[]) => number): Row {
  return {
    [`total_${what}`]: count(bids),
    [`rank1_${what}`]: count(bids.filter(({ price }) => price < 10_000)),
    [`rank2_${what}`]: count(bids.filter(({ price }) => price >= 10_000 && price < 1_000_000)),
    [`rank3_${what}`]: count(bids.filter(({ price }) => price >= 1_000_000)),
  }
}

function statistics(bids: readonly Bid[]): Row {
  return {
    ...bands(bids, 'bids', (own) => own.length),
    ...bands(bids, 'bidders', (own) => new Set(own.map(({ bidder }) => bidder)).size),
    ...bands(bids, 'auctions', (own) => new Set(own.map(({ auction }) => auction)).size),
  }
}

const truncatedMean = (values: readonly number[]): number => Math.trunc(values.reduce((sum, value) => sum + value, 0) / values.length)
const best = (a: Bid, b: Bid): number => b.price - a.price || (a.dateTime < b.dateTime ? -1 : a.dateTime > b.dateTime ? 1 : 0)

const CHANNELS: Readonly<Record<string, string>> = { apple: '0', google: '1', facebook: '2', baidu: '3' }

/** What is looked up for a key; none for one key in seven. */
export const sideValue = (key: number): string | undefined => (key % 7 === 0 ? undefined : `value ${key}`)

export const QUERIES: Readonly<Record<string, (events: Events) => readonly Row[]>> = {
  q0: ({ bids }) => bids.map(({ auction, bidder, price, dateTime, extra }) => ({ auction, bidder, price, dateTime, extra })),
  q1: ({ bids }) => bids.map(({ auction, bidder, price, dateTime, extra }) => ({ auction, bidder, price: euros(price), dateTime, extra })),
  q2: ({ bids }) => bids.filter(({ auction }) => auction % 123 === 0).map(({ auction, price }) => ({ auction, price })),
  q3: ({ auctions, persons }) =>
    auctions
      .filter(({ category }) => category === 10)
      .flatMap((auction) =>
        persons
          .filter(({ id, state }) => id === auction.seller && ['OR', 'ID', 'CA'].includes(state))
          .map(({ name, city, state }) => ({ name, city, state, id: auction.id })),
      ),
  q4: (events) =>
    grouped(
      grouped(validBids(events), ({ auction }) => auction.id).map((own) => ({
        category: own[0].auction.category,
        final: Math.max(...own.map(({ bid }) => bid.price)),
      })),
      ({ category }) => category,
    ).map((own) => ({ id: own[0].category, final: truncatedMean(own.map(({ final }) => final)) })),
  q5: ({ bids }) => {
    const counts = grouped(
      bids.flatMap(({ auction, dateTime }) => [0, 1, 2, 3, 4].map((k) => ({ auction, start: windowOf(dateTime, 2000) - k * 2000 }))),
      ({ auction, start }) => `${start} ${auction}`,
    ).map((own) => ({ ...own[0], num: own.length }))
    return grouped(counts, ({ start }) => start).flatMap((own) => {
      const most = Math.max(...own.map(({ num }) => num))
      return own
        .filter(({ num }) => num === most)
        .map(({ auction, num, start }) => ({ auction, num, starttime: iso(start), endtime: iso(start + 10_000) }))
    })
  },
  q6: (events) =>
    grouped(
      grouped(validBids(events), ({ auction }) => auction.id).map((own) => ({
        ...own[0].auction,
        final: Math.max(...own.map(({ bid }) => bid.price)),
      })),
      ({ seller }) => seller,
    ).map((own) => {
      const lastTen = [...own].sort((a, b) => at(b.expires) - at(a.expires) || b.id - a.id).slice(0, 10)
      return { seller: own[0].seller, final: truncatedMean(lastTen.map(({ final }) => final)) }
    }),
  q7: ({ bids }) =>
    grouped(bids, ({ dateTime }) => windowOf(dateTime, 10_000)).flatMap((own) => {
      const most = own.reduce((max, { price }) => Math.max(max, price), 0)
      return own
        .filter(({ price }) => price === most)
        .map(({ auction, bidder, price, dateTime, extra }) => ({ auction, bidder, price, dateTime, extra }))
    }),
  q8: ({ persons, auctions }) => {
    const sellers = new Set(auctions.map(({ seller, dateTime }) => `${seller} ${windowOf(dateTime, 10_000)}`))
    return persons
      .filter(({ id, dateTime }) => sellers.has(`${id} ${windowOf(dateTime, 10_000)}`))
      .map(({ id, name, dateTime }) => ({ id, name, starttime: iso(windowOf(dateTime, 10_000)) }))
  },
  q9: (events) =>
    grouped(validBids(events), ({ auction }) => auction.id).map((own) => {
      const { auction } = own[0]
      const [bid] = own.map((pair) => pair.bid).sort(best)
      const { id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra } = auction
      return {
        id,
        itemName,
        description,
        initialBid,
        reserve,
        dateTime,
        expires,
        seller,
        category,
        extra,
        auction: bid.auction,
        bidder: bid.bidder,
        price: bid.price,
        bid_dateTime: bid.dateTime,
        bid_extra: bid.extra,
      }
    }),
  q10: ({ bids }) =>
    bids.map(({ auction, bidder, price, dateTime, extra }) => {
      return { auction, bidder, price, dateTime, extra, dt: dateTime.slice(0, 10), hm: dateTime.slice(11, 16) }
    }),
  q11: ({ bids }) =>
    grouped(bids, ({ bidder }) => bidder).flatMap((own) => {
      const times = own.map(({ dateTime }) => at(dateTime)).sort((a, b) => a - b)
      const sessions: { from: number; to: number; count: number }[] = []
      for (const time of times) {
        const open = sessions.at(-1)
        if (open !== undefined && time - open.to <= 10_000) {
          open.to = time
          open.count += 1
        } else sessions.push({ from: time, to: time, count: 1 })
      }
      return sessions.map(({ from, to, count }) => ({
        bidder: own[0].bidder,
        bid_count: count,
        starttime: iso(from),
        endtime: iso(to + 10_000),
      }))
    }),
  q12: ({ bids }) => grouped(bids, ({ bidder }) => bidder).map((own) => ({ bidder: own[0].bidder, bid_count: own.length })),
  q13: ({ bids }) =>
    bids.flatMap(({ auction, bidder, price, dateTime }) => {
      const value = sideValue(auction % 10_000)
      return value === undefined ? [] : [{ auction, bidder, price, dateTime, value }]
    }),
  q14: ({ bids }) =>
    bids
      .filter(({ price }) => price * 908 > 1_000_000_000 && price * 908 < 50_000_000_000)
      .map(({ auction, bidder, price, dateTime, extra }) => {
        const hour = new Date(dateTime).getUTCHours()
        const bidTimeType = hour >= 8 && hour <= 18 ? 'dayTime' : hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
        return { auction, bidder, price: euros(price), bidTimeType, dateTime, extra, c_counts: extra.split('c').length - 1 }
      }),
  q15: ({ bids }) =>
    grouped(bids, ({ dateTime }) => dateTime.slice(0, 10)).map((own) => ({ day: own[0].dateTime.slice(0, 10), ...statistics(own) })),
  q16: ({ bids }) =>
    grouped(bids, ({ channel, dateTime }) => `${channel} ${dateTime.slice(0, 10)}`).map((own) => ({
      channel: own[0].channel,
      day: own[0].dateTime.slice(0, 10),
      minute: own
        .map(({ dateTime }) => dateTime.slice(11, 16))
        .sort()
        .at(-1),
      ...statistics(own),
    })),
  q17: ({ bids }) =>
    grouped(bids, ({ auction, dateTime }) => `${auction} ${dateTime.slice(0, 10)}`).map((own) => {
      const prices = own.map(({ price }) => price)
      return {
        auction: own[0].auction,
        day: own[0].dateTime.slice(0, 10),
        ...bands(own, 'bids', (rows) => rows.length),
        min_price: Math.min(...prices),
        max_price: Math.max(...prices),
        avg_price: truncatedMean(prices),
        sum_price: prices.reduce((sum, price) => sum + price, 0),
      }
    }),
  q18: ({ bids }) =>
    grouped(bids, ({ bidder, auction }) => `${bidder} ${auction}`).map((own) => {
      const { auction, bidder, price, channel, url, dateTime, extra } = own.reduce((last, bid) =>
        bid.dateTime > last.dateTime ? bid : last,
      )
      return { auction, bidder, price, channel, url, dateTime, extra }
    }),
  q19: ({ bids }) =>
    grouped(bids, ({ auction }) => auction).flatMap((own) =>
      [...own]
        .sort(best)
        .slice(0, 10)
        .map(({ auction, bidder, price, channel, url, dateTime, extra }, i) => ({
          auction,
          bidder,
          price,
          channel,
          url,
          dateTime,
          extra,
          rank_number: i + 1,
        })),
    ),
  q20: ({ bids, auctions }) => {
    const byId = new Map(auctions.filter(({ category }) => category === 10).map((auction) => [auction.id, auction]))
    return bids.flatMap(({ auction, bidder, price, channel, url, dateTime, extra }) => {
      const own = byId.get(auction)
      if (own === undefined) return []
      const { itemName, description, initialBid, reserve, expires, seller, category } = own
      return [
        {
          auction,
          bidder,
          price,
          channel,
          url,
          bid_dateTime: dateTime,
          bid_extra: extra,
          itemName,
          description,
          initialBid,
          reserve,
          auction_dateTime: own.dateTime,
          expires,
          seller,
          category,
          auction_extra: own.extra,
        },
      ]
    })
  },
  q21: ({ bids }) =>
    bids.flatMap(({ auction, bidder, price, channel, url }) => {
      const channel_id = CHANNELS[channel.toLowerCase()] ?? /(&|^)channel_id=([^&]*)/.exec(url)?.[2]
      return channel_id === undefined ? [] : [{ auction, bidder, price, channel, channel_id }]
    }),
  q22: ({ bids }) =>
    bids.map(({ auction, bidder, price, channel, url }) => {
      const [, , , dir1, dir2, dir3] = url.split('/')
      return { auction, bidder, price, channel, dir1: dir1 ?? null, dir2: dir2 ?? null, dir3: dir3 ?? null }
    }),
}

/** As the golden files have it: one object a line, lines sorted as bytes. */
export function printed(rows: readonly Row[]): string {
  return rows
    .map((row) => `${JSON.stringify(row)}\n`)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .join('')
}
