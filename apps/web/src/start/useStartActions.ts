/** What one can do from the start page. One thing at a time; a refusal says why. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { RunRecord } from '@belay/run'
import type { PipelineDocument } from '@belay/pipeline'
// By itself: the start page needs nothing else of the package.
import { USUAL_SETTINGS } from '@belay/pipeline/usual-settings'
import { useRefusal } from '../access/session.ts'
import { ApiError, call, get, newCommandId, post } from '../api/client.ts'
import type { PipelineItem, PipelineView } from '../api/types.ts'
import { language } from '../language/language.ts'
import { spokenDocument } from '../language/spokenDocument.ts'
import { t } from '../language/t.ts'

export interface StartActions {
  /** Name of what is under way; null = nothing. */
  readonly busy: string | null
  /** Why one may not, for what is off; null = one may. */
  readonly mayNot: {
    readonly write: string | null
    readonly start: string | null
    readonly runExample: string | null
    readonly deleteRun: string | null
  }
  readonly problem: string | null
  readonly clearProblem: () => void
  readonly deleted: PipelineDocument | null
  readonly runExample: (id: string) => Promise<void>
  readonly openExample: (id: string) => Promise<void>
  readonly runPipeline: (pipelineId: string) => Promise<void>
  readonly resumeRun: (runId: string) => Promise<void>
  readonly createPipeline: () => Promise<void>
  readonly importPipeline: (file: File) => Promise<void>
  readonly deletePipeline: (item: PipelineItem) => Promise<void>
  readonly undoDelete: () => Promise<void>
  readonly forgetDeleted: () => void
  readonly deleteRun: (run: RunRecord) => Promise<void>
}

const EMPTY_PIPELINE = {
  format: 1,
  name: t('New pipeline'),
  parameters: {},
  settings: USUAL_SETTINGS,
  operators: [],
  streams: [],
  layout: {},
}

/** One that nobody has changed yet speaks the page's language. */
async function openedExample(id: string): Promise<PipelineView> {
  const pipeline = await post<PipelineView>(`/examples/${id}/open`)
  if (language === 'en' || pipeline.version > 1) return pipeline
  const document = spokenDocument(pipeline.document, t)
  if (JSON.stringify(document) === JSON.stringify(pipeline.document)) return pipeline
  return (await call<PipelineView>('PUT', `/pipelines/${pipeline.id}`, { document }, { 'if-match': `"${pipeline.version}"` })).value
}

export function useStartActions(reload: () => Promise<void>): StartActions {
  const [busy, setBusy] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [deleted, setDeleted] = useState<PipelineDocument | null>(null)
  const [, navigate] = useLocation()
  const write = useRefusal('write-pipelines')
  const startRuns = useRefusal('start-runs')
  const deleteRun = useRefusal('delete-runs')

  const act = async (name: string, work: () => Promise<void>): Promise<void> => {
    setBusy(name)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(null)
    }
  }
  const start = async (pipelineId: string): Promise<void> => {
    const { runId } = await post<{ runId: string }>('/runs', { pipelineId, commandId: newCommandId() })
    navigate(`/runs/${runId}`)
  }
  return {
    busy,
    mayNot: { write, start: startRuns, runExample: write ?? startRuns, deleteRun },
    problem,
    clearProblem: () => setProblem(null),
    deleted,
    runExample: (id) =>
      act(`example ${id}`, async () => {
        const pipeline = await openedExample(id)
        await start(pipeline.id)
      }),
    openExample: (id) =>
      act(`open ${id}`, async () => {
        const pipeline = await openedExample(id)
        navigate(`/pipelines/${pipeline.id}`)
      }),
    runPipeline: (pipelineId) => act(`run ${pipelineId}`, () => start(pipelineId)),
    resumeRun: (runId) =>
      act(`resume ${runId}`, async () => {
        await post(`/runs/${runId}/resume`, { commandId: newCommandId() })
        navigate(`/runs/${runId}`)
      }),
    createPipeline: () =>
      act('new', async () => {
        const id = `pipeline-${Date.now().toString(36)}`
        await post('/pipelines', { document: { ...EMPTY_PIPELINE, id } })
        navigate(`/pipelines/${id}`)
      }),
    importPipeline: (file) =>
      act('import', async () => {
        const text = await file.text()
        let document: unknown
        try {
          document = JSON.parse(text)
        } catch (error) {
          throw new Error(
            t('{file} is not JSON: {message}. Choose a pipeline that Belay has saved.', {
              file: file.name,
              message: error instanceof Error ? error.message : '',
            }),
          )
        }
        const pipeline = await post<PipelineView>('/pipelines', { document })
        navigate(`/pipelines/${pipeline.id}`)
      }),
    deletePipeline: (item) =>
      act(`delete ${item.id}`, async () => {
        const { document } = await get<PipelineView>(`/pipelines/${item.id}`)
        await call('DELETE', `/pipelines/${item.id}`, undefined, { 'if-match': `"${item.version}"` })
        setDeleted(document)
        await reload()
      }),
    undoDelete: () =>
      act('undo', async () => {
        if (deleted === null) return
        await post('/pipelines', { document: deleted })
        setDeleted(null)
        await reload()
      }),
    forgetDeleted: () => setDeleted(null),
    deleteRun: (run) =>
      act(`delete ${run.runId}`, async () => {
        await call('DELETE', `/runs/${run.runId}`)
        await reload()
      }),
  }
}
