/** The pipeline in Flink-style SQL, to read and to copy; marks say what has no SQL. Loaded when first opened. */
import { useMemo } from 'react'
import { sql, StandardSQL } from '@codemirror/lang-sql'
import { manifests } from '@belay/operators/manifests'
import { nameOf, withDefaultValues } from '../check.ts'
import { useDesigner } from '../designerStore.ts'
import { DsIcon } from '../parts/icons.tsx'
import { CodeEditor } from '../text/CodeEditor.tsx'
import { pipelineSql } from './pipelineSql.ts'
import { t } from '../../language/t.ts'

const LANGUAGE = sql({ dialect: StandardSQL, upperCaseKeywords: true })

export default function SqlPanel() {
  const document = useDesigner((state) => state.history.present)
  const { propagation, operators } = useDesigner((state) => state.checked)
  const { selectOperators, say } = useDesigner.getState()
  const { text, marks } = useMemo(() => pipelineSql(withDefaultValues(document), manifests, propagation), [document, propagation])
  const without = marks.filter((mark) => mark.kind === 'no')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      say({ tone: 'plain', text: t('The SQL is copied.') })
    } catch {
      say({ tone: 'refused', text: t('The browser does not let the page write to the clipboard. Select the text and press Ctrl-C.') })
    }
  }
  return (
    <div className="ds-text">
      <div className="ds-sql-head">
        {without.length === 0 ? (
          <span>{t('All of it can be said in SQL.')}</span>
        ) : (
          <>
            <DsIcon name="warning" />
            <span>{t('No SQL:')}</span>
            {without.map(({ operator, reason }, i) => (
              <button key={`${operator} ${i}`} type="button" className="ds-link" title={reason} onClick={() => selectOperators([operator])}>
                {nameOf(operators.get(operator), operator)}
              </button>
            ))}
          </>
        )}
        <span className="rn-grow" />
        <button type="button" className="rn-btn rn-sm" onClick={() => void copy()}>
          <DsIcon name="copy" size={12} />
          {t('Copy')}
        </button>
      </div>
      <CodeEditor label={t('Pipeline as SQL')} text={text} language={LANGUAGE} readOnly />
    </div>
  )
}
