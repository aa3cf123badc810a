/** Someone saved the pipeline meanwhile: what differs, and what can be done about it. Nothing is lost either way. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { PipelineDocument } from '@belay/pipeline'
import { ApiError } from '../api/client.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { drawn, useDesigner } from './designerStore.ts'
import { differences } from './document/difference.ts'
import { saveCopy, savePipeline } from './saving.ts'

export interface ConflictDialogProps {
  readonly theirs: PipelineDocument
  readonly version: number
  readonly onClose: () => void
}

export function ConflictDialog({ theirs, version, onClose }: ConflictDialogProps) {
  const [problem, setProblem] = useState<string | null>(null)
  const [, navigate] = useLocation()
  const found = differences(theirs, drawn())
  const act = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      onClose()
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
    }
  }
  return (
    <Dialog
      title="The pipeline was changed meanwhile"
      summary={`Version ${version} was saved since you opened it. Yours differs from it as below.`}
      icon="warning"
      onClose={onClose}
      footer={
        <>
          <button
            type="button"
            className="rn-btn rn-lg"
            onClick={() => {
              // Theirs comes as a change, so undo brings mine back.
              useDesigner.getState().edit(theirs)
              useDesigner.getState().markSaved(theirs, version)
              onClose()
            }}
          >
            Take theirs
          </button>
          <button type="button" className="rn-btn rn-lg" onClick={() => void act(async () => navigate(`/pipelines/${await saveCopy()}`))}>
            Keep mine as a copy
          </button>
          <span className="rn-grow" />
          <button
            type="button"
            className="rn-btn rn-lg rn-primary"
            onClick={() => void act(async () => void (await savePipeline(version)))}
          >
            Save mine over it
          </button>
        </>
      }
    >
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      <ul className="ds-differences">
        {found.slice(0, 20).map(({ what, text }, i) => (
          <li key={`${what} ${text} ${i}`}>
            <span className="ds-from">{what}</span> {text}
          </li>
        ))}
        {found.length > 20 ? <li>and {found.length - 20} more</li> : null}
        {found.length === 0 ? <li>Nothing: both are the same.</li> : null}
      </ul>
      <p className="ds-help">“Take theirs” can be undone with Ctrl-Z; yours comes back.</p>
    </Dialog>
  )
}
