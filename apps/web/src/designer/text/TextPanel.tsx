/** The text twin: the pipeline as YAML beside the drawing, both editable. Loaded when it is first opened. */
import { useEffect, useMemo } from 'react'
import { yaml } from '@codemirror/lang-yaml'
import type { Diagnostic } from '@codemirror/lint'
import { selectedIds, useDesigner } from '../designerStore.ts'
import { same } from '../document/difference.ts'
import { CodeEditor } from './CodeEditor.tsx'
import { keptText, useText } from './textStore.ts'
import { offsetOf, operatorAt, placedProblems, readText, textOf, withDocument } from './yamlText.ts'
import { t } from '../../language/t.ts'

const LANGUAGE = yaml()

export default function TextPanel() {
  const document = useDesigner((state) => state.history.present)
  const problems = useDesigner((state) => state.checked.problems)
  const selection = useDesigner((state) => state.selection)
  const { id, text, fault, put } = useText()
  const [only, ...others] = selectedIds(selection)

  // Changes of the drawing go into the text. Text that is no pipeline is not overwritten until the drawing changes.
  useEffect(() => {
    const state = useText.getState()
    if (state.id !== document.id) {
      const kept = keptText(document, (kept) => {
        const result = readText(kept)
        return result.ok ? result.document : null
      })
      put(document.id, kept ?? textOf(document), null)
      return
    }
    const result = readText(state.text)
    if (result.ok && same(result.document, document)) return
    const next = result.ok ? withDocument(state.text, document) : textOf(document)
    put(document.id, next, null)
  }, [document, put])

  const diagnostics = useMemo((): readonly Diagnostic[] => {
    if (fault !== null) return [{ from: fault.from, to: fault.to, severity: 'error', message: fault.message }]
    return placedProblems(text, problems).map(({ problem, from, to }) => ({
      from,
      to,
      severity: problem.severity,
      message: problem.message,
    }))
  }, [text, fault, problems])

  const onChange = (typed: string): void => {
    const result = readText(typed)
    if (!result.ok) {
      put(document.id, typed, { message: result.message, line: result.line, from: result.from, to: result.to })
      return
    }
    if (result.document.id !== document.id) {
      put(document.id, typed, {
        message: t('The id of a pipeline is given once. Write {id} again.', { id: document.id }),
        line: 1,
        from: 0,
        to: Math.max(0, typed.indexOf('\n')),
      })
      return
    }
    put(document.id, typed, null)
    if (!same(result.document, document)) useDesigner.getState().edit(result.document, 'text')
  }

  if (id !== document.id) return null
  return (
    <div className="ds-text">
      {fault === null ? null : (
        <p className="ds-text-fault" role="status">
          {t('Line {line}: {message} The drawing stays as it was.', { line: fault.line, message: fault.message })}
        </p>
      )}
      <CodeEditor
        label={t('Pipeline as YAML')}
        text={text}
        language={LANGUAGE}
        diagnostics={diagnostics}
        reveal={only === undefined || others.length > 0 ? null : offsetOf(text, only)}
        onChange={onChange}
        onCursor={(offset) => {
          const operator = operatorAt(text, offset)
          if (operator !== null && operator !== only) useDesigner.getState().selectOperators([operator])
        }}
      />
    </div>
  )
}
