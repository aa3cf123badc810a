/** A file or folder as `root:path`: typed or chosen. A file that is read fills in its columns by itself. */
import { useRef, useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { setConfig } from '../document/edits.ts'
import type { ControlIds } from './FieldShell.tsx'
import { FilePicker } from './FilePicker.tsx'
import { inspectFile, withInspection, withMatchingSource } from './inspectFile.ts'
import { t } from '../../language/t.ts'

export interface FileFieldProps {
  readonly ids: ControlIds
  readonly operator: string
  readonly path: string
  readonly value: string
  readonly access: 'read' | 'write'
  readonly extensions: readonly string[]
  /** A folder or a pattern may be named too. */
  readonly several: boolean
  readonly placeholder?: string
}

export function FileField({ ids, operator, path, value, access, extensions, several, placeholder }: FileFieldProps) {
  const [picking, setPicking] = useState(false)
  const [reading, setReading] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const filled = useRef(value)
  const { edit, endGesture } = useDesigner.getState()
  const gesture = `config:${operator}:${path}`

  /** Fills in columns for a file that was not looked at yet; in the same undo step as naming it. */
  const fill = async (file: string): Promise<void> => {
    if (access === 'write' || file === '' || file === filled.current || file.includes('${')) return
    filled.current = file
    setReading(true)
    try {
      const inspection = await inspectFile(file, { fresh: true })
      const matching = withMatchingSource(setConfig(drawn(), operator, path, file), operator, file, inspection)
      edit(withInspection(matching, operator, inspection), gesture)
      setProblem(null)
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
    } finally {
      setReading(false)
      endGesture()
    }
  }
  const choose = (file: string): void => {
    setPicking(false)
    endGesture()
    edit(setConfig(drawn(), operator, path, file), gesture)
    void fill(file)
  }

  return (
    <>
      <div className="ds-file">
        <input
          id={ids.id}
          className="ds-input ds-mono"
          aria-describedby={ids.describedBy}
          aria-invalid={ids.invalid || problem !== null}
          placeholder={placeholder ?? (access === 'read' ? 'home:rows.csv' : 'home:output')}
          value={value}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setProblem(null)
            edit(setConfig(drawn(), operator, path, event.target.value), gesture)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') void fill(value)
          }}
          onBlur={() => void fill(value)}
        />
        <button type="button" className="rn-btn" onClick={() => setPicking(true)}>
          {t('Browse')}
        </button>
      </div>
      <p className="ds-field-hint" role="status">
        {reading ? t('Reading the columns of the file') : (problem ?? '')}
      </p>
      {picking ? (
        <FilePicker
          access={access}
          extensions={extensions}
          several={several}
          start={value}
          onChoose={choose}
          onClose={() => setPicking(false)}
        />
      ) : null}
    </>
  )
}
