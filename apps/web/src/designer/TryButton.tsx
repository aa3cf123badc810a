/** Runs the draft as it is drawn, saved or not, for half a minute and without writing anything. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useRefusal } from '../access/session.ts'
import { ApiError, post } from '../api/client.ts'
import { drawn, useDesigner } from './designerStore.ts'
import { t } from '../language/t.ts'

export function TryButton({ errors }: { readonly errors: number }) {
  const [starting, setStarting] = useState(false)
  const [, navigate] = useLocation()
  const refusal = useRefusal('write-pipelines')
  const start = async (): Promise<void> => {
    const { say } = useDesigner.getState()
    setStarting(true)
    try {
      const { runId } = await post<{ runId: string }>('/tries', { document: drawn() })
      navigate(`/runs/${runId}`)
    } catch (error) {
      setStarting(false)
      say({ tone: 'refused', text: error instanceof ApiError ? error.message : String(error) })
    }
  }
  const hint =
    errors === 0
      ? t('Runs the draft for 30 s; nothing is written')
      : errors === 1
        ? t('Fix the error first')
        : t('Fix the {errors} errors first', { errors })
  return (
    <button type="button" className="rn-btn" disabled={starting || refusal !== null} title={refusal ?? hint} onClick={() => void start()}>
      {starting ? t('Starting') : t('Try 30 s')}
    </button>
  )
}
