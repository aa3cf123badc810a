/** Nanoseconds a row of some kernels on Nexmark-like bids: `npm run build && npm run bench -w @belay/expressions`. */
import { performance } from 'node:perf_hooks'
import { BATCH_ROWS, batchOf } from '@belay/columns'
import { checkExpression, compileExpression, RowErrors } from '@belay/expressions'

const SCHEMA = [
  { name: 'auction', type: 'int64', nullable: false },
  { name: 'price', type: 'int64', nullable: false },
  { name: 'channel', type: 'string', nullable: false },
  { name: 'url', type: 'string', nullable: false },
  { name: 'dateTime', type: 'timestamp', nullable: false },
  { name: 'extra', type: 'string', nullable: false },
  { name: 'doc', type: 'json', nullable: false },
]

const EXPRESSIONS = {
  q1: 'CAST(0.908 * price AS DECIMAL(18, 3))',
  q2: 'MOD(auction, 123) = 0',
  'q14 filter': '0.908 * price > 1000000 AND 0.908 * price < 50000000',
  'q14 label':
    "CASE WHEN HOUR(dateTime) BETWEEN 8 AND 18 THEN 'dayTime' WHEN HOUR(dateTime) <= 6 OR HOUR(dateTime) >= 20 THEN 'nightTime' ELSE 'otherTime' END",
  'q14 count': "CHAR_LENGTH(extra) - CHAR_LENGTH(REPLACE(extra, 'c', ''))",
  q16: "DATE_FORMAT(dateTime, 'HH:mm')",
  q17: "DATE_FORMAT(dateTime, 'yyyy-MM-dd')",
  q21: "CASE LOWER(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' ELSE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) END",
  q22: "SPLIT_INDEX(url, '/', 3)",
  'int64 sum': 'price + auction',
  'float product': 'CAST(price AS DOUBLE) * 1.5e0',
  'text equality': "channel = 'Google'",
  'text IN': "channel IN ('Google', 'Apple', 'Baidu')",
  LIKE: "url LIKE '%channel_id=1%'",
  REGEXP_LIKE: "REGEXP_LIKE(url, 'channel_id=[0-9]+7')",
  'JSON path': "JSON_VALUE(doc, '$.bid.price')",
  'a lifted one': 'INITCAP(channel)',
}

const CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple']
const word = (n) => ((n * 2_654_435_761) >>> 0).toString(36).padStart(7, 'x').slice(0, 5)
const rows = Array.from({ length: BATCH_ROWS }, (_, i) => {
  const price = Math.round(100 * 10 ** (6 * ((i * 0.618) % 1)))
  const path = `https://www.nexmark.com/${word(i)}/${word(i * 7)}/${word(i * 13)}/item.htm?query=1`
  return [
    1000 + ((i * 37) % 6000),
    price,
    i % 2 === 0 ? CHANNELS[(i % 8) >> 1] : `channel-${(i * 97) % 10_000}`,
    i % 10 === 0 ? path : `${path}&channel_id=${(i * 104_729) % 10_000_000}`,
    1_773_475_150_000 + i,
    Array.from({ length: 12 }, (_, k) => word(i * 31 + k)).join(''),
    `{"type":"bid","bid":{"auction":${i},"price":${price},"channel":"x"}}`,
  ]
})
const batch = batchOf(SCHEMA, rows)
const times = {}
for (const [name, source] of Object.entries(EXPRESSIONS)) {
  const checked = checkExpression(source, SCHEMA)
  if (!checked.ok) throw new Error(`${name}: ${JSON.stringify(checked.problems)}`)
  const kernel = compileExpression(checked.expression, SCHEMA)
  const errors = new RowErrors()
  // The best of many short slices: what the kernel costs when nothing else has the core.
  for (let pass = 0; pass < 300; pass += 1) kernel.evaluate(batch, errors)
  let best = Infinity
  for (let slice = 0; slice < 200; slice += 1) {
    const before = performance.now()
    for (let pass = 0; pass < 4; pass += 1) kernel.evaluate(batch, errors)
    best = Math.min(best, ((performance.now() - before) * 1e6) / (4 * batch.rows))
  }
  if (errors.count > 0) throw new Error(`${name} fails on rows`)
  times[name] = Number(best.toFixed(2))
  process.stderr.write(`${name.padEnd(16)}${best.toFixed(2).padStart(9)} ns a row\n`)
}
console.log(JSON.stringify({ nanosecondsPerRow: times }))
