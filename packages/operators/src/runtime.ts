/**
 * Every operator's runtime by type, loaded when it is first deployed. Node only.
 *
 * Each container thread loads this module: it imports nothing that is large.
 */
import type { OperatorModule, OperatorRegistry } from '@belay/engine/operator'

const load = (module: Promise<{ readonly module: unknown }>): Promise<OperatorModule<never>> =>
  module.then((loaded) => loaded.module as OperatorModule<never>)

export const operators: OperatorRegistry = {
  aggregate: () => load(import('./aggregate/runtime.ts')),
  assert: () => load(import('./assert/runtime.ts')),
  console: () => load(import('./console/runtime.ts')),
  'csv-source': () => load(import('./csv-source/runtime.ts')),
  dedup: () => load(import('./dedup/runtime.ts')),
  'file-sink': () => load(import('./file-sink/runtime.ts')),
  filter: () => load(import('./filter/runtime.ts')),
  flatten: () => load(import('./flatten/runtime.ts')),
  format: () => load(import('./format/runtime.ts')),
  generator: () => load(import('./generator/runtime.ts')),
  'given-rows': () => load(import('./given-rows/runtime.ts')),
  'http-ingest': () => load(import('./http-ingest/runtime.ts')),
  'http-poll': () => load(import('./http-poll/runtime.ts')),
  sse: () => load(import('./sse/runtime.ts')),
  'interval-join': () => load(import('./interval-join/runtime.ts')),
  'json-lines-source': () => load(import('./json-lines-source/runtime.ts')),
  'lookup-join': () => load(import('./lookup-join/runtime.ts')),
  'nexmark-source': () => load(import('./nexmark-source/runtime.ts')),
  normalize: () => load(import('./normalize/runtime.ts')),
  'null-sink': () => load(import('./null-sink/runtime.ts')),
  'parquet-source': () => load(import('./parquet-source/runtime.ts')),
  parse: () => load(import('./parse/runtime.ts')),
  pattern: () => load(import('./pattern/runtime.ts')),
  rank: () => load(import('./rank/runtime.ts')),
  'rate-limit': () => load(import('./rate-limit/runtime.ts')),
  'regular-join': () => load(import('./regular-join/runtime.ts')),
  sample: () => load(import('./sample/runtime.ts')),
  script: () => load(import('./script/runtime.ts')),
  'script-sample': () => load(import('./script-sample/runtime.ts')),
  select: () => load(import('./select/runtime.ts')),
  split: () => load(import('./split/runtime.ts')),
  'table-view': () => load(import('./table-view/runtime.ts')),
  'temporal-join': () => load(import('./temporal-join/runtime.ts')),
  'to-changelog': () => load(import('./to-changelog/runtime.ts')),
  'top-n': () => load(import('./top-n/runtime.ts')),
  union: () => load(import('./union/runtime.ts')),
  'web-socket': () => load(import('./web-socket/runtime.ts')),
  webhook: () => load(import('./webhook/runtime.ts')),
  'window-aggregate': () => load(import('./window-aggregate/runtime.ts')),
  'window-join': () => load(import('./window-join/runtime.ts')),
  'window-time': () => load(import('./window-time/runtime.ts')),
}
