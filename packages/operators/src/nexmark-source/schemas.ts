/** The three kinds of Nexmark events and their columns. */
import type { Schema } from '@belay/columns'

export const KINDS = ['person', 'auction', 'bid'] as const
export type EventKind = (typeof KINDS)[number]

const int = (name: string) => ({ name, type: 'int64', nullable: false }) as const
const text = (name: string) => ({ name, type: 'string', nullable: false }) as const
const time = (name: string) => ({ name, type: 'timestamp', nullable: false }) as const

/** In the order of the published schema; `dateTime` is the event time of all. */
export const EVENT_SCHEMAS: Readonly<Record<EventKind, Schema>> = {
  person: [int('id'), text('name'), text('emailAddress'), text('creditCard'), text('city'), text('state'), time('dateTime'), text('extra')],
  auction: [
    int('id'),
    text('itemName'),
    text('description'),
    int('initialBid'),
    int('reserve'),
    time('dateTime'),
    time('expires'),
    int('seller'),
    int('category'),
    text('extra'),
  ],
  bid: [int('auction'), int('bidder'), int('price'), text('channel'), text('url'), time('dateTime'), text('extra')],
}
