/** Keys of the run page (designer-ux §3, gesture sheet). Never inside inputs, never with a dialog open. */
import { useEffect } from 'react'
import { useCheckpoints, useRunStore } from './live/runHooks.ts'
import { SCHEMES } from './canvas/schemes.ts'
import { useMonitor } from './monitorState.tsx'
import { t } from '../language/t.ts'

export const SHORTCUTS: readonly (readonly [keys: string, what: string])[] = [
  ['K', t('Kill the chosen operator, with foresight')],
  ['R', t('Restore what is held, or the run from a checkpoint')],
  ['P', t('Peek: rows that the chosen operator sends')],
  ['T', t('Graph or table')],
  ['L', t('Logical or physical: operators, or their partitions in their containers')],
  ['1 … 7', t('Colours: health, load, latency, state size, lag, container, skew')],
  ['.', t('Freeze the view, or back to live')],
  ['[ ]', t('Moment of the checkpoint before, after')],
  ['← → ↑ ↓', t('Walk the graph from operator to operator')],
  [t('Enter'), t('Choose the operator in focus')],
  ['G', t('Collapse or open the group in focus')],
  ['Esc', t('Let go of what is chosen')],
  ['?', t('This list')],
]

const FIELDS = ['INPUT', 'SELECT', 'TEXTAREA']

export function useShortcuts(): void {
  const store = useRunStore()
  const checkpoints = useCheckpoints()
  const monitor = useMonitor()
  useEffect(() => {
    const step = (direction: 1 | -1): void => {
      const at = store.moment.kind === 'past' ? store.moment.atMs : store.newestMs()
      const seen = checkpoints.filter((checkpoint) => checkpoint.atMs >= store.earliestMs())
      const next = direction === 1 ? seen.find((checkpoint) => checkpoint.atMs > at) : seen.findLast((checkpoint) => checkpoint.atMs < at)
      if (next !== undefined) store.showMoment(next.atMs)
      else if (direction === 1) store.goLive()
    }
    const onKey = (event: KeyboardEvent): void => {
      const inField = event.target instanceof HTMLElement && (FIELDS.includes(event.target.tagName) || event.target.isContentEditable)
      if (inField || monitor.dialog !== null || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const scheme = SCHEMES[Number(event.key) - 1]
      if (scheme !== undefined) return monitor.setScheme(scheme[0])
      switch (event.key.toLowerCase()) {
        case 'k':
          if (monitor.off !== null) return
          event.preventDefault()
          return monitor.openKill(monitor.part ?? monitor.selected)
        case 'r': {
          if (monitor.off !== null) return
          event.preventDefault()
          const held = Object.entries(store.liveFigures?.operators ?? {}).flatMap(([id, { state }]) => (state === 'held' ? [id] : []))
          const [only] = held
          if (monitor.selected !== null && held.includes(monitor.selected)) return monitor.restoreOperator(monitor.selected)
          return held.length === 1 && only !== undefined ? monitor.restoreOperator(only) : monitor.openRestore(null)
        }
        case 'p':
          return monitor.selected === null ? undefined : monitor.peekAt(monitor.selected)
        case 't':
          return monitor.setView(monitor.view === 'graph' ? 'table' : 'graph')
        case 'l':
          return monitor.setLevel(monitor.level === 'logical' ? 'physical' : 'logical')
        case '.':
          return store.moment.kind === 'live' ? store.freeze() : store.goLive()
        case '[':
          return step(-1)
        case ']':
          return step(1)
        case '?':
          event.preventDefault()
          return monitor.openDialog({ kind: 'keys' })
        case 'escape':
          return monitor.letGo()
        default:
          return
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [store, checkpoints, monitor])
}
