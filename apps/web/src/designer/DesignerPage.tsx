/** The designer of one pipeline: loads it, lays out palette, canvas, inspector and problems. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { ApiError } from '../api/client.ts'
import '../theme/designer.css'
import '../theme/groups.css'
import type { Command } from './commands/CommandPalette.tsx'
import { useShortcuts } from './commands/shortcuts.ts'
import { BottomPanel } from './BottomPanel.tsx'
import { DesignCanvas } from './canvas/DesignCanvas.tsx'
import { focusNode } from './canvas/focusNode.ts'
import { groupSelection, toggleGroup, ungroupSelection } from './canvas/groupActions.ts'
import { writeNote } from './canvas/writeNote.ts'
import { useFocusPath } from './canvas/focusPath.ts'
import { tidy } from './layout/tidy.ts'
import { useDesigner } from './designerStore.ts'
import { downloadPipeline } from './document/download.ts'
import { flushDraft } from './document/draft.ts'
import { useGhostUpdates } from './ghost/ghostStore.ts'
import { Inspector } from './inspector/Inspector.tsx'
import { Palette } from './palette/Palette.tsx'
import { useServerCheck } from './problems/useServerCheck.ts'
import { useSavedElsewhere } from './merge/useSavedElsewhere.ts'
import { loadPipeline, savePipeline, type Conflict } from './saving.ts'
import { TopBar } from './TopBar.tsx'
import { useTour } from './tour/tourStore.ts'
import { useIsNarrow } from './useIsNarrow.ts'
import { languageChoices } from '../language/choices.ts'
import { t } from '../language/t.ts'

// Dialogs are loaded when they are opened: the page itself stays small.
const CommandPalette = lazy(() => import('./commands/CommandPalette.tsx'))
const NarrowView = lazy(() => import('./NarrowView.tsx'))
const Tour = lazy(() => import('./tour/Tour.tsx'))
const ShortcutSheet = lazy(() => import('./commands/ShortcutSheet.tsx'))
const ConflictDialog = lazy(() => import('./merge/ConflictDialog.tsx'))
const RunDialog = lazy(() => import('./run-dialog/RunDialog.tsx'))

type Loading =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly conflict: Conflict | null }
  | { readonly kind: 'failed'; readonly error: ApiError }

export default function DesignerPage({ id }: { readonly id: string }) {
  const [loading, setLoading] = useState<Loading>({ kind: 'loading' })
  useEffect(() => {
    let wanted = true
    loadPipeline(id)
      .then((conflict) => wanted && setLoading({ kind: 'ready', conflict }))
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
          <p className="rn-empty">{t('Reading the pipeline.')}</p>
        </main>
      )
    case 'failed':
      return <NotOpened error={loading.error} />
    case 'ready':
      return (
        <ReactFlowProvider>
          <Designer conflict={loading.conflict} />
        </ReactFlowProvider>
      )
  }
}

function NotOpened({ error }: { readonly error: ApiError }) {
  const title =
    error.code === 'DOCUMENT_NEWER'
      ? t('This pipeline was made with a newer Belay')
      : error.code === 'PIPELINE_UNKNOWN'
        ? t('There is no such pipeline')
        : t('The pipeline cannot be opened')
  return (
    <main className="rn-refused">
      <h1>{title}</h1>
      <p>{error.message}</p>
      <p>
        <Link href="/">{t('Back to the pipelines')}</Link>
      </p>
    </main>
  )
}

type Open =
  | { readonly kind: 'nothing' | 'run' | 'sheet' | 'commands' }
  /** Someone saved the pipeline meanwhile. */
  | Conflict

const NOTHING_OPEN: Open = { kind: 'nothing' }

function Designer({ conflict }: { readonly conflict: Conflict | null }) {
  const name = useDesigner((state) => state.history.present.name)
  const [open, setOpen] = useState<Open>(conflict ?? NOTHING_OPEN)
  const [saving, setSaving] = useState(false)
  const flow = useReactFlow()
  const narrow = useIsNarrow()
  useServerCheck()
  useGhostUpdates()
  useSavedElsewhere(setOpen)
  const touring = useTour((state) => state.step !== null)
  const pipelineId = useDesigner((state) => state.history.present.id)
  useEffect(() => useTour.getState().offer(pipelineId), [pipelineId])
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
      say({ tone: 'refused', text: error instanceof ApiError ? t('Not saved. {message}', { message: error.message }) : String(error) })
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
          ? t('It cannot run yet. {message}', { message: errors[0].message })
          : t('It cannot run yet: {errors} problems. The first: {message}', { errors: errors.length, message: errors[0].message }),
      ...(errors[0].place.operator === undefined
        ? {}
        : {
            action: {
              label: t('Show'),
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
      group: groupSelection,
      ungroup: ungroupSelection,
      fold: () => toggleGroup(),
    }),
    [save, run, flow],
  )
  useShortcuts(actions)
  const commands = useMemo(
    (): readonly Command[] => [
      { title: t('Run'), keys: t('Ctrl Enter'), run: actions.run },
      { title: t('Save'), keys: t('Ctrl S'), run: actions.save },
      { title: t('Undo'), keys: t('Ctrl Z'), run: useDesigner.getState().undo },
      { title: t('Redo'), keys: t('Ctrl Shift Z'), run: useDesigner.getState().redo },
      { title: t('Tidy the layout'), keys: 'L', run: actions.tidy },
      { title: t('Write a note'), keys: 'N', run: actions.note },
      { title: t('Focus on the path of the selected operator'), keys: 'F', run: actions.focusPath },
      { title: t('Group what is selected'), keys: t('Ctrl G'), run: actions.group },
      { title: t('Dissolve the group'), keys: t('Ctrl Shift G'), run: actions.ungroup },
      { title: t('Collapse or open the group'), keys: 'G', run: actions.fold },
      { title: t('Fit the whole graph'), run: () => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 360 }) },
      { title: t('Download the pipeline as JSON'), run: downloadPipeline },
      { title: t('Keyboard shortcuts'), keys: '?', run: actions.sheet },
      { title: t('Tour of the designer'), run: () => useTour.getState().start() },
      ...languageChoices().map(({ title, choose }) => ({ title, run: choose })),
    ],
    [actions, flow],
  )
  const close = (): void => setOpen(NOTHING_OPEN)

  return (
    <main className="ds-page" aria-label={t('Designer of {name}', { name })} data-narrow={narrow ? '' : undefined}>
      <TopBar saving={saving} onSave={actions.save} onRun={run} onShortcuts={actions.sheet} />
      {narrow ? (
        <Suspense fallback={null}>
          <NarrowView />
        </Suspense>
      ) : (
        <div className="ds-work">
          <Palette onAdded={focusNode} />
          <DesignCanvas />
          <BottomPanel />
          <Inspector />
        </div>
      )}
      <Suspense fallback={null}>
        {open.kind === 'run' ? <RunDialog onClose={close} onConflict={setOpen} /> : null}
        {open.kind === 'commands' ? <CommandPalette commands={commands} onClose={close} /> : null}
        {touring && !narrow ? <Tour commandsOpen={open.kind === 'commands'} /> : null}
        {open.kind === 'sheet' ? <ShortcutSheet onClose={close} /> : null}
        {open.kind === 'conflict' ? <ConflictDialog conflict={open} onClose={close} /> : null}
      </Suspense>
    </main>
  )
}
