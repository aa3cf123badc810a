/** The designer's icons: 16 px grid, 1.5 px strokes (ui.md §9). */
import type { ReactNode } from 'react'

const SHAPES = {
  search: (
    <>
      <circle cx="7" cy="7" r="4.6" />
      <path d="m10.4 10.4 3.6 3.6" />
    </>
  ),
  plus: <path d="M8 2.8v10.4M2.8 8h10.4" />,
  minus: <path d="M2.8 8h10.4" />,
  x: <path d="m3.6 3.6 8.8 8.8M12.4 3.6l-8.8 8.8" />,
  down: <path d="m4 6.2 4 4 4-4" />,
  right: <path d="m6.2 4 4 4-4 4" />,
  up: <path d="m4 9.8 4-4 4 4" />,
  fit: <path d="M2.2 5.6V2.2h3.4M10.4 2.2h3.4v3.4M13.8 10.4v3.4h-3.4M5.6 13.8H2.2v-3.4" />,
  tidy: (
    <>
      <rect x="1.8" y="5.8" width="4" height="4.4" rx="1" />
      <rect x="10.2" y="1.8" width="4" height="4.4" rx="1" />
      <rect x="10.2" y="9.8" width="4" height="4.4" rx="1" />
      <path d="M5.8 8H8M8 4v8M8 4h2.2M8 12h2.2" />
    </>
  ),
  undo: <path d="M5.4 2.6 2.2 5.8 5.4 9M2.6 5.8h6.6a4.2 4.2 0 0 1 0 8.4H6" />,
  redo: <path d="M10.6 2.6l3.2 3.2L10.6 9M13.4 5.8H6.8a4.2 4.2 0 0 0 0 8.4H10" />,
  copy: (
    <>
      <rect x="5.4" y="5.4" width="8.4" height="8.8" rx="1.4" />
      <path d="M10.6 5.4V3.2a1.4 1.4 0 0 0-1.4-1.4H3.6a1.4 1.4 0 0 0-1.4 1.4v6a1.4 1.4 0 0 0 1.4 1.4h1.8" />
    </>
  ),
  trash: <path d="M2.4 4.2h11.2M6 4V2.2h4V4M3.8 4.2l.6 9.6h7.2l.6-9.6M6.6 7v4M9.4 7v4" />,
  dots: <path d="M3.2 8h.1M8 8h.1M12.8 8h.1" strokeWidth="2.2" />,
  folder: <path d="M1.8 4.2a1.2 1.2 0 0 1 1.2-1.2h3l1.6 1.8h5.4a1.2 1.2 0 0 1 1.2 1.2v6a1.2 1.2 0 0 1-1.2 1.2H3a1.2 1.2 0 0 1-1.2-1.2z" />,
  file: <path d="M3 1.8h6.5L13 5.3v8.9H3z" />,
  back: <path d="m9.8 4-4 4 4 4" />,
  shield: (
    <>
      <path d="M8 1.6 13.6 3.6v4c0 3.4-2.4 5.6-5.6 6.8-3.2-1.2-5.6-3.4-5.6-6.8v-4z" />
      <path d="m5.6 7.9 1.7 1.7 3.1-3.3" />
    </>
  ),
  eye: (
    <>
      <path d="M1.4 8S3.8 3.6 8 3.6 14.6 8 14.6 8 12.2 12.4 8 12.4 1.4 8 1.4 8Z" />
      <circle cx="8" cy="8" r="1.9" />
    </>
  ),
  settings: (
    <>
      <path d="M2 4.4h6.4M12.4 4.4H14M2 11.6h1.6M7.6 11.6H14" />
      <circle cx="10.4" cy="4.4" r="1.9" />
      <circle cx="5.6" cy="11.6" r="1.9" />
    </>
  ),
  parameter: (
    <path d="M5.4 2.4c-2 0-2 1-2 2.2 0 1.6 0 2.4-1.6 3.4 1.6 1 1.6 1.8 1.6 3.4 0 1.2 0 2.2 2 2.2M10.6 2.4c2 0 2 1 2 2.2 0 1.6 0 2.4 1.6 3.4-1.6 1-1.6 1.8-1.6 3.4 0 1.2 0 2.2-2 2.2" />
  ),
  note: <path d="M2.4 2.6h11.2v7.6l-3.4 3.4H2.4zM13.6 10.2h-3.4v3.4M5 6h6M5 8.8h3" />,
  play: <path d="M4.4 2.6 13 8l-8.6 5.4z" />,
  keyboard: (
    <>
      <rect x="1.4" y="3.8" width="13.2" height="8.4" rx="1.4" />
      <path d="M4 6.6h.1M6.6 6.6h.1M9.2 6.6h.1M11.9 6.6h.1M5 9.6h6" />
    </>
  ),
  error: (
    <>
      <path d="M5.1 1.2h5.8l3.9 3.9v5.8l-3.9 3.9H5.1l-3.9-3.9V5.1z" fill="currentColor" stroke="none" />
      <path d="M8 4.4v4.4M8 11.4v.1" stroke="var(--surface-panel)" strokeWidth="2" />
    </>
  ),
  warning: (
    <>
      <path d="M8 1.6 15 14H1z" fill="currentColor" strokeWidth="1.2" />
      <path d="M8 6v4M8 12.2v.1" stroke="var(--surface-panel)" strokeWidth="1.7" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 7.4v3.8M8 4.9v.1" strokeWidth="1.8" />
    </>
  ),
  append: (
    <>
      <path d="M1 8h14" strokeWidth="2" />
      <circle cx="8" cy="8" r="3.2" fill="currentColor" stroke="none" />
    </>
  ),
  changes: (
    <>
      <path d="M1 6.2h14M1 9.8h14" strokeWidth="1.3" />
      <path d="m8 3.6 4.4 4.4L8 12.4 3.6 8z" fill="currentColor" stroke="none" />
    </>
  ),
  upsert: (
    <>
      <path d="M1 8h14" strokeWidth="2" strokeDasharray="3.4 2" />
      <rect x="5" y="5" width="6" height="6" fill="currentColor" stroke="none" />
    </>
  ),
} satisfies Readonly<Record<string, ReactNode>>

export type DesignerIcon = keyof typeof SHAPES

export function DsIcon({ name, size = 14 }: { readonly name: DesignerIcon; readonly size?: number }) {
  return (
    <svg className="rn-ico" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  )
}

const UNKNOWN_GLYPH = 'M3 3h10v10H3zM6 6.5h4M8 6.5v4'

/** An operator's own picture, from its manifest. */
export function Glyph({ path, big = false }: { readonly path: string | undefined; readonly big?: boolean }) {
  return (
    <span className={big ? 'ds-glyph ds-glyph-big' : 'ds-glyph'}>
      <svg className="rn-ico" width={big ? 16 : 14} height={big ? 16 : 14} viewBox="0 0 16 16" aria-hidden="true">
        <path d={path ?? UNKNOWN_GLYPH} />
      </svg>
    </span>
  )
}
