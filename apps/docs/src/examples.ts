/** The example pipelines, as far as pages name them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PipelineDocument } from '@belay/pipeline'

export interface Example {
  readonly name: string
  /** Below the repository's root. */
  readonly file: string
  /** Types of its operators. */
  readonly types: ReadonlySet<string>
}

export function examplesIn(root: string): Example[] {
  return readdirSync(join(root, 'examples'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const document = JSON.parse(readFileSync(join(root, 'examples', name), 'utf8')) as PipelineDocument
      return { name: document.name, file: `examples/${name}`, types: new Set(document.operators.map((operator) => operator.type)) }
    })
}
