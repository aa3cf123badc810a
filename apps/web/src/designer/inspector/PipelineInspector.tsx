/** The pipeline itself: description, parameters, settings of its runs, what each sink promises. */
import { manifests } from '@belay/operators/manifests'
import { pathGuarantees } from '@belay/pipeline'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { changeSettings } from '../document/edits.ts'
import { useFocusPath } from '../canvas/focusPath.ts'
import { DurationField, NumberField, plainIds } from '../forms/PlainFields.tsx'
import { DsIcon } from '../parts/icons.tsx'
import { ParametersEditor } from './ParametersEditor.tsx'
import { said, t } from '../../language/t.ts'

const MEGABYTE = 1_048_576

export function PipelineInspector() {
  const document = useDesigner((state) => state.history.present)
  const { edit, endGesture } = useDesigner.getState()
  const { settings } = document
  return (
    <div className="ds-inspector-body">
      <header className="ds-ph">
        <span className="ds-glyph ds-glyph-big">
          <DsIcon name="settings" size={16} />
        </span>
        <div className="rn-grow">
          <h2>{document.name}</h2>
          <p className="ds-micro">
            {t('Pipeline {id} · {operators}', {
              id: document.id,
              operators:
                document.operators.length === 1 ? t('1 operator') : t('{operators} operators', { operators: document.operators.length }),
            })}
          </p>
        </div>
      </header>
      <div className="ds-scroll">
        <section className="ds-sec" aria-label={t('Description')}>
          <div className="ds-label">
            <label htmlFor="ds-description">{t('Description')}</label>
          </div>
          <textarea
            id="ds-description"
            className="ds-input ds-text"
            rows={3}
            placeholder={t('What it is for')}
            maxLength={10_000}
            value={document.description ?? ''}
            onChange={(event) => edit({ ...drawn(), description: event.target.value }, 'description')}
            onBlur={endGesture}
          />
        </section>
        <ParametersEditor />
        <section className="ds-sec" aria-label={t('Settings')}>
          <h3>{t('Settings of its runs')}</h3>
          <div className="ds-grid2">
            <div className="ds-field">
              <div className="ds-label">
                <label htmlFor="ds-window">{t('Window')}</label>
                <span className="ds-from">{settings.windowMs === 500 ? t('default') : t('changed')}</span>
              </div>
              <DurationField
                ids={plainIds('ds-window')}
                value={settings.windowMs}
                onChange={(windowMs = 0) => edit(changeSettings(drawn(), { windowMs }), 'settings:window')}
              />
            </div>
            <div className="ds-field">
              <div className="ds-label">
                <label htmlFor="ds-checkpoint">{t('Checkpoint every')}</label>
                <span className="ds-from">{settings.checkpointIntervalMs === 1000 ? t('default') : t('changed')}</span>
              </div>
              <DurationField
                ids={plainIds('ds-checkpoint')}
                value={settings.checkpointIntervalMs}
                onChange={(checkpointIntervalMs = 0) => edit(changeSettings(drawn(), { checkpointIntervalMs }), 'settings:checkpoint')}
              />
            </div>
            <div className="ds-field">
              <div className="ds-label">
                <label htmlFor="ds-memory">
                  {t('Memory')} <span className="ds-unit">MB</span>
                </label>
                <span className="ds-from">{settings.memoryBytes === 256 * MEGABYTE ? t('default') : t('changed')}</span>
              </div>
              <NumberField
                ids={plainIds('ds-memory')}
                value={Math.round(settings.memoryBytes / MEGABYTE)}
                min={16}
                onChange={(megabytes = 0) =>
                  edit(changeSettings(drawn(), { memoryBytes: Math.round(megabytes * MEGABYTE) }), 'settings:memory')
                }
              />
            </div>
            <div className="ds-field">
              <div className="ds-label">
                <label htmlFor="ds-keep">{t('Checkpoints kept')}</label>
                <span className="ds-from">{(settings.keepCheckpoints ?? 10) === 10 ? t('default') : t('changed')}</span>
              </div>
              <NumberField
                ids={plainIds('ds-keep')}
                value={settings.keepCheckpoints ?? 10}
                min={2}
                max={1000}
                onChange={(keepCheckpoints = 0) => edit(changeSettings(drawn(), { keepCheckpoints }), 'settings:keep')}
              />
            </div>
          </div>
        </section>
        <Guarantees />
      </div>
    </div>
  )
}

/** What each path from a source to a sink promises, and the operator that makes it so. */
function Guarantees() {
  const document = useDesigner((state) => state.history.present)
  const operators = useDesigner((state) => state.checked.operators)
  const { selectOperators } = useDesigner.getState()
  const paths = pathGuarantees(document, manifests)
  if (paths.length === 0) return null
  return (
    <section className="ds-sec" aria-label={t('Guarantees')}>
      <h3>{t('From source to sink')}</h3>
      <ul className="ds-guarantees">
        {paths.map(({ sink, source, level, because }) => (
          <li key={`${source} ${sink}`} data-level={level}>
            <DsIcon name={level === 'exactly-once' ? 'shield' : 'warning'} />
            <span>
              <button type="button" className="ds-link" onClick={() => selectOperators([source])}>
                {nameOf(operators.get(source), source)}
              </button>{' '}
              {t('to')}{' '}
              <button type="button" className="ds-link" onClick={() => selectOperators([sink])}>
                {nameOf(operators.get(sink), sink)}
              </button>
              : <b>{t(level)}</b>. {said(because)}.
            </span>
            <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => useFocusPath.getState().between(source, sink)}>
              {t('Show path')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
