/** Streams of an operator, each to be looked into: what a click on an edge does, by keyboard and by reading. */
import { useRefusal } from '../../access/session.ts'
import { Icon } from '../../theme/Icon.tsx'
import { rate } from '../../theme/numbers.ts'
import { useStreamFigures } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { t } from '../../language/t.ts'

export function StreamList({ operator }: { readonly operator: string }) {
  const { document } = useMonitor()
  const own = document.streams.filter(({ from, to }) => from.operator === operator || to.some((end) => end.operator === operator))
  if (own.length === 0) return null
  return (
    <section>
      <h3>{t('Rows on their way')}</h3>
      <ul className="rn-streams">
        {own.map((stream) => (
          <Item key={stream.id} stream={stream.id} />
        ))}
      </ul>
    </section>
  )
}

function Item({ stream }: { readonly stream: string }) {
  const { document, nameOf, openTab, ended } = useMonitor()
  const figures = useStreamFigures(stream)
  const refusal = useRefusal('see-data')
  const drawn = document.streams.find(({ id }) => id === stream)
  if (drawn === undefined) return null
  const name = `${nameOf(drawn.from.operator)} → ${drawn.to.map(({ operator }) => nameOf(operator)).join(', ')}`
  const off = ended ? t('The run has ended') : refusal
  return (
    <li>
      <span>{name}</span>
      <span className="rn-t3">{ended || figures === undefined ? '' : rate(figures.rowsPerSecond)}</span>
      <button
        type="button"
        className="rn-btn rn-sm"
        disabled={off !== null}
        title={off ?? t('A sample of the rows that pass')}
        onClick={() => openTab(`peek:${stream}`)}
      >
        <Icon name="rows" size={12} />
        {t('Peek')}
        <span className="rn-hidden"> {t('at {name}', { name })}</span>
      </button>
    </li>
  )
}
