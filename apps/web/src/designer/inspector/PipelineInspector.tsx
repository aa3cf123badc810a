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
            Pipeline {document.id} · {document.operators.length === 1 ? '1 operator' : `${document.operators.length} operators`}
          </p>
        </div>
      </header>
      <div className="ds-scroll">
        <section className="ds-sec" aria-label="Description">
          <div className="ds-label">
            <label htmlFor="ds-description">Description</label>
          </div>
          <textarea
            id="ds-description"
            className="ds-input ds-text"
            rows={3}
            placeholder="What it is for"
            maxLength={10_000}
            value={document.description ?? ''}
            onChange={(event) => edit({ ...drawn(), description: event.target.value }, 'description')}
            onBlur={endGesture}
          />
        </section>
        <ParametersEditor />
        <section className="ds-sec" aria-label="Settings">
          <h3>Settings of its runs</h3>
          <div className="ds-grid2">
            <div className="ds-field">
              <div className="ds-label">
                <label htmlFor="ds-window">Window</label>
                <span className="ds-from">{settings.windowMs === 500 ? 'default' : 'changed'}</span>
              </div>
              <DurationField
                ids={plainIds('ds-window')}
                value={settings.windowMs}
                onChange={(windowMs = 0) => edit(changeSettings(drawn(), { windowMs }), 'settings:window')}
              />
            </div>
            <div className="ds-field">
              <div className="ds-label">
                <label htmlFor="ds-checkpoint">Checkpoint every</label>
                <span className="ds-from">{settings.checkpointIntervalMs === 1000 ? 'default' : 'changed'}</span>
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
                  Memory <span className="ds-unit">MB</span>
                </label>
                <span className="ds-from">{settings.memoryBytes === 256 * MEGABYTE ? 'default' : 'changed'}</span>
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
                <label htmlFor="ds-keep">Checkpoints kept</label>
                <span className="ds-from">{(settings.keepCheckpoints ?? 10) === 10 ? 'default' : 'changed'}</span>
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
    <section className="ds-sec" aria-label="Guarantees">
      <h3>From source to sink</h3>
      <ul className="ds-guarantees">
        {paths.map(({ sink, source, level, because }) => (
          <li key={`${source} ${sink}`} data-level={level}>
            <DsIcon name={level === 'exactly-once' ? 'shield' : 'warning'} />
            <span>
              <button type="button" className="ds-link" onClick={() => selectOperators([source])}>
                {nameOf(operators.get(source), source)}
              </button>{' '}
              to{' '}
              <button type="button" className="ds-link" onClick={() => selectOperators([sink])}>
                {nameOf(operators.get(sink), sink)}
              </button>
              : <b>{level}</b>. {because}.
            </span>
            <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => useFocusPath.getState().between(source, sink)}>
              Show path
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
