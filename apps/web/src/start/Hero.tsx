/** The one thing to do first: run the demo and kill it. */
import { Icon } from '../theme/Icon.tsx'
import type { StartActions } from './useStartActions.ts'
import { t } from '../language/t.ts'

const DEMO = 'flights'

export function Hero({ actions }: { readonly actions: StartActions }) {
  const { busy, mayNot, runExample, openExample } = actions
  return (
    <section className="st-hero" aria-label={t('Start here')}>
      <div className="st-hero-text">
        <span className="st-kicker">{t('Start here')}</span>
        <h2>{t('Kill a pipeline. Watch it lose nothing.')}</h2>
        <p>
          {t(
            'Three million US flights, ranked by delay while they stream. Kill any operator: it comes back from its last checkpoint, and the output is the same to the byte.',
          )}
        </p>
        <div className="st-actions">
          <button
            type="button"
            className="rn-btn rn-lg rn-primary"
            disabled={busy !== null || mayNot.runExample !== null}
            title={mayNot.runExample ?? undefined}
            onClick={() => void runExample(DEMO)}
          >
            <Icon name="play" />
            {busy === `example ${DEMO}` ? t('Starting the demo') : t('Run the demo')}
          </button>
          <button
            type="button"
            className="rn-btn rn-lg"
            disabled={busy !== null || mayNot.write !== null}
            title={mayNot.write ?? undefined}
            onClick={() => void openExample(DEMO)}
          >
            {t('Open it in the designer')}
          </button>
        </div>
      </div>
      <HeroPicture />
    </section>
  )
}

/** source → filter → window, dead, with what goes back with it. */
function HeroPicture() {
  return (
    <svg className="st-hero-picture" width="400" height="140" viewBox="0 0 400 140" aria-hidden="true" fill="none">
      <rect x="212" y="6" width="182" height="124" rx="12" className="st-hull" />
      <path d="M78 68h44M296 68h10q8 0 8-8V44q0-8 8-8h4M296 68h10q8 0 8 8v16q0 8 8 8h4" stroke="var(--edge-flow)" strokeWidth="3" />
      <path d="M192 68h36" stroke="var(--edge-fill-warn)" strokeWidth="4" />
      <HeroNode x={8} y={50} glyph="M8 1.8 14.2 5 8 8.2 1.8 5zM1.8 8l6.2 3.2L14.2 8M1.8 11l6.2 3.2 6.2-3.2" />
      <HeroNode x={122} y={50} glyph="M1.8 2.8h12.4L9.6 8.4v4.4l-3.2 1.6v-6z" />
      <rect x="228" y="50" width="68" height="36" rx="6" fill="var(--st-down-tint)" stroke="var(--st-down-line)" strokeWidth="1.5" />
      <g transform="translate(240 60)" stroke="var(--st-down-fg)" strokeWidth="1.5">
        <path d="M1.6 4h3.2v8H1.6zM6.4 4h3.2v8H6.4zM11.2 4h3.2v8h-3.2z" />
      </g>
      <path d="m271 63 10 10M281 63l-10 10" stroke="var(--st-down-fg)" strokeWidth="2.6" strokeLinecap="round" />
      {[21, 85].map((y) => (
        <g key={y}>
          <rect x="326" y={y} width="58" height="30" rx="6" fill="var(--st-replaying-tint)" stroke="var(--st-replaying-line)" />
          <path
            d={`M361.2 ${y + 10} 355.4 ${y + 15}l5.8 5zM354.8 ${y + 10} 349 ${y + 15}l5.8 5z`}
            fill="var(--st-replaying-fg)"
            stroke="var(--st-replaying-fg)"
            strokeLinejoin="round"
          />
        </g>
      ))}
    </svg>
  )
}

function HeroNode({ x, y, glyph }: { readonly x: number; readonly y: number; readonly glyph: string }) {
  return (
    <g>
      <rect x={x} y={y} width="70" height="36" rx="6" fill="var(--surface-node)" stroke="var(--line-shape)" />
      <path transform={`translate(${x + 11} ${y + 10})`} d={glyph} stroke="var(--text-2)" strokeWidth="1.5" strokeLinejoin="round" />
      <circle cx={x + 54} cy={y + 18} r="4" fill="var(--st-running-fg)" />
    </g>
  )
}
