/** Versions of the pipeline that were saved: what differs from what is drawn, names, and the way back. */
import { useEffect, useState } from 'react'
import { parseDocument, type PipelineDocument } from '@belay/pipeline'
import { ApiError, call, get } from '../api/client.ts'
import type { SavedVersion } from '../api/types.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { drawn, useDesigner } from './designerStore.ts'
import { differences } from './document/difference.ts'
import { said, t } from '../language/t.ts'
import { moment } from '../theme/numbers.ts'

const SHOWN = 20

export default function VersionsDialog({ onClose }: { readonly onClose: () => void }) {
  const id = drawn().id
  const [versions, setVersions] = useState<readonly SavedVersion[] | null>(null)
  const [chosen, setChosen] = useState<number | null>(null)
  const [document, setDocument] = useState<PipelineDocument | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const fail = (error: unknown): void => setProblem(error instanceof ApiError ? error.message : String(error))
  const url = `/pipelines/${encodeURIComponent(id)}/versions`

  useEffect(() => {
    get<readonly SavedVersion[]>(url)
      .then((found) => {
        setVersions(found)
        setChosen(found[0]?.version ?? null)
      })
      .catch(fail)
  }, [url])

  useEffect(() => {
    setDocument(null)
    if (chosen === null) return
    let wanted = true
    get<unknown>(`${url}/${chosen}`)
      .then((body) => {
        if (!wanted) return
        const parsed = parseDocument(body)
        if (parsed.ok) setDocument(parsed.document)
        else setProblem(parsed.problems[0] === undefined ? t('It cannot be read.') : said(parsed.problems[0].message))
      })
      .catch(fail)
    return () => {
      wanted = false
    }
  }, [url, chosen])

  const rename = (name: string): void => {
    const current = versions?.find(({ version }) => version === chosen)
    if (chosen === null || (current?.name ?? '') === name.trim()) return
    call<readonly SavedVersion[]>('PUT', `${url}/${chosen}`, { name: name.trim() === '' ? null : name })
      .then(({ value }) => setVersions(value))
      .catch(fail)
  }

  const found = document === null ? [] : differences(document, drawn())
  return (
    <Dialog
      title={t('Saved versions')}
      summary={t('Each save is kept. Taking one back changes the drawing only, and can be undone with Ctrl-Z.')}
      icon="restore"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Close')}
          </button>
          <span className="rn-grow" />
          <button
            type="button"
            className="rn-btn rn-lg rn-primary"
            disabled={document === null || found.length === 0}
            onClick={() => {
              if (document === null) return
              useDesigner.getState().edit(document)
              useDesigner
                .getState()
                .say({ tone: 'plain', text: t('Version {chosen} is drawn again. Save it to keep it.', { chosen: chosen ?? '' }) })
              onClose()
            }}
          >
            {t('Draw this version')}
          </button>
        </>
      }
    >
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      {versions === null ? (
        <p className="ds-help">{t('Reading the versions.')}</p>
      ) : (
        <div className="ds-versions">
          <ul role="listbox" aria-label={t('Versions')}>
            {versions.map(({ version, savedAtMs, name }) => (
              <li key={version} role="presentation">
                <button type="button" role="option" aria-selected={version === chosen} onClick={() => setChosen(version)}>
                  <span>{t('version {version}', { version })}</span>
                  <span className="rn-t3">{name ?? moment(savedAtMs)}</span>
                </button>
              </li>
            ))}
          </ul>
          <div>
            {chosen === null ? null : (
              <label className="ds-field">
                <span className="ds-label">{t('Name')}</span>
                <input
                  key={chosen}
                  className="ds-input"
                  maxLength={100}
                  placeholder={t('none; versions with a name are kept for ever')}
                  defaultValue={versions.find(({ version }) => version === chosen)?.name ?? ''}
                  onBlur={(event) => rename(event.currentTarget.value)}
                  onKeyDown={(event) => {
                    if (event.key === 'Enter') rename(event.currentTarget.value)
                  }}
                />
              </label>
            )}
            <h3>{t('Since then')}</h3>
            <ul className="ds-differences">
              {found.slice(0, SHOWN).map(({ what, text }, i) => (
                <li key={`${what} ${text} ${i}`}>
                  <span className="ds-from">{t(what)}</span> {text}
                </li>
              ))}
              {found.length > SHOWN ? <li>{t('and {more} more', { more: found.length - SHOWN })}</li> : null}
              {document !== null && found.length === 0 ? <li>{t('Nothing: it is what is drawn.')}</li> : null}
            </ul>
          </div>
        </div>
      )}
    </Dialog>
  )
}
