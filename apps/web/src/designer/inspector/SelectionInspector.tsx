/** Several operators at once: line up, copy, duplicate, delete. */
import { GroupIcon } from '../../groups/GroupFrame.tsx'
import { manifests } from '@belay/operators/manifests'
import { groupSelection } from '../canvas/groupActions.ts'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { align, removeReconnecting, type Alignment } from '../document/placing.ts'
import { copySelection, duplicateSelection } from '../document/selectionActions.ts'
import { t } from '../../language/t.ts'

const ALIGNMENTS: readonly { readonly how: Alignment; readonly title: string }[] = [
  { how: 'row', title: t('In a row') },
  { how: 'column', title: t('In a column') },
  { how: 'left', title: t('Left edges') },
  { how: 'top', title: t('Top edges') },
]

export default function SelectionInspector({ ids }: { readonly ids: readonly string[] }) {
  const operators = useDesigner((state) => state.checked.operators)
  const { edit, selectOperators } = useDesigner.getState()
  return (
    <div className="ds-inspector-body">
      <header className="ds-ph">
        <div className="rn-grow">
          <h2>{t('{ids} operators', { ids: ids.length })}</h2>
          <p className="ds-micro">{t('selected together')}</p>
        </div>
      </header>
      <div className="ds-scroll">
        <section className="ds-sec" aria-label={t('Line up')}>
          <h3>{t('Line up')}</h3>
          <div className="ds-buttons">
            {ALIGNMENTS.map(({ how, title }) => (
              <button key={how} type="button" className="rn-btn" onClick={() => edit(align(drawn(), ids, how))}>
                {title}
              </button>
            ))}
          </div>
        </section>
        <section className="ds-sec" aria-label={t('Together')}>
          <h3>{t('Together')}</h3>
          <div className="ds-buttons">
            <button type="button" className="rn-btn" title={t('Ctrl-G')} onClick={groupSelection}>
              <GroupIcon size={12} />
              {t('Group')}
            </button>
            <button type="button" className="rn-btn" onClick={() => void copySelection()}>
              {t('Copy as JSON')}
            </button>
            <button type="button" className="rn-btn" onClick={() => duplicateSelection()}>
              {t('Duplicate')}
            </button>
            <button
              type="button"
              className="rn-btn rn-danger-quiet"
              onClick={() => {
                edit(removeReconnecting(drawn(), manifests, ids))
                selectOperators([])
              }}
            >
              {t('Delete {ids}', { ids: ids.length })}
            </button>
          </div>
        </section>
        <section className="ds-sec" aria-label={t('Selected')}>
          <ul className="ds-plain">
            {ids.map((id) => (
              <li key={id}>
                <button type="button" className="ds-link" onClick={() => selectOperators([id])}>
                  {nameOf(operators.get(id), id)}
                </button>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  )
}
