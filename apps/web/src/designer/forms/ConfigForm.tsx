/** The form of one operator, made from its manifest: what matters first, the rest folded. */
import { useEffect, useRef, useState } from 'react'
import type { OperatorManifest, OperatorNode } from '@belay/pipeline'
import { useDesigner } from '../designerStore.ts'
import { valueAt } from '../document/edits.ts'
import { DsIcon } from '../parts/icons.tsx'
import { ConfigField } from './ConfigField.tsx'
import { originOf } from './fieldValue.ts'
import { problemsAt, useFieldScope } from './useField.ts'
import { t } from '../../language/t.ts'

export interface ConfigFormProps {
  readonly operator: OperatorNode
  readonly manifest: OperatorManifest
}

export function ConfigForm({ operator, manifest }: ConfigFormProps) {
  const scope = useFieldScope(operator)
  const form = useRef<HTMLDivElement>(null)
  const [unfolded, setUnfolded] = useState(false)
  const reveal = useDesigner((state) => state.reveal)

  const changed = (path: string): boolean => originOf(scope.valueAt(path), valueAt(manifest.defaultConfig, path)).kind !== 'default'
  const first = manifest.form.filter((field) => field.advanced !== true)
  const advanced = manifest.form.filter((field) => field.advanced === true)
  const wanted = reveal?.operator === operator.id ? reveal.configPath : null
  const inAdvanced = advanced.some(
    (field) =>
      problemsAt(scope.problems, field.path).length > 0 ||
      (wanted !== null && (wanted === field.path || wanted.startsWith(`${field.path}/`))),
  )
  const open = unfolded || inAdvanced
  const changes = advanced.filter((field) => changed(field.path)).length

  // Leads the keyboard to the field that a problem or Enter on the canvas asks for.
  useEffect(() => {
    if (reveal === null || reveal.operator !== operator.id || form.current === null) return
    const fields = [...form.current.querySelectorAll<HTMLElement>('.ds-field')]
    const path = reveal.configPath
    const field =
      path === null ? fields[0] : fields.find(({ dataset }) => path === dataset['path'] || path.startsWith(`${dataset['path']}/`))
    const control =
      field?.querySelector<HTMLElement>('[aria-invalid="true"]') ??
      field?.querySelector<HTMLElement>('input, textarea, select, .ds-switch, .ds-bound, button:not(.ds-tiny)')
    if (control === undefined || control === null) return
    control.scrollIntoView({ block: 'nearest' })
    control.focus({ preventScroll: true })
    if (reveal.range !== null && control instanceof HTMLTextAreaElement) control.setSelectionRange(reveal.range.from, reveal.range.to)
  }, [reveal, operator.id])

  const draw = (field: OperatorManifest['form'][number]) => <ConfigField key={field.path} field={field} scope={scope} manifest={manifest} />
  return (
    <div ref={form}>
      {manifest.form.length === 0 ? <p className="ds-none">{t('Nothing to set.')}</p> : null}
      <div className="ds-grid2">{first.map(draw)}</div>
      {advanced.length === 0 ? null : (
        <div className="ds-sec">
          <button type="button" className="ds-fold" aria-expanded={open} onClick={() => setUnfolded(!open)}>
            <DsIcon name={open ? 'down' : 'right'} size={12} />
            {t('Advanced')}
            <span className="rn-t3">
              {advanced.length === 1 ? t('1 setting') : t('{advanced} settings', { advanced: advanced.length })},{' '}
              {changes === 0 ? t('all at default') : t('{changes} changed', { changes })}
            </span>
          </button>
          {open ? <div className="ds-grid2 ds-advanced">{advanced.map(draw)}</div> : null}
        </div>
      )}
    </div>
  )
}
