/**
 * Made-up Nexmark events with the published proportions and skews (Tucker et al. 2002; the Beam and
 * Flink versions). Event `n` is a pure function of the seed and `n`, so a restore seeks to any event.
 *
 * Texts come as bytes from tables and from one large random buffer: an event costs copies, not strings.
 */
import { BatchBuilder, type BytesBuilder, type ColumnBuilder, type NumberBuilder, type Schema } from '@belay/columns'
import { BidMaker } from './bids.ts'
import { ACTIVE_PERSONS, AHEAD, AUCTIONS_IN_GROUP, GROUP, HOT, hot, kindOf, known, newestAuction, newestPerson, timeOf } from './ids.ts'
import { below, mixed, next, priceOf } from './random.ts'
import type { EventKind } from './schemas.ts'
import { SLACK_BYTES, TextTable, TextWriter } from './texts.ts'

const LETTERS = 1 << 20

const FIRST_NAMES = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter']
const LAST_NAMES = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris']
const CITIES = ['Phoenix', 'Los Angeles', 'San Francisco', 'Boise', 'Portland', 'Bend', 'Redmond', 'Seattle', 'Kent', 'Cheyenne']
const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']

/** One column of persons or auctions. */
interface ColumnMaker {
  /** Before the rows of a batch, at most so many. */
  begin(rows: number): void
  /** Appends the value of the event in work. */
  push(): void
}

export class EventMaker {
  readonly builders: Readonly<Record<EventKind, BatchBuilder>>
  readonly #seed: number
  readonly #rate: number
  readonly #letters: DataView
  readonly #names = TextTable.of(FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`)))
  readonly #cities = TextTable.of(CITIES)
  readonly #states = TextTable.of(STATES)
  readonly #persons: readonly ColumnMaker[]
  readonly #auctions: readonly ColumnMaker[]
  readonly #bids: BidMaker
  /** The event in work, and of its random numbers. */
  #n = 0
  #state: number

  constructor(seed: number, eventRate: number, schemas: Readonly<Record<EventKind, Schema>>) {
    this.#seed = seed
    this.#rate = eventRate
    this.#state = mixed(seed, 0)
    const letters = new Uint8Array(LETTERS + SLACK_BYTES)
    let state = this.#state
    for (let i = 0; i < LETTERS; i += 1) {
      state = next(state)
      letters[i] = 97 + below(state, 26)
    }
    this.#state = state
    this.#letters = new DataView(letters.buffer)
    this.builders = {
      person: new BatchBuilder(schemas.person),
      auction: new BatchBuilder(schemas.auction),
      bid: new BatchBuilder(schemas.bid),
    }
    const { person, auction, bid } = this.builders
    this.#persons = schemas.person.map(({ name }, i) => this.#personColumn(name, person.columns[i]))
    this.#auctions = schemas.auction.map(({ name }, i) => this.#auctionColumn(name, auction.columns[i]))
    this.#bids = new BidMaker(bid, seed, eventRate, this.#state, this.#letters, LETTERS)
  }

  /** Appends the events `[from, to)` of the kinds wanted to their builders; a batch at most. */
  make(from: number, to: number, wanted: Readonly<Record<EventKind, boolean>>): void {
    if (wanted.person) this.#makeRare('person', this.#persons, from, to)
    if (wanted.auction) this.#makeRare('auction', this.#auctions, from, to)
    if (wanted.bid) this.#bids.make(from, to)
  }

