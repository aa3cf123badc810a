/** What an operator's thread is at: its stack now, and what it spends its time on as a flame graph. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { ThreadProfile, ThreadStack } from '@belay/run'
import { ApiError, post } from '../../api/client.ts'
import '../../theme/profile.css'
import { Icon } from '../../theme/Icon.tsx'
import { percent, plural } from '../../theme/numbers.ts'
import { useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { flameOf, functionsOf, isFound, isWaiting, type Flame, type FlameBox } from './flame.ts'
import { t } from '../../language/t.ts'

const FOR_MS = 5000
const MOST_FUNCTIONS = 50
const ROW_PX = 20

type Doing = 'stack' | 'profile' | null

/** `target`: an operator, or one instance of it. */
export default function ProfilePanel({ target }: { readonly target: string }) {
  const store = useRunStore()
  const { off, nameOf } = useMonitor()
  const [doing, setDoing] = useState<Doing>(null)
  const [stack, setStack] = useState<ThreadStack | null>(null)
  const [profile, setProfile] = useState<ThreadProfile | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const ask = async <T,>(what: 'stack' | 'profile', body: object, take: (answer: T) => void): Promise<void> => {
    setDoing(what)
    setProblem(null)
    try {
      take(await post<T>(`/runs/${store.runId}/operators/${encodeURIComponent(target)}/${what}`, body))
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
    } finally {
      setDoing(null)
    }
  }
  return (
    <div className="fl-panel" data-testid="profile">
      <div className="rn-actions">
        <button
          type="button"
          className="rn-btn"
          disabled={off !== null || doing !== null}
          title={off ?? t('The thread stands still for a few milliseconds')}
          onClick={() => void ask<ThreadStack>('stack', {}, setStack)}
        >
          {doing === 'stack' ? t('Looking…') : t('Stack now')}
        </button>
        <button
          type="button"
          className="rn-btn"
          disabled={off !== null || doing !== null}
          title={off ?? t('Samples the thread a thousand times a second; it goes on meanwhile')}
          onClick={() => void ask<ThreadProfile>('profile', { forMs: FOR_MS }, setProfile)}
        >
          {doing === 'profile' ? t('Sampling for 5 s…') : t('Profile 5 s')}
        </button>
      </div>
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      {stack === null && profile === null && problem === null ? (
        <p className="rn-small rn-t2">
          {t('Where the thread of {target} is now, and what it spends its time on. Nothing is attached to it before you ask.', {
            target: nameOf(target),
          })}
        </p>
      ) : null}
      {stack === null ? null : <Stack stack={stack} />}
      {profile === null ? null : <Profile profile={profile} runId={store.runId} />}
    </div>
  )
}

