/** Who changed what: the newest entries of the audit log, found by word, and the whole of it as a file. */
import { useEffect, useState } from 'react'
import '../theme/start.css'
import '../theme/access.css'
import { get } from '../api/client.ts'
import { Icon } from '../theme/Icon.tsx'
import { t } from '../language/t.ts'
import { moment } from '../theme/numbers.ts'

interface Entry {
  readonly seq: number
  readonly at: string
  readonly who: string
  readonly via: string
  readonly address: string | null
  readonly action: string
  readonly target: string
  readonly before: string | null
  readonly after: string | null
  readonly code: string | null
}

const TYPING_MS = 200

export default function AuditPage() {
  const [text, setText] = useState('')
  const [entries, setEntries] = useState<readonly Entry[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let wanted = true
    const timer = setTimeout(() => {
      get<Entry[]>(`/audit?text=${encodeURIComponent(text)}`)
        .then((found) => {
          if (!wanted) return
          setEntries(found)
          setProblem(null)
        })
        .catch((error: unknown) => wanted && setProblem(error instanceof Error ? error.message : String(error)))
    }, TYPING_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [text])
  return (
    <main className="st-page">
      <header className="sh-top">
        <h1>{t('Audit log')}</h1>
        <span className="rn-grow" />
        <a className="rn-btn" href="/api/audit/export" download title={t('As JSON lines; belay audit verify checks them')}>
          <Icon name="download" />
          {t('Export')}
        </a>
      </header>
      <div className="st-content">
        {problem === null ? null : (
          <p className="rn-problem" role="alert">
            {problem}
          </p>
        )}
        <section className="st-card" aria-label={t('Entries')}>
          <header>
            <input
              className="ac-input"
              type="search"
              placeholder={t('Find a name, action or error code')}
              aria-label={t('Find entries')}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </header>
          {entries === null ? (
            <p className="rn-empty">{t('Reading.')}</p>
          ) : entries.length === 0 ? (
            <p className="rn-empty">{text === '' ? t('Nothing has been changed yet.') : t('No entry contains that. Try fewer letters.')}</p>
          ) : (
            <Entries entries={entries} />
          )}
        </section>
      </div>
    </main>
  )
}

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('Entries of the audit log')}>
      <table className="rn-table st-table ac-audit">
        <thead>
          <tr>
            <th>{t('When')}</th>
            <th>{t('Who')}</th>
            <th>{t('What')}</th>
            <th>{t('Result')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.seq}>
              <td className="rn-t2">{moment(Date.parse(entry.at))}</td>
              <td>
                <b>{entry.who}</b>
                <span className="st-sub">
                  {entry.via}
                  {entry.address === null ? '' : `, ${entry.address}`}
                </span>
              </td>
              <td className="rn-wrap">
                {entry.action}
                <span className="st-sub" title={[entry.before, entry.after].filter((part) => part !== null).join(' → ')}>
                  {entry.target}
                  {entry.after === null || entry.after.startsWith('sha256:') ? '' : `: ${entry.after}`}
                </span>
              </td>
              <td>{entry.code ?? t('done')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
