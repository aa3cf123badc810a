/** Program text in an editor of its own, loaded when the first such field is shown. */
import { lazy, Suspense } from 'react'
import type { Problem } from '@belay/pipeline'
import type { ControlIds } from './FieldShell.tsx'

const ScriptEditor = lazy(() => import('../text/ScriptEditor.tsx'))

export interface CodeFieldProps {
  readonly ids: ControlIds
  readonly label: string
  readonly value: string
  readonly problems: readonly Problem[]
  readonly onChange: (value: string) => void
}

export function CodeField({ label, value, problems, onChange }: CodeFieldProps) {
  return (
    <div className="ds-code-field">
      <Suspense fallback={<pre className="ds-json">{value}</pre>}>
        <ScriptEditor label={label} text={value} problems={problems} onChange={onChange} />
      </Suspense>
    </div>
  )
}
