/** The designer of one pipeline: loads it, lays out palette, canvas, inspector and problems. */
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { ApiError } from '../api/client.ts'
import '../theme/designer.css'
import { CommandPalette, type Command } from './commands/CommandPalette.tsx'
import { ShortcutSheet } from './commands/ShortcutSheet.tsx'
import { useShortcuts } from './commands/shortcuts.ts'
import { BottomPanel } from './BottomPanel.tsx'
import { DesignCanvas } from './canvas/DesignCanvas.tsx'
import { focusNode } from './canvas/focusNode.ts'
import { writeNote } from './canvas/writeNote.ts'
import { useFocusPath } from './canvas/focusPath.ts'
import { tidy } from './layout/tidy.ts'
import { ConflictDialog } from './ConflictDialog.tsx'
import { useDesigner } from './designerStore.ts'
import { downloadPipeline } from './document/download.ts'
import { flushDraft } from './document/draft.ts'
import { useGhostUpdates } from './ghost/ghostStore.ts'
import { Inspector } from './inspector/Inspector.tsx'
import { NarrowView } from './NarrowView.tsx'
import { Palette } from './palette/Palette.tsx'
import { useServerCheck } from './problems/useServerCheck.ts'
import { RunDialog } from './run-dialog/RunDialog.tsx'
import { loadPipeline, savePipeline, type SaveResult } from './saving.ts'
import { TopBar } from './TopBar.tsx'
import { useIsNarrow } from './useIsNarrow.ts'

type Loading = { readonly kind: 'loading' } | { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly error: ApiError }

export default function DesignerPage({ id }: { readonly id: string }) {
  const [loading, setLoading] = useState<Loading>({ kind: 'loading' })
  useEffect(() => {
    let wanted = true
    loadPipeline(id)
      .then(() => wanted && setLoading({ kind: 'ready' }))
      .catch((error: unknown) => {
        if (!wanted) return
        setLoading({ kind: 'failed', error: error instanceof ApiError ? error : new ApiError(0, 'UNKNOWN', String(error), {}) })
      })
    window.addEventListener('pagehide', flushDraft)
    return () => {
      wanted = false
      window.removeEventListener('pagehide', flushDraft)
      flushDraft()
    }
  }, [id])

  switch (loading.kind) {
    case 'loading':
      return (
        <main className="ds-page ds-waiting" aria-busy="true">
          <p className="rn-empty">Reading the pipeline.</p>
        </main>
      )
    case 'failed':
      return <NotOpened error={loading.error} />
    case 'ready':
      return (
        <ReactFlowProvider>
          <Designer />
        </ReactFlowProvider>
      )
  }
}

function NotOpened({ error }: { readonly error: ApiError }) {
  const title =
    error.code === 'DOCUMENT_NEWER'
      ? 'This pipeline was made with a newer Belay'
      : error.code === 'PIPELINE_UNKNOWN'
        ? 'There is no such pipeline'
        : 'The pipeline cannot be opened'
  return (
    <main className="rn-refused">
      <h1>{title}</h1>
      <p>{error.message}</p>
      <p>
        <Link href="/">Back to the pipelines</Link>
      </p>
    </main>
  )
}

type Open =
  | { readonly kind: 'nothing' | 'run' | 'sheet' | 'commands' }
  /** Someone saved the pipeline meanwhile. */
  | (SaveResult & { readonly kind: 'conflict' })

const NOTHING_OPEN: Open = { kind: 'nothing' }

function Designer() {
  const name = useDesigner((state) => state.history.present.name)
  const [open, setOpen] = useState<Open>(NOTHING_OPEN)
  const [saving, setSaving] = useState(false)
  const flow = useReactFlow()
  const narrow = useIsNarrow()
  useServerCheck()
  useGhostUpdates()
  useEffect(() => {
    document.title = `${name} · Belay`
  }, [name])

  const save = useCallback(async () => {
    const { history, saved, say } = useDesigner.getState()
    if (history.present === saved) return
    setSaving(true)
    try {
      const result = await savePipeline()
      if (result.kind === 'conflict') setOpen(result)
    } catch (error) {
      say({ tone: 'refused', text: error instanceof ApiError ? `Not saved. ${error.message}` : String(error) })
    } finally {
      setSaving(false)
    }
  }, [])
  const run = useCallback(() => {
    const { checked, say } = useDesigner.getState()
    const errors = checked.problems.filter(({ severity }) => severity === 'error')
    if (errors.length === 0) {
      setOpen({ kind: 'run' })
      return
    }
    say({
      tone: 'refused',
      text:
        errors.length === 1
          ? `It cannot run yet. ${errors[0].message}`
          : `It cannot run yet: ${errors.length} problems. The first: ${errors[0].message}`,
      ...(errors[0].place.operator === undefined
        ? {}
        : {
            action: {
              label: 'Show',
              run: () =>
                useDesigner.getState().showField(errors[0].place.operator ?? '', errors[0].place.configPath, errors[0].place.range),
            },
          }),
    })
  }, [])
  const actions = useMemo(
    () => ({
      save: () => void save(),
      run,
      sheet: () => setOpen({ kind: 'sheet' }),
      tidy: () => void tidy(flow),
      note: () => writeNote(flow),
      commands: () => setOpen({ kind: 'commands' }),
      focusPath: () => useFocusPath.getState().toggle(),
    }),
    [save, run, flow],
  )
  useShortcuts(actions)
  const commands = useMemo(
    (): readonly Command[] => [
      { title: 'Run', keys: 'Ctrl Enter', run: actions.run },
      { title: 'Save', keys: 'Ctrl S', run: actions.save },
      { title: 'Undo', keys: 'Ctrl Z', run: useDesigner.getState().undo },
      { title: 'Redo', keys: 'Ctrl Shift Z', run: useDesigner.getState().redo },
      { title: 'Tidy the layout', keys: 'L', run: actions.tidy },
      { title: 'Write a note', keys: 'N', run: actions.note },
      { title: 'Focus on the path of the selected operator', keys: 'F', run: actions.focusPath },
      { title: 'Fit the whole graph', run: () => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 360 }) },
      { title: 'Download the pipeline as JSON', run: downloadPipeline },
      { title: 'Keyboard shortcuts', keys: '?', run: actions.sheet },
    ],
    [actions, flow],
  )
  const close = (): void => setOpen(NOTHING_OPEN)

  return (
    <main className="ds-page" aria-label={`Designer of ${name}`} data-narrow={narrow ? '' : undefined}>
      <TopBar saving={saving} onSave={actions.save} onRun={run} onShortcuts={actions.sheet} />
      {narrow ? (
        <NarrowView />
      ) : (
        <div className="ds-work">
          <Palette onAdded={focusNode} />
          <DesignCanvas />
          <BottomPanel />
          <Inspector />
        </div>
      )}
      {open.kind === 'run' ? <RunDialog onClose={close} onConflict={setOpen} /> : null}
      {open.kind === 'commands' ? <CommandPalette commands={commands} onClose={close} /> : null}
      {open.kind === 'sheet' ? <ShortcutSheet onClose={close} /> : null}
      {open.kind === 'conflict' ? <ConflictDialog theirs={open.theirs} version={open.version} onClose={close} /> : null}
    </main>
  )
}
