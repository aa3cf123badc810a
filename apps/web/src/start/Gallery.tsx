/** The examples, each with its shape; one click runs it, another opens it. */
import { useState } from 'react'
import type { Example } from '../api/types.ts'
import { Icon } from '../theme/Icon.tsx'
import { MiniGraph } from './MiniGraph.tsx'
import type { StartActions } from './useStartActions.ts'
import { t } from '../language/t.ts'

/** So many are shown before somebody asks for all. */
const FIRST = 6

/** Each word of the text is in its name, its description or the types of its operators. */
function matches({ name, description, document }: Example, text: string): boolean {
  const all = [t<string>(name), t<string>(description), ...document.operators.map(({ type }) => type)].join(' ').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

export function Gallery({ examples, actions }: { readonly examples: readonly Example[] | null; readonly actions: StartActions }) {
  const { busy, mayNot, runExample, openExample } = actions
  const [text, setText] = useState('')
  const [whole, setWhole] = useState(false)
  const found = (examples ?? []).filter((example) => matches(example, text))
  const shown = whole || text !== '' ? found : found.slice(0, FIRST)
  return (
    <section className="st-card" aria-label={t('Examples')}>
      <header>
        <h2>{t('Examples')}</h2>
        <span className="rn-small rn-t3">{t('they become pipelines of your own')}</span>
        <span className="rn-grow" />
        <input
          className="rn-input"
          type="search"
          placeholder={t('Find: join, fraud')}
          aria-label={t('Find an example')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </header>
      {examples === null ? (
        <Skeleton />
      ) : examples.length === 0 ? (
        <p className="rn-empty">{t('No examples were found beside the server. Begin a new pipeline instead.')}</p>
      ) : shown.length === 0 ? (
        <p className="rn-empty">{t('No example has all of these words. Try the name of an operator, or fewer words.')}</p>
      ) : (
        <div className="st-gallery">
          {shown.map((example) => (
            <article key={example.id} className="st-example">
              <MiniGraph document={example.document} width={132} height={72} />
              <div className="rn-grow">
                <h3>{t<string>(example.name)}</h3>
                <p>{t<string>(example.description)}</p>
                <footer>
                  <button
                    type="button"
                    className="rn-btn rn-sm"
                    disabled={busy !== null || mayNot.runExample !== null}
                    title={mayNot.runExample ?? undefined}
                    onClick={() => void runExample(example.id)}
                  >
                    <Icon name="play" size={12} />
                    {t('Run')}
                    <span className="rn-hidden"> {t<string>(example.name)}</span>
                  </button>
                  <button
                    type="button"
                    className="rn-btn rn-sm rn-quiet"
                    disabled={busy !== null || mayNot.write !== null}
                    title={mayNot.write ?? undefined}
                    onClick={() => void openExample(example.id)}
                  >
                    {t('Open')}
                    <span className="rn-hidden"> {t<string>(example.name)}</span>
                  </button>
                </footer>
              </div>
            </article>
          ))}
        </div>
      )}
      {shown.length < found.length && (
        <button type="button" className="rn-btn rn-sm rn-quiet st-more" onClick={() => setWhole(true)}>
          {t('Show all {found}', { found: found.length })}
        </button>
      )}
    </section>
  )
}

function Skeleton() {
  return (
    <div className="st-gallery" aria-hidden="true">
      {[0, 1, 2].map((i) => (
        <div key={i} className="st-example st-skeleton">
          <i />
        </div>
      ))}
    </div>
  )
}
