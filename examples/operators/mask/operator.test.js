// `node --test`: the contract that the engine relies on, proven on examples, with kills.
import { test } from 'node:test'
import { contract } from 'belay-stream/operator-testing'
import { manifest } from './manifest.js'
import { module } from './runtime.js'

const checks = contract({
  manifest,
  module,
  examples: [
    {
      title: 'all but the first two characters, NULL as it is',
      config: { column: 'name', keep: 2 },
      inputs: {
        in: {
          columns: { id: 'int64', name: 'string?' },
          rows: [{ id: 1, name: 'Ana' }, { id: 2, name: 'Żubr' }, { id: 3 }, { id: 4, name: 'B' }],
        },
      },
      expected: { out: [{ id: 1, name: 'An*' }, { id: 2, name: 'Żu**' }, { id: 3 }, { id: 4, name: 'B' }] },
    },
  ],
})
for (const { title, check } of checks) void test(title, check)
