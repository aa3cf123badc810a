/** What an operator does, in the words of its manifest: paragraphs with **bold** and `code`. */
import type { OperatorManifest } from '@belay/pipeline'
import { Marked } from '../parts/Marked.tsx'
import { t } from '../../language/t.ts'

export function HelpText({ manifest }: { readonly manifest: OperatorManifest }) {
  return (
    <div className="ds-help-text">
      <p>
        <Marked text={manifest.summary} />.
      </p>
      {manifest.help.split(/\n{2,}/).map((paragraph) => (
        <p key={paragraph}>
          <Marked text={paragraph} />
        </p>
      ))}
      <h3>{t('When machines fail')}</h3>
      <p>{manifest.guarantee.sentence}</p>
      <p>
        <a href={`/docs/reference/operators/${manifest.type}.html`} target="_blank" rel="noreferrer">
          {t('All of {title} in the docs', { title: manifest.title })}
        </a>
      </p>
    </div>
  )
}
