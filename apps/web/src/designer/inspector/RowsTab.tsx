/** Example rows before and after an operator: what went in, what came out, what changed. */
import type { OperatorManifest, OperatorNode } from '@belay/pipeline'
import { nameOf } from '../check.ts'
import { useDesigner } from '../designerStore.ts'
import type { Ghost, GhostRows } from '../ghost/compute.ts'
import { share } from '../ghost/GhostCard.tsx'
import { useGhosts } from '../ghost/ghostStore.ts'
import { RowsTable, type RowsTableProps } from '../ghost/RowsTable.tsx'
import { same } from '../document/difference.ts'
import { t } from '../../language/t.ts'

const SHOWN = 8

export function RowsTab({ operator, manifest }: { readonly operator: OperatorNode; readonly manifest: OperatorManifest }) {
  const ghosts = useGhosts((state) => state.ghosts)
  const streams = useDesigner((state) => state.history.present.streams)
  const ports = useDesigner((state) => state.checked.ports)
  const inputs = manifest.inputs.flatMap((port) => {
    const stream = streams.find((candidate) => candidate.to.some((to) => to.operator === operator.id && to.port === port.name))
    return stream === undefined ? [] : [{ port, ghost: ghosts[`${stream.from.operator}.${stream.from.port}`] }]
  })
  const outputs = (ports.get(operator.id) ?? []).map((port) => ({ port, ghost: ghosts[`${operator.id}.${port.name}`] }))
  const before = inputs.length === 1 ? inputs[0].ghost : undefined
  return (
    <>
      {inputs.map(({ port, ghost }) => (
        <section className="ds-sec" key={port.name} aria-label={t('Rows in, {title}', { title: port.title })}>
          <h3>
            {t('In')}{' '}
            <span className="rn-t3">
              {inputs.length > 1 ? port.title : ghost?.kind === 'rows' ? t('{rows} sampled rows', { rows: ghost.rows.length }) : ''}
            </span>
          </h3>
          <Rows caption={t('Rows into {title}', { title: port.title })} ghost={ghost} dropped={droppedOf(ghost, outputs[0]?.ghost)} />
        </section>
      ))}
      {outputs.map(({ port, ghost }) => (
        <section className="ds-sec" key={port.name} aria-label={t('Rows out, {title}', { title: port.title })}>
          <h3>
            {t('Out')} {outputs.length > 1 ? <code>{port.name}</code> : null}{' '}
            <span className="rn-t3">{ghost?.kind === 'rows' ? share(ghost.rows.length, ghost.of) : ''}</span>
          </h3>
          <Rows caption={t('Rows out of {title}', { title: port.title })} ghost={ghost} before={before} />
        </section>
      ))}
      <p className="ds-none">
        {t('Computed here from the first rows of the source, with the engine’s own code. Nothing is run or written.')}
      </p>
    </>
  )
}

interface RowsProps {
  readonly caption: string
  readonly ghost: Ghost | undefined
  readonly before?: Ghost
  readonly dropped?: ReadonlySet<number>
}

function Rows({ caption, ghost, before, dropped }: RowsProps) {
  const operators = useDesigner((state) => state.checked.operators)
  if (ghost === undefined) return <p className="ds-help">{t('Nothing is known yet.')}</p>
  if (ghost.kind === 'stopped')
    return (
      <p className="ds-help">
        {t('Stops at {operator}. {reason}', { operator: nameOf(operators.get(ghost.operator), ghost.operator), reason: t(ghost.reason) })}
      </p>
    )
  return (
    <>
      {ghost.rows.length === 0 ? (
        <p className="ds-help">{t('None of the {of} sampled rows.', { of: ghost.of })}</p>
      ) : (
        <div className="rn-scroll" role="group" aria-label={caption} tabIndex={0}>
          <RowsTable {...changedFirst(ghost, changedColumns(before, ghost))} caption={caption} dropped={dropped} />
        </div>
      )}
      {ghost.failed.length === 0 ? null : (
        <p className="ds-field-problems">
          {ghost.failed.length === 1 ? t('1 sampled row fails') : t('{failed} sampled rows fail', { failed: ghost.failed.length })}:{' '}
          {t(ghost.failed[0])}
        </p>
      )}
    </>
  )
}

/** Columns that the operator adds, or in whose values it changes something. */
function changedColumns(before: Ghost | undefined, after: Ghost): ReadonlySet<string> | undefined {
  if (before?.kind !== 'rows' || after.kind !== 'rows' || after.origins === null) return undefined
  const { origins } = after
  return new Set(
    after.schema
      .filter((field, k) => {
        const old = before.schema.findIndex((other) => other.name === field.name)
        return old < 0 || after.rows.some((row, i) => !same(row[k], before.rows[origins[i]]?.[old]))
      })
      .map((field) => field.name),
  )
}

/** What changed comes first, so that it is seen without scrolling. */
function changedFirst(ghost: GhostRows, marked: ReadonlySet<string> | undefined): Pick<RowsTableProps, 'schema' | 'rows' | 'marked'> {
  const order = [...ghost.schema.keys()].sort(
    (a, b) => Number(marked?.has(ghost.schema[b].name) ?? false) - Number(marked?.has(ghost.schema[a].name) ?? false),
  )
  return {
    schema: order.map((k) => ghost.schema[k]),
    rows: ghost.rows.slice(0, SHOWN).map((row) => order.map((k) => row[k])),
    marked,
  }
}

/** Rows of the input that the first output does not give. */
function droppedOf(input: Ghost | undefined, output: Ghost | undefined): ReadonlySet<number> | undefined {
  if (input?.kind !== 'rows' || output?.kind !== 'rows' || output.origins === null) return undefined
  const kept = new Set(output.origins)
  return new Set([...input.rows.keys()].filter((row) => !kept.has(row)))
}
