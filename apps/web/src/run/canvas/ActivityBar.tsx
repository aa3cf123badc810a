/** Busy, blocked, starved, idle: a mark of its own beside the state; height and texture say it too. */
import { memo } from 'react'
import type { OperatorActivity } from '@belay/run'
import { percent } from '../../theme/numbers.ts'
import { t } from '../../language/t.ts'

export type Activity = Readonly<Record<OperatorActivity, number>>

const ORDER: readonly OperatorActivity[] = ['busy', 'blocked', 'starved', 'idle']

function dominant(activity: Activity): OperatorActivity {
  let best: OperatorActivity = 'idle'
  for (const kind of ORDER) if (activity[kind] > activity[best]) best = kind
  return best
}

export function activityLabel(activity: Activity): string {
  const kind = dominant(activity)
  return kind === 'idle' ? t('idle') : `${percent(activity[kind])} ${t(kind)}`
}

/** Hundredths: what is finer cannot be seen, and need not be drawn. */
function hundredths(share: number): number {
  return Math.round(share * 100)
}

export function ActivityBar({ activity, large = false }: { readonly activity: Activity; readonly large?: boolean }) {
  const { busy, blocked, starved, idle } = activity
  return <Bar busy={hundredths(busy)} blocked={hundredths(blocked)} starved={hundredths(starved)} idle={hundredths(idle)} large={large} />
}

const Bar = memo(function Bar({ large, ...shares }: Activity & { readonly large: boolean }) {
  return (
    <span className={large ? 'rn-act rn-act-large' : 'rn-act'} aria-hidden="true">
      {ORDER.map((kind) => (
        <i key={kind} className={`rn-${kind}`} style={{ flexGrow: shares[kind] }} />
      ))}
    </span>
  )
})

/** The four shares in words, each beside its own texture. */
export function ActivityLegend({ activity, blockedOn }: { readonly activity: Activity; readonly blockedOn: string | null }) {
  return (
    <p className="rn-legend">
      {ORDER.map((kind) => (
        <span key={kind}>
          <span className="rn-act" aria-hidden="true">
            <i className={`rn-${kind}`} />
          </span>
          {t(kind)} {percent(activity[kind])}
          {kind === 'blocked' && blockedOn !== null ? t(' by {blockedOn}', { blockedOn }) : ''}
        </span>
      ))}
    </p>
  )
}