  #makeRare(kind: EventKind, columns: readonly ColumnMaker[], from: number, to: number): void {
    const builder = this.builders[kind]
    for (const column of columns) column.begin(to - from)
    for (let n = from; n < to; n += 1) {
      if (kindOf(n) !== kind) {
        // On to the next group behind the auctions.
        if (n % GROUP > AUCTIONS_IN_GROUP) n += GROUP - (n % GROUP) - 1
        continue
      }
      this.#n = n
      this.#state = mixed(this.#seed, n + 1)
      for (let i = 0; i < columns.length; i += 1) columns[i].push()
      builder.endRow()
    }
  }

  /** A random whole number in [0, most). */
  #draw(most: number): number {
    this.#state = next(this.#state)
    return below(this.#state, most)
  }

  #price(): number {
    this.#state = next(this.#state)
    return priceOf(this.#state)
  }

  #personColumn(name: string, column: ColumnBuilder): ColumnMaker {
    switch (name) {
      case 'id':
        return number(column, () => newestPerson(this.#n))
      case 'name':
        return this.#fromTable(column, this.#names)
      case 'emailAddress':
        return text(column, 32, (writer) => {
          // Seven letters, an at sign, five letters and `.com`.
          const from = this.#draw(LETTERS - 64)
          for (let i = 0; i < 7; i += 1) writer.pushByte(this.#letters.getUint8(from + i))
          writer.pushByte(64)
          for (let i = 7; i < 12; i += 1) writer.pushByte(this.#letters.getUint8(from + i))
          for (const byte of DOT_COM) writer.pushByte(byte)
          writer.endText()
        })
      case 'creditCard':
        return text(column, 32, (writer) => {
          for (let group = 0; group < 4; group += 1) {
            if (group > 0) writer.pushByte(32)
            const digits = this.#draw(10_000)
            for (let unit = 1000; unit >= 1; unit /= 10) writer.pushByte(48 + (Math.floor(digits / unit) % 10))
          }
          writer.endText()
        })
      case 'city':
        return this.#fromTable(column, this.#cities)
      case 'state':
        return this.#fromTable(column, this.#states)
      case 'dateTime':
        return number(column, () => timeOf(this.#n, this.#rate))
      default:
        return this.#extra(column, 133)
    }
  }

  #auctionColumn(name: string, column: ColumnBuilder): ColumnMaker {
    switch (name) {
      case 'id':
        return number(column, () => newestAuction(this.#n))
      case 'itemName':
        return this.#randomText(column, 10, 20)
      case 'description':
        return this.#randomText(column, 50, 100)
      case 'initialBid':
        return number(column, () => this.#price())
      case 'reserve':
        return number(column, () => this.#price() + this.#price())
      case 'dateTime':
        return number(column, () => timeOf(this.#n, this.#rate))
      case 'expires': {
        // Up to twice the time in which a hundred auctions are made.
        const mostMs = Math.max(1, Math.floor(((2 * HOT * GROUP) / AUCTIONS_IN_GROUP / this.#rate) * 1000))
        return number(column, () => timeOf(this.#n, this.#rate) + 1 + this.#draw(mostMs))
      }
      case 'seller':
        return number(column, () => {
          const newest = newestPerson(this.#n)
          if (this.#draw(4) > 0) return hot(newest)
          const persons = known(newest, ACTIVE_PERSONS)
          return newest - persons + 1 + this.#draw(persons + AHEAD)
        })
      case 'category':
        return number(column, () => 10 + this.#draw(5))
      default:
        return this.#extra(column, 332)
    }
  }

  #fromTable(column: ColumnBuilder, { bytes, offsets, longest }: TextTable): ColumnMaker {
    return text(column, longest, (writer) => {
      const index = this.#draw(offsets.length - 1)
      writer.push(bytes, offsets[index], offsets[index + 1] - offsets[index])
    })
  }

  /** What an event needs to be of its average size, give or take a fifth. */
  #extra(column: ColumnBuilder, average: number): ColumnMaker {
    const spread = Math.round(average * 0.2)
    return this.#randomText(column, average - spread, 2 * spread + 1)
  }

  /** Letters: `least` and up to `spread` − 1 more. */
  #randomText(column: ColumnBuilder, least: number, spread: number): ColumnMaker {
    return text(column, least + spread, (writer) => {
      const size = least + this.#draw(spread)
      writer.push(this.#letters, this.#draw(LETTERS - size), size)
    })
  }
}

const DOT_COM = [46, 99, 111, 109]

function number(column: ColumnBuilder, valueOf: () => number): ColumnMaker {
  const builder = column as NumberBuilder
  return {
    begin: () => undefined,
    push: () => builder.push(valueOf()),
  }
}

function text(column: ColumnBuilder, longest: number, push: (writer: TextWriter) => void): ColumnMaker {
  const writer = new TextWriter(column as BytesBuilder)
  return {
    begin: (rows) => writer.begin(rows, longest),
    push: () => push(writer),
  }
}
