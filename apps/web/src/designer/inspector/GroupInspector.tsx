/** A group: its name and colour, what is in it, and what can be done with it as one. */
import { GroupIcon } from '../../groups/GroupFrame.tsx'
import { manifests } from '@belay/operators/manifests'
import { GROUP_COLOURS, type GroupNode } from '@belay/pipeline'
import { groupName } from '../../groups/boxes.ts'
import { toggleGroup, ungroupSelection } from '../canvas/groupActions.ts'
import { manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { changeGroup } from '../../groups/folding.ts'
import { takeOut } from '../document/groups.ts'
import { removeReconnecting } from '../document/placing.ts'
import { copySelection, duplicateSelection } from '../document/selectionActions.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { DsIcon, Glyph } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

export default function GroupInspector({ group: id }: { readonly group: string }) {
  const node = useDesigner((state) => drawingOf(state.history.present).tree.groups.get(id))
  if (node === undefined) return null
  return <OfGroup key={id} node={node} />
}

function OfGroup({ node: { group, operators, parent } }: { readonly node: GroupNode }) {
  const { id } = group
  const { edit, endGesture, selectOperators } = useDesigner.getState()
  const outer = useDesigner((state) => drawingOf(state.history.present).tree.groups.get(parent ?? '')?.group)
  const known = useDesigner((state) => state.checked.operators)
  const marks = useDesigner((state) => state.checked.marks)
  const collapsed = group.collapsed === true
  return (
    <div className="ds-inspector-body">
      <header className="ds-ph">
        <span className="ds-glyph ds-glyph-big">
          <GroupIcon size={16} />
        </span>
        <div className="rn-grow">
          <h2 className="rn-hidden">{groupName(group)}</h2>
          <input
            className="ds-name"
            aria-label={t('Name of the group')}
            value={group.name}
            placeholder={id}
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => edit(changeGroup(drawn(), id, { name: event.target.value }), `group:${id}`)}
            onBlur={endGesture}
          />
          <p className="ds-micro">
            {t(outer === undefined ? 'Group of {operators} operators' : 'Group of {operators} operators, in {outer}', {
              operators: operators.length,
              outer: outer === undefined ? '' : groupName(outer),
            })}
          </p>
        </div>
      </header>
      <div className="ds-scroll">
        <section className="ds-sec" aria-label={t('As one')}>
          <div className="ds-buttons">
            <button type="button" className="rn-btn" title="G" onClick={() => toggleGroup(id)}>
              {collapsed ? t('Open') : t('Collapse')}
            </button>
            <button type="button" className="rn-btn" title={t('Ctrl-Shift-G')} onClick={ungroupSelection}>
              {t('Ungroup')}
            </button>
            <button type="button" className="rn-btn" onClick={() => void copySelection()}>
              {t('Copy as JSON')}
            </button>
            <button type="button" className="rn-btn" title={t('Ctrl-D')} onClick={() => duplicateSelection()}>
              {t('Duplicate')}
            </button>
            <button
              type="button"
              className="rn-btn rn-danger-quiet"
              onClick={() => {
                edit(removeReconnecting(drawn(), manifests, operators))
                selectOperators([])
              }}
            >
              {t('Delete {operators}', { operators: operators.length })}
            </button>
          </div>
        </section>
        <section className="ds-sec" aria-label={t('Colour')}>
          <h3>{t('Colour')}</h3>
          <div className="ds-swatches" role="group" aria-label={t('Colour of the group')}>
            {GROUP_COLOURS.map((colour) => (
              <button
                key={colour}
                type="button"
                data-colour={colour}
                aria-label={colour}
                title={colour}
                aria-pressed={(group.colour ?? 'grey') === colour}
                onClick={() => edit(changeGroup(drawn(), id, { colour }))}
              />
            ))}
          </div>
        </section>
        <section className="ds-sec" aria-label={t('In the group')}>
          <h3>{t('In the group')}</h3>
          <ul className="ds-plain ds-members">
            {operators.map((operator) => {
              const found = marks.get(operator)
              const name = nameOf(known.get(operator), operator)
              return (
                <li key={operator}>
                  <Glyph path={manifestFor(known.get(operator)?.type ?? '')?.icon} />
                  <button type="button" className="ds-link rn-grow rn-ell" onClick={() => selectOperators([operator])}>
                    {name}
                  </button>
                  {found === undefined || found.errors + found.warnings === 0 ? null : (
                    <span className={found.errors > 0 ? 'ds-tabcount ds-tabcount-bad' : 'ds-tabcount'} title={found.first}>
                      {found.errors > 0 ? found.errors : found.warnings}
                    </span>
                  )}
                  <button
                    type="button"
                    className="ds-tiny"
                    aria-label={t('Take {name} out of the group', { name })}
                    title={t('Take out of the group')}
                    onClick={() => edit(takeOut(drawn(), operator))}
                  >
                    <DsIcon name="x" size={12} />
                  </button>
                </li>
              )
            })}
          </ul>
        </section>
      </div>
    </div>
  )
}
