/** Looks through the roots of the server for a file to read, or a folder to write to. */
import { useEffect, useState } from 'react'
import { ApiError, get } from '../../api/client.ts'
import type { FileEntry } from '../../api/types.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { bytes } from '../../theme/numbers.ts'
import { DsIcon } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

interface Root {
  readonly name: string
  readonly writable: boolean
}

export interface FilePickerProps {
  readonly access: 'read' | 'write'
  readonly extensions: readonly string[]
  /** All files of a folder may be chosen. */
  readonly several: boolean
  /** What is chosen now; the picker opens in its folder. */
  readonly start: string
  readonly onChoose: (file: string) => void
  readonly onClose: () => void
}

type Listing =
  | { readonly kind: 'loading' }
  | { readonly kind: 'shown'; readonly entries: readonly FileEntry[] }
  | { readonly kind: 'failed'; readonly message: string }

function folderOf(file: string, access: 'read' | 'write'): { root: string; path: string } | null {
  const match = /^([a-z][a-z0-9-]*):(.*)$/s.exec(file)
  if (match === null) return null
  const path = access === 'write' ? match[2] : match[2].split('/').slice(0, -1).join('/')
  return { root: match[1], path }
}

export function FilePicker({ access, extensions, several, start, onChoose, onClose }: FilePickerProps) {
  const [roots, setRoots] = useState<readonly Root[]>([])
  const [place, setPlace] = useState(() => folderOf(start, access))
  const [listing, setListing] = useState<Listing>({ kind: 'loading' })
  const [folder, setFolder] = useState('')
  const [all, setAll] = useState(false)

  useEffect(() => {
    get<Root[]>('/roots')
      .then((found) => {
        const usable = found.filter((root) => access === 'read' || root.writable)
        setRoots(usable)
        setPlace((current) =>
          current !== null && usable.some((root) => root.name === current.root) ? current : { root: usable[0]?.name ?? 'home', path: '' },
        )
      })
      .catch((error: unknown) => setListing({ kind: 'failed', message: messageOf(error) }))
  }, [access])

  useEffect(() => {
    if (place === null) return
    let wanted = true
    get<FileEntry[]>(`/files?root=${encodeURIComponent(place.root)}&path=${encodeURIComponent(place.path)}`)
      .then((entries) => wanted && setListing({ kind: 'shown', entries }))
      .catch((error: unknown) => {
        if (!wanted) return
        // A folder that is not there yet can still be written to.
        if (access === 'write' && error instanceof ApiError && error.code === 'FOLDER_NOT_FOUND') setListing({ kind: 'shown', entries: [] })
        else setListing({ kind: 'failed', message: messageOf(error) })
      })
    return () => {
      wanted = false
    }
  }, [place, access])

  const fits = (entry: FileEntry): boolean =>
    entry.kind === 'folder' ||
    all ||
    extensions.length === 0 ||
    extensions.some((extension) => entry.name.toLowerCase().endsWith(`.${extension}`))
  const entries =
    listing.kind === 'shown' ? listing.entries.filter((entry) => fits(entry) && (access === 'read' || entry.kind === 'folder')) : []
  const hidden = listing.kind === 'shown' && access === 'read' ? listing.entries.length - entries.length : 0
  const together = several && place !== null ? allOf(place, entries, extensions) : null
  const parts = place === null || place.path === '' ? [] : place.path.split('/')
  const target = place === null ? '' : `${place.root}:${[place.path, folder.trim()].filter(Boolean).join('/')}`

  return (
    <Dialog
      title={access === 'read' ? t('Choose a file') : t('Choose a folder')}
      summary={
        access === 'read'
          ? t('Files on the computer that runs Belay.')
          : t('Where the rows are written. A folder that is not there is made.')
      }
      icon="table"
      onClose={onClose}
      footer={
        access === 'write' ? (
          <>
            <code className="rn-ell ds-target">{target}</code>
            <span className="rn-grow" />
            <button type="button" className="rn-btn rn-lg rn-primary" disabled={place === null} onClick={() => onChoose(target)}>
              {t('Use this folder')}
            </button>
          </>
        ) : (
          <>
            {extensions.length === 0 ? null : (
              <label className="rn-check rn-small">
                <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
                {hidden > 0 ? t('Show all files ({hidden} more)', { hidden }) : t('Show all files')}
              </label>
            )}
            <span className="rn-grow" />
            {together === null ? null : (
              <button type="button" className="rn-btn rn-lg" onClick={() => onChoose(together)}>
                {t('Use all files here')}
              </button>
            )}
            <button type="button" className="rn-btn rn-lg" onClick={onClose}>
              {t('Cancel')}
            </button>
          </>
        )
      }
    >
      <div className="rn-seg" role="group" aria-label={t('Root')}>
        {roots.map((root) => (
          <button
            key={root.name}
            type="button"
            aria-pressed={place?.root === root.name}
            onClick={() => setPlace({ root: root.name, path: '' })}
          >
            {root.name}
          </button>
        ))}
      </div>
      <nav className="ds-crumbs" aria-label={t('Folder')}>
        <button type="button" className="ds-link" onClick={() => place !== null && setPlace({ ...place, path: '' })}>
          {place?.root ?? ''}:
        </button>
        {parts.map((part, i) => (
          <button
            key={`${part} ${i}`}
            type="button"
            className="ds-link"
            onClick={() => place !== null && setPlace({ ...place, path: parts.slice(0, i + 1).join('/') })}
          >
            {part}/
          </button>
        ))}
      </nav>
      {listing.kind === 'failed' ? (
        <p className="rn-problem" role="alert">
          {listing.message}
        </p>
      ) : null}
      <ul className="ds-files">
        {entries.map((entry) => (
          <li key={entry.file}>
            <button
              type="button"
              onClick={() => {
                if (entry.kind === 'folder') setPlace({ root: place?.root ?? 'home', path: entry.file.slice(entry.file.indexOf(':') + 1) })
                else onChoose(entry.file)
              }}
            >
              <DsIcon name={entry.kind} />
              <span className="rn-grow rn-ell">{entry.name}</span>
              <span className="rn-t3 rn-small">{entry.kind === 'folder' ? '' : bytes(entry.sizeBytes)}</span>
            </button>
          </li>
        ))}
      </ul>
      {listing.kind === 'shown' && entries.length === 0 ? (
        <p className="rn-small rn-t3">
          {access === 'write'
            ? t('No folders here yet.')
            : hidden > 0
              ? t('No {extensions} files here.', { extensions: extensions.map((extension) => `.${extension}`).join(', ') })
              : t('This folder is empty. Put a file there and open this again.')}
        </p>
      ) : null}
      {access === 'write' ? (
        <label className="rn-field">
          {t('New folder in it')}
          <input
            className="ds-input ds-mono"
            value={folder}
            placeholder={t('results')}
            onChange={(event) => setFolder(event.target.value)}
          />
        </label>
      ) : null}
    </Dialog>
  )
}

/** All files of a folder that the operator reads, by their ending where they share one; null = there are none. */
function allOf(place: { root: string; path: string }, entries: readonly FileEntry[], extensions: readonly string[]): string | null {
  const files = entries.filter(({ kind }) => kind === 'file')
  if (files.length === 0) return null
  const ending = extensions.find((extension) => files.every(({ name }) => name.endsWith(`.${extension}`)))
  return `${place.root}:${place.path === '' ? '' : `${place.path}/`}*${ending === undefined ? '' : `.${ending}`}`
}

function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : String(error)
}
