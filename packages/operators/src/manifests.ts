/** Every operator's manifest by type. Browser-safe: nothing here reaches a runtime. */
import type { ManifestCatalogue, OperatorManifest } from '@belay/pipeline'
import { aggregate } from './aggregate/manifest.ts'
import { assertRules } from './assert/manifest.ts'
import { consoleSink } from './console/manifest.ts'
import { csvSource } from './csv-source/manifest.ts'
import { dedup } from './dedup/manifest.ts'
import { fileSink } from './file-sink/manifest.ts'
import { filter } from './filter/manifest.ts'
import { flatten } from './flatten/manifest.ts'
import { format } from './format/manifest.ts'
import { generator } from './generator/manifest.ts'
import { givenRows } from './given-rows/manifest.ts'
import { httpIngest } from './http-ingest/manifest.ts'
import { httpPoll } from './http-poll/manifest.ts'
import { sse } from './sse/manifest.ts'
import { intervalJoin } from './interval-join/manifest.ts'
import { jsonLinesSource } from './json-lines-source/manifest.ts'
import { lookupJoin } from './lookup-join/manifest.ts'
import { nexmarkSource } from './nexmark-source/manifest.ts'
import { normalize } from './normalize/manifest.ts'
import { nullSink } from './null-sink/manifest.ts'
import { parquetSource } from './parquet-source/manifest.ts'
import { parse } from './parse/manifest.ts'
import { pattern } from './pattern/manifest.ts'
import { rank } from './rank/manifest.ts'
import { rateLimit } from './rate-limit/manifest.ts'
import { regularJoin } from './regular-join/manifest.ts'
import { sample } from './sample/manifest.ts'
import { script } from './script/manifest.ts'
import { scriptSample } from './script-sample/manifest.ts'
import { select } from './select/manifest.ts'
import { split } from './split/manifest.ts'
import { tableView } from './table-view/manifest.ts'
import { temporalJoin } from './temporal-join/manifest.ts'
import { toChangelog } from './to-changelog/manifest.ts'
import { topN } from './top-n/manifest.ts'
import { union } from './union/manifest.ts'
import { webSocket } from './web-socket/manifest.ts'
import { webhook } from './webhook/manifest.ts'
import { windowAggregate } from './window-aggregate/manifest.ts'
import { windowJoin } from './window-join/manifest.ts'
import { windowTime } from './window-time/manifest.ts'

export { OP_FIELD, type GivenRowsConfig } from './given-rows/manifest.ts'
export { columnsOfShapes, type RowShape } from './script/columnShapes.ts'
export { SHAPE_COLUMN } from './script-sample/manifest.ts'
export type { DeclaredColumn } from './typing/columns.ts'
export { givenRow } from './given-rows/values.ts'
export { fittingValue } from './json-lines-source/jsonValue.ts'

const catalogue: Record<string, OperatorManifest> = {
  // The engine and the designer hand over a config that passed the manifest's own schema.
  aggregate: aggregate as unknown as OperatorManifest,
  assert: assertRules as unknown as OperatorManifest,
  console: consoleSink as unknown as OperatorManifest,
  'csv-source': csvSource as unknown as OperatorManifest,
  dedup: dedup as unknown as OperatorManifest,
  'file-sink': fileSink as unknown as OperatorManifest,
  filter: filter as unknown as OperatorManifest,
  flatten: flatten as unknown as OperatorManifest,
  format: format as unknown as OperatorManifest,
  generator: generator as unknown as OperatorManifest,
  'given-rows': givenRows as unknown as OperatorManifest,
  'http-ingest': httpIngest as unknown as OperatorManifest,
  'http-poll': httpPoll as unknown as OperatorManifest,
  sse: sse as unknown as OperatorManifest,
  'interval-join': intervalJoin as unknown as OperatorManifest,
  'json-lines-source': jsonLinesSource as unknown as OperatorManifest,
  'lookup-join': lookupJoin as unknown as OperatorManifest,
  'nexmark-source': nexmarkSource as unknown as OperatorManifest,
  normalize: normalize as unknown as OperatorManifest,
  'null-sink': nullSink,
  'parquet-source': parquetSource as unknown as OperatorManifest,
  parse: parse as unknown as OperatorManifest,
  pattern: pattern as unknown as OperatorManifest,
  rank: rank as unknown as OperatorManifest,
  'rate-limit': rateLimit as unknown as OperatorManifest,
  'regular-join': regularJoin as unknown as OperatorManifest,
  sample: sample as unknown as OperatorManifest,
  script: script as unknown as OperatorManifest,
  'script-sample': scriptSample as unknown as OperatorManifest,
  select: select as unknown as OperatorManifest,
  split: split as unknown as OperatorManifest,
  'table-view': tableView as unknown as OperatorManifest,
  'temporal-join': temporalJoin as unknown as OperatorManifest,
  'to-changelog': toChangelog as unknown as OperatorManifest,
  'top-n': topN as unknown as OperatorManifest,
  union,
  'web-socket': webSocket as unknown as OperatorManifest,
  webhook: webhook as unknown as OperatorManifest,
  'window-aggregate': windowAggregate as unknown as OperatorManifest,
  'window-join': windowJoin as unknown as OperatorManifest,
  'window-time': windowTime as unknown as OperatorManifest,
}

/** Every operator of this installation: the ones above, and those that were added when it started. */
export const manifests: ManifestCatalogue = catalogue

/** Before anything is drawn, checked or run with them. Answers the types that are taken, which stay as they are. */
export function addManifests(own: readonly OperatorManifest[]): readonly string[] {
  const taken = own.filter(({ type }) => Object.hasOwn(catalogue, type) && !added.has(type))
  for (const manifest of own) {
    if (taken.includes(manifest)) continue
    catalogue[manifest.type] = manifest
    added.add(manifest.type)
  }
  return taken.map(({ type }) => type)
}

const added = new Set<string>()
