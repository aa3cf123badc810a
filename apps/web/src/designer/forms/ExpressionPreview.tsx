/** What an expression gives on example rows, while one types. */
import { useEffect, useState } from 'react'
import type { PortReference } from '@belay/pipeline'
import { useDesigner } from '../designerStore.ts'
import type { Evaluated } from '../ghost/compute.ts'
import { askGhost } from '../ghost/ghostClient.ts'
import { useGhosts } from '../ghost/ghostStore.ts'
import { valueText } from '../ghost/valueText.ts'
import { TypeMark } from '../parts/TypeMark.tsx'
import { said, t } from '../../language/t.ts'

const SHOWN = 3
const AFTER_MS = 60

export interface ExpressionPreviewProps {
  readonly text: string
  /** The input whose rows it is over. */
  readonly input: PortReference
}

export function ExpressionPreview({ text, input }: ExpressionPreviewProps) {
  const from = useDesigner(
    (state) =>
      state.history.present.streams.find((stream) => stream.to.some((to) => to.operator === input.operator && to.port === input.port))
        ?.from,
  )
  const ghost = useGhosts((state) => (from === undefined ? undefined : state.ghosts[`${from.operator}.${from.port}`]))
  const [result, setResult] = useState<Evaluated | null>(null)
  useEffect(() => {
    if (ghost?.kind !== 'rows' || text.trim() === '') {
      setResult(null)
      return
    }
    let wanted = true
    const timer = setTimeout(() => {
      void askGhost({ kind: 'evaluate', text, schema: ghost.schema, rows: ghost.rows.slice(0, SHOWN) }).then((answer) => {
        if (wanted && answer.kind === 'evaluate') setResult(answer.result)
      })
    }, AFTER_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [text, ghost])
  if (result === null || result.values.length === 0) return null
  return (
    <p className="ds-expr-preview">
      <TypeMark type={result.type} />
      <span className="rn-t3">{t('On example rows')}</span>
      {result.values.map((entry, i) =>
        'error' in entry ? (
          <span key={i} className="ds-refusal" title={said(entry.error)}>
            {t('fails')}
          </span>
        ) : (
          <code key={i} className="rn-ell" title={valueText(entry.value, result.type)}>
            {valueText(entry.value, result.type)}
          </code>
        ),
      )}
    </p>
  )
}
