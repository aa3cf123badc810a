/** A pipeline's document for its thumbnail; read once for each version. */
import { useEffect, useState } from 'react'
import type { PipelineDocument } from '@belay/pipeline'
import { get } from '../api/client.ts'
import type { PipelineView } from '../api/types.ts'

const known = new Map<string, PipelineDocument>()

export function usePipelineDocument(id: string, version: number): PipelineDocument | null {
  const key = `${id}@${version}`
  const [document, setDocument] = useState<PipelineDocument | null>(known.get(key) ?? null)
  useEffect(() => {
    const have = known.get(key)
    if (have !== undefined) return setDocument(have)
    let closed = false
    get<PipelineView>(`/pipelines/${id}`)
      .then((view) => {
        known.set(key, view.document)
        if (!closed) setDocument(view.document)
      })
      // Without it the row has no picture, and nothing else is missing.
      .catch(() => undefined)
    return () => {
      closed = true
    }
  }, [id, key])
  return document
}
