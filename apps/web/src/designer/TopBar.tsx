/** Name, state of saving, undo, save, run. */
import { lazy, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { useRefusal } from '../access/session.ts'
import { drawn, useDesigner } from './designerStore.ts'
import { differences } from './document/difference.ts'
import { LiveLink } from './LiveLink.tsx'
import { DsIcon } from './parts/icons.tsx'
import { TryButton } from './TryButton.tsx'
import { t } from '../language/t.ts'

const VersionsDialog = lazy(() => import('./VersionsDialog.tsx'))

export interface TopBarProps {
  readonly saving: boolean
  readonly onSave: () => void
  readonly onRun: () => void
  readonly onShortcuts: () => void
}

export function TopBar({ saving, onSave, onRun, onShortcuts }: TopBarProps) {
  const document = useDesigner((state) => state.history.present)
  const saved = useDesigner((state) => state.saved)
  const version = useDesigner((state) => state.version)
  const canUndo = useDesigner((state) => state.history.past.length > 0)
  const canRedo = useDesigner((state) => state.history.future.length > 0)
  const mayNotWrite = useRefusal('write-pipelines')
  const mayNotRun = useRefusal('start-runs')
  const { undo, redo, edit, endGesture } = useDesigner.getState()
  const [versions, setVersions] = useState(false)
  const changes = document === saved ? 0 : differences(saved, document).length
  const errors = useDesigner((state) => state.checked.problems.filter((problem) => problem.severity === 'error').length)
  return (
    <header className="ds-top">
      <nav className="ds-crumb" aria-label={t('Where you are')}>
        <Link href="/">{t('Pipelines')}</Link>
        <span aria-hidden="true">/</span>
        <h1 className="rn-hidden">{document.name}</h1>
        <input
          className="ds-title"
          aria-label={t('Name of the pipeline')}
          value={document.name}
          size={Math.max(8, Math.min(40, document.name.length + 1))}
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            if (event.target.value !== '') edit({ ...drawn(), name: event.target.value }, 'name')
          }}
          onBlur={endGesture}
        />
      </nav>
      <button
        type="button"
        className="ds-chip ds-chip-button"
        title={t('Saved versions')}
        disabled={version === null}
        onClick={() => setVersions(true)}
      >
        {t('version {version}', { version: version ?? '–' })}
      </button>
      {versions ? (
        <Suspense fallback={null}>
          <VersionsDialog onClose={() => setVersions(false)} />
        </Suspense>
      ) : null}
      <LiveLink pipelineId={document.id} />
      <span className="rn-grow" />
      <span className="rn-small rn-t2 ds-save-state" role="status">
        {saving
          ? t('Saving')
          : changes === 0
            ? t('Saved')
            : changes === 1
              ? t('1 change not saved')
              : t('{changes} changes not saved', { changes })}
      </span>
      <div className="ds-history" role="group" aria-label={t('History')}>
        <button
          type="button"
          className="rn-btn rn-quiet rn-icon-only"
          aria-label={t('Undo')}
          title={t('Undo (Ctrl-Z)')}
          disabled={!canUndo}
          onClick={undo}
        >
          <DsIcon name="undo" />
        </button>
        <button
          type="button"
          className="rn-btn rn-quiet rn-icon-only"
          aria-label={t('Redo')}
          title={t('Redo (Ctrl-Shift-Z)')}
          disabled={!canRedo}
          onClick={redo}
        >
          <DsIcon name="redo" />
        </button>
        <button
          type="button"
          className="rn-btn rn-quiet rn-icon-only"
          aria-label={t('Keyboard shortcuts')}
          title={t('Keyboard shortcuts (?)')}
          onClick={onShortcuts}
        >
          <DsIcon name="keyboard" />
        </button>
      </div>
      <button
        type="button"
        className="rn-btn"
        disabled={saving || changes === 0 || mayNotWrite !== null}
        title={mayNotWrite ?? t('Save (Ctrl-S)')}
        onClick={onSave}
      >
        {t('Save')}
      </button>
      <TryButton errors={errors} />
      <button
        type="button"
        className="rn-btn rn-primary"
        disabled={mayNotRun !== null}
        title={
          mayNotRun !== null
            ? mayNotRun
            : errors === 0
              ? t('Run (Ctrl-Enter)')
              : errors === 1
                ? t('Fix the error first')
                : t('Fix the {errors} errors first', { errors })
        }
        onClick={onRun}
      >
        <DsIcon name="play" size={12} />
        {t('Run')}
      </button>
    </header>
  )
}
