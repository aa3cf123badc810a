/** Settings that a running operator takes at a window's end: set now, and taken back with one step. */
import { useId, useState, type SubmitEvent } from 'react'
import { manifests } from '@belay/operators/manifests'
import { liveFields, resolveParameters, type ConfigField, type OperatorNode, type ParameterValue } from '@belay/pipeline'
import type { LiveValues } from '@belay/run'
import { windowName } from '../../theme/numbers.ts'
import { useEvents, useOperatorFigures, useStructure } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

export default function LiveSettings({ operator }: { readonly operator: OperatorNode }) {
  const { document, off, command } = useMonitor()
  const figures = useOperatorFigures(operator.id)
  const parameters = useStructure()?.parameters
  const fields = liveFields(operator.type, manifests)
  if (fields.length === 0) return null
  const resolved = resolveParameters(document, parameters ?? {})
  const drawn = (resolved.ok ? resolved.document : document).operators.find(({ id }) => id === operator.id)?.config ?? operator.config
  const live = figures?.live
  const apply = (values: LiveValues): Promise<boolean> => command(`/operators/${encodeURIComponent(operator.id)}/config`, { values })
  return (
    <section aria-label={t('While it runs')} className="rn-setting">
      <h3>
        {t('While it runs')} <span className="rn-t3">{t('from the next window on')}</span>
      </h3>
      {fields.map((field) => {
        const key = field.path.slice(1)
        const set = live?.values[key]
        return (
          <Setting
            // Typing starts anew from what holds now.
            key={`${key} ${String(set)}`}
            field={field}
            drawn={drawn[key]}
            set={set}
            off={off}
            apply={(value) => apply({ [key]: value })}
          />
        )
      })}
      {live === undefined ? null : <p className="rn-small rn-t3">{t('In force from {from} on.', { from: windowName(live.from) })}</p>}
      <Undo operator={operator.id} drawn={drawn} off={off} apply={apply} />
    </section>
  )
}

function Setting({
  field,
  drawn,
  set,
  off,
  apply,
}: {
  readonly field: ConfigField
  /** As the pipeline has it. */
  readonly drawn: unknown
  readonly set: ParameterValue | undefined
  readonly off: string | null
  readonly apply: (value: ParameterValue) => Promise<boolean>
}) {
  const now = set ?? drawn
  const [text, setText] = useState(String(now))
  const id = useId()
  const numeric = field.control.kind === 'number' || field.control.kind === 'duration'
  const unchanged = text.trim() === String(now)
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    if (off === null && !unchanged && text.trim() !== '') void apply(numeric ? Number(text) : text)
  }
  return (
    <form className="rn-field" onSubmit={submit}>
      <label htmlFor={id}>
        {field.label}
        {field.unit === undefined ? '' : `, ${field.unit}`}
      </label>
      <div className="rn-setting-row">
        <input
          id={id}
          className="rn-input"
          type={numeric ? 'number' : 'text'}
          step="any"
          value={text}
          disabled={off !== null}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="rn-btn" disabled={off !== null || unchanged || text.trim() === ''} title={off ?? undefined}>
          {t('Apply now')}
        </button>
      </div>
      {set === undefined ? null : (
        <p className="rn-setting-differs" data-testid="differs">
          {tx('differs: the pipeline says {code}', { code: <code>{String(drawn)}</code> })}
        </p>
      )}
    </form>
  )
}

/** Of the newest change, whoever made it. */
function Undo({
  operator,
  drawn,
  off,
  apply,
}: {
  readonly operator: string
  readonly drawn: Readonly<Record<string, unknown>>
  readonly off: string | null
  readonly apply: (values: LiveValues) => Promise<boolean>
}) {
  const last = useEvents().findLast((event) => event.type === 'config-set' && event.operator === operator)
  if (last?.type !== 'config-set') return null
  const values: Record<string, ParameterValue> = {}
  for (const key of Object.keys({ ...last.before, ...last.values })) {
    const before = last.before[key] ?? drawn[key]
    if (
      before !== (last.values[key] ?? drawn[key]) &&
      (typeof before === 'string' || typeof before === 'number' || typeof before === 'boolean')
    )
      values[key] = before
  }
  const changed = Object.entries(values)
  if (changed.length === 0) return null
  return (
    <button type="button" className="rn-btn rn-quiet" disabled={off !== null} title={off ?? undefined} onClick={() => void apply(values)}>
      {t('Undo: back to {values}', { values: changed.map(([, value]) => String(value)).join(', ') })}
    </button>
  )
}
