/** JavaScript in the code editor; problems stand at their range. */
import { useMemo } from 'react'
import { javascript } from '@codemirror/lang-javascript'
import type { Diagnostic } from '@codemirror/lint'
import type { Problem } from '@belay/pipeline'
import { CodeEditor } from './CodeEditor.tsx'

const LANGUAGE = javascript()

export interface ScriptEditorProps {
  readonly label: string
  readonly text: string
  readonly problems: readonly Problem[]
  readonly onChange: (text: string) => void
}

export default function ScriptEditor({ label, text, problems, onChange }: ScriptEditorProps) {
  const diagnostics = useMemo(
    () =>
      problems.map(({ severity, message, place: { range } }): Diagnostic => ({
        from: range?.from ?? 0,
        to: range?.to ?? text.length,
        severity,
        message,
      })),
    [problems, text],
  )
  return <CodeEditor label={label} text={text} language={LANGUAGE} diagnostics={diagnostics} onChange={onChange} />
}
