// The worst delays of every hour by state: the demo's pipeline, as a program.
//   belay run late-flights.ts --set speed=0 --set output=./out
import { avg, count, max, pipeline } from 'belay-stream'

const flow = pipeline('late-flights', {
  name: 'Late flights',
  parameters: {
    input: { type: 'string', default: 'demo:flights-3m.parquet', label: 'Flights file' },
    speed: { type: 'number', default: 25_000, label: 'Rows per second' },
    output: { type: 'string', default: 'home:late-flights', label: 'Folder for the results' },
  },
})

const top = flow
  .source('flights', 'parquet-source', {
    file: flow.parameter('input'),
    columns: { date: 'timestamp', delay: 'int64', distance: 'int64', origin: 'string', destination: 'string' },
    eventTime: 'date',
    rowsPerSecond: flow.parameter('speed'),
  })
  .lookup('enrich', {
    file: 'demo:airports.csv',
    columns: { iata: 'string', state: 'string?' },
    on: { origin: 'iata' },
    add: ['state'],
  })
  .filter('late', 'delay >= 15')
  .windowAggregate('hourly', {
    sizeMs: 3_600_000,
    keys: ['state'],
    aggregates: { flights: count(), mean_delay: avg('delay'), worst_delay: max('delay') },
  })
  .topN('top10', { n: 10, orderBy: ['-mean_delay', '-worst_delay', 'state'] })

top.table('board')
top.file('archive', { folder: flow.parameter('output'), fileName: 'top10' })

flow.test({
  name: 'the state with the longest delays comes first',
  steps: [
    {
      rows: {
        flights: [
          { date: '2001-01-01T08:05:00Z', delay: 20, distance: 1, origin: 'SFO', destination: 'ATL' },
          { date: '2001-01-01T08:50:00Z', delay: 90, distance: 1, origin: 'JFK', destination: 'ATL' },
        ],
      },
    },
  ],
  expected: {
    archive: [
      { rank: 1, state: 'NY', worst_delay: 90 },
      { rank: 2, state: 'CA', worst_delay: 20 },
    ],
  },
})

export default flow
