/** An empty canvas says what a pipeline is, what to press, and offers pipelines to begin with (ui.md §7). */
import { useEffect, useState } from 'react'
import { useReactFlow } from '@xyflow/react'
import { get } from '../../api/client.ts'
import type { Example } from '../../api/types.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { Thumbnail } from '../parts/Thumbnail.tsx'
import { useQuickAdd } from './quickAdd.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

const UNNAMED = t('New pipeline')

export function EmptyCanvas() {
  const place = useQuickAdd((state) => state.place)
  const { open } = useQuickAdd.getState()
  const flow = useReactFlow()
  const [examples, setExamples] = useState<readonly Example[]>([])
  useEffect(() => {
    let wanted = true
    get<Example[]>('/examples')
      .then((found) => wanted && setExamples(found))
      .catch(() => undefined)
    return () => {
      wanted = false
    }
  }, [])
  if (place !== null) return null
  const begin = async (example: Example): Promise<void> => {
    const { id, name } = drawn()
    useDesigner.getState().edit({ ...example.document, id, name: name === UNNAMED ? example.name : name })
    await new Promise((resolve) => requestAnimationFrame(resolve))
    await flow.fitView({ padding: 0.15, maxZoom: 1 })
  }
  return (
    <div className="ds-empty">
      <div className="ds-empty-boxes" aria-hidden="true">
        <span>{t('source')}</span>
        <i />
        <span>{t('transform')}</span>
        <i />
        <span>{t('sink')}</span>
      </div>
      <p>
        {tx('Press {kbd} to add a source, drag one here, or', { kbd: <kbd>Tab</kbd> })}{' '}
        <button type="button" className="ds-link" onClick={() => open({ kind: 'source' })}>
          {t('choose one')}
        </button>
        .
      </p>
      {examples.length === 0 ? null : (
        <div className="ds-templates" role="group" aria-label={t('Begin with one of these')}>
          {examples.slice(0, 12).map((example) => (
            <button key={example.id} type="button" title={example.description} onClick={() => void begin(example)}>
              <Thumbnail document={example.document} />
              <span>{example.name}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