function Stack({ stack: { container, at, frames, waitsIn } }: { readonly stack: ThreadStack }) {
  const { nameOf } = useMonitor()
  return (
    <section>
      <h3>
        {t('Stack')} <span className="rn-t3">{t('of container {container}', { container })}</span>
      </h3>
      {frames === null ? (
        <p className="rn-small rn-t2">
          {waitsIn === null
            ? t('It did not answer: it is inside native code, or the machine is too busy for a look.')
            : t('It is inside a system call: the kernel has it wait in {waitsIn}.', { waitsIn })}
        </p>
      ) : (
        <>
          <p className="rn-small rn-t2">
            {at === null ? t("In the engine's own code, with no operator at work.") : t('At work for {at}.', { at: nameOf(at) })}
          </p>
          <ol className="fl-stack">
            {frames.map(({ name, file, line, column }, i) => (
              <li key={i}>
                <b>{name}</b> <span className="rn-t3">{`${file}:${line}:${column}`}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}

function Profile({ profile, runId }: { readonly profile: ThreadProfile; readonly runId: string }) {
  const flame = useMemo(() => flameOf(profile.profile), [profile])
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<number | null>(null)
  const [zoomed, setZoomed] = useState<number | null>(null)
  const found = flame.boxes.filter((box) => isFound(box, search))
  const download = useDownload(profile, runId)
  if (flame.boxes.length === 0) return <p className="rn-small rn-t2">{t('No sample was taken: the machine was too busy. Try again.')}</p>
  return (
    <section>
      <h3>
        {t('Time')}{' '}
        <span className="rn-t3">
          {t('{samples} of container {container}', { samples: plural(flame.samples, 'sample'), container: profile.container })}
        </span>
      </h3>
      <div className="fl-tools">
        <label>
          <span className="rn-hidden">{t('Find a function')}</span>
          <input
            type="search"
            placeholder={t('Find a function')}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        <span className="rn-small rn-t2" role="status">
          {search.trim() === ''
            ? ''
            : t('{boxes}, {share} of the time in them', { boxes: plural(found.length, 'box', 'boxes'), share: percent(ownOf(found)) })}
        </span>
        <a className="rn-btn rn-sm" {...download}>
          <Icon name="download" size={12} />
          .cpuprofile
        </a>
      </div>
      <FlameGraph flame={flame} search={search} chosen={chosen} onChoose={setChosen} zoomed={zoomed} onZoom={setZoomed} />
      <Functions flame={flame} search={search} />
    </section>
  )
}

function ownOf(boxes: readonly FlameBox[]): number {
  return boxes.reduce((sum, { ownShare }) => sum + ownShare, 0)
}

/** For other tools: Chrome's DevTools and editors read it. */
function useDownload({ profile, instance }: ThreadProfile, runId: string): { readonly href: string; readonly download: string } {
  const [href, setHref] = useState('')
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(profile)], { type: 'application/json' }))
    setHref(url)
    return () => URL.revokeObjectURL(url)
  }, [profile])
  return { href, download: `${runId}-${instance.replace(/[^\w-]/g, '_')}.cpuprofile` }
}

interface GraphProps {
  readonly flame: Flame
  readonly search: string
  readonly chosen: number | null
  readonly onChoose: (id: number) => void
  readonly zoomed: number | null
  readonly onZoom: (id: number | null) => void
}

/** Arrows go from box to box, Enter makes one as wide as the graph, Escape shows all again. */
function FlameGraph({ flame, search, chosen, onChoose, zoomed, onZoom }: GraphProps) {
  const box = useRef<HTMLDivElement>(null)
  const wide = flame.boxes.find(({ id }) => id === zoomed)
  const from = wide?.from ?? 0
  const share = wide?.share ?? 1
  const shown = flame.boxes.filter(
    (candidate) => candidate.share / share > 0.002 && candidate.from < from + share && candidate.from + candidate.share > from,
  )
  const current = shown.find(({ id }) => id === chosen) ?? shown[0]
  const go = (event: KeyboardEvent): void => {
    if (current === undefined) return
    if (event.key === 'Escape' && zoomed !== null) {
      event.stopPropagation()
      return onZoom(null)
    }
    if (event.key === 'Enter') return onZoom(current.id === zoomed ? null : current.id)
    const next = neighbourOf(shown, current, event.key)
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    onChoose(next.id)
    box.current?.querySelector<HTMLElement>(`[data-box="${next.id}"]`)?.focus()
  }
  return (
    <>
      <div
        className="fl-graph"
        ref={box}
        role="group"
        aria-label={t('Flame graph; arrow keys go from function to function')}
        onKeyDown={go}
      >
        <div className="fl-rows" style={{ height: flame.depth * ROW_PX }}>
          {shown.map((one) => {
            const left = Math.max(0, (one.from - from) / share)
            const right = Math.min(1, (one.from + one.share - from) / share)
            return (
              <button
                key={one.id}
                type="button"
                className={`fl-box ${isFound(one, search) ? 'fl-found' : ''} ${isWaiting(one) || one.name.startsWith('(') ? 'fl-none' : ''}`}
                data-box={one.id}
                tabIndex={one.id === current?.id ? 0 : -1}
                aria-label={t('{function}{place}, {share}, itself {ownShare}', {
                  function: one.name,
                  place: one.file === '' ? '' : t(' in {file}', { file: one.file }),
                  share: percent(one.share),
                  ownShare: percent(one.ownShare),
                })}
                title={t('{function} {file}: {share}, itself {ownShare}', {
                  function: one.name,
                  file: one.file,
                  share: percent(one.share),
                  ownShare: percent(one.ownShare),
                })}
                style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%`, top: one.depth * ROW_PX }}
                onFocus={() => onChoose(one.id)}
                onClick={() => {
                  onChoose(one.id)
                  onZoom(one.id === zoomed ? null : one.id)
                }}
              >
                {one.name}
              </button>
            )
          })}
        </div>
      </div>
      <p className="rn-small rn-t2 fl-told">
        {current === undefined
          ? ''
          : t('{function} {file}· {share}, itself {ownShare}', {
              function: current.name,
              file: current.file === '' ? '' : `· ${current.file} `,
              share: percent(current.share),
              ownShare: percent(current.ownShare),
            })}
        {zoomed === null ? null : (
          <button type="button" className="rn-btn rn-sm" onClick={() => onZoom(null)}>
            {t('Show all')}
          </button>
        )}
      </p>
    </>
  )
}

function neighbourOf(boxes: readonly FlameBox[], at: FlameBox, key: string): FlameBox | undefined {
  const beside = boxes.filter(({ depth }) => depth === at.depth).toSorted((a, b) => a.from - b.from)
  switch (key) {
    case 'ArrowDown':
      return boxes.find(({ parent }) => parent === at.id)
    case 'ArrowUp':
      return boxes.find(({ id }) => id === at.parent)
    case 'ArrowRight':
      return beside.find(({ from }) => from > at.from)
    case 'ArrowLeft':
      return beside.findLast(({ from }) => from < at.from)
    default:
      return undefined
  }
}

/** The graph in words: which functions the time went to. */
function Functions({ flame, search }: { readonly flame: Flame; readonly search: string }) {
  const all = useMemo(() => functionsOf(flame), [flame])
  const shown = search.trim() === '' ? all.slice(0, MOST_FUNCTIONS) : all.filter((one) => isFound(one, search))
  return (
    <div className="rn-scroll fl-functions" tabIndex={0} role="region" aria-label={t('Functions by their time')}>
      <table className="rn-table rn-dense" data-testid="functions">
        <thead>
          <tr>
            <th>{t('Function')}</th>
            <th className="rn-n">{t('Itself')}</th>
            <th className="rn-n">{t('With calls')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={`${one.name} ${one.file}`}>
              <td className="rn-wrap">
                {one.name} <span className="rn-t3">{one.file}</span>
              </td>
              <td className="rn-n">{percent(one.ownShare)}</td>
              <td className="rn-n">{percent(one.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
