/** Icons of the interface: 16 px grid, 1.5 px strokes, drawn for 12, 14 and 16 (ui.md §9). */
import type { ReactNode } from 'react'

const PATHS = {
  kill: <path d="M8.9 1.4 3.6 8.8h3.5L6.3 14.6 12.4 6.6H8.8z" fill="currentColor" stroke="none" />,
  restore: <path d="M2.2 2.8v3.8H6M2.6 6.4A5.8 5.8 0 1 1 2.2 9" />,
  pause: <path d="M5 3v10M11 3v10" strokeWidth="2" />,
  play: <path d="M4.4 2.6 13 8l-8.6 5.4z" />,
  stop: <rect x="3.4" y="3.4" width="9.2" height="9.2" rx="1" />,
  close: <path d="m3.6 3.6 8.8 8.8M12.4 3.6l-8.8 8.8" />,
  warning: (
    <>
      <path d="M8 1.6 15 14H1z" fill="currentColor" strokeWidth="1.2" />
      <path d="M8 6v4M8 12.2v.1" stroke="var(--ico-cut, var(--surface-panel))" strokeWidth="1.7" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 7.4v3.8M8 4.9v.1" strokeWidth="1.8" />
    </>
  ),
  bell: (
    <path d="M8 1.8a4.2 4.2 0 0 0-4.2 4.2c0 4-1.6 5.2-1.6 5.2h11.6s-1.6-1.2-1.6-5.2A4.2 4.2 0 0 0 8 1.8zM6.6 13.8a1.6 1.6 0 0 0 2.8 0" />
  ),
  pin: <path d="M5.4 1.8h5.2L10 6.4l2.2 2.4H3.8L6 6.4zM8 8.8v5.4" />,
  table: <path d="M1.8 3.4h12.4M1.8 8h12.4M1.8 12.6h12.4" />,
  graph: (
    <>
      <rect x="1.4" y="2.4" width="4.8" height="4" rx="1" />
      <rect x="9.8" y="9.6" width="4.8" height="4" rx="1" />
      <path d="M6.2 4.4h1.4a2 2 0 0 1 2 2v.4a2.6 2.6 0 0 0 2.6 2.6" />
    </>
  ),
  rows: (
    <>
      <rect x="1.8" y="2.6" width="12.4" height="10.8" rx="1.4" />
      <path d="M1.8 6.2h12.4M6.4 6.2v7.2" />
    </>
  ),
  freeze: <path d="M8 1.6v12.8M2.4 4.8l11.2 6.4M13.6 4.8 2.4 11.2" />,
  link: (
    <path d="M6.6 9.4a3 3 0 0 0 4.4 0l2.2-2.2a3.1 3.1 0 0 0-4.4-4.4L7.6 4M9.4 6.6a3 3 0 0 0-4.4 0L2.8 8.8a3.1 3.1 0 0 0 4.4 4.4L8.4 12" />
  ),
  checkpoint: <path d="M3 1.8v12.4M3 2.8h9l-2 3 2 3H3" />,
  plus: <path d="M8 2.8v10.4M2.8 8h10.4" />,
  minus: <path d="M2.8 8h10.4" />,
  down: <path d="m4 6.2 4 4 4-4" />,
  left: <path d="m9.8 4-4 4 4 4" />,
  right: <path d="m6.2 4 4 4-4 4" />,
  fit: <path d="M2.2 5.6V2.2h3.4M10.4 2.2h3.4v3.4M13.8 10.4v3.4h-3.4M5.6 13.8H2.2v-3.4" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 4.4V8l2.6 1.6" />
    </>
  ),
  download: <path d="M8 1.8v8M4.6 6.6 8 10l3.4-3.4M2.2 13.8h11.6" />,
  upload: <path d="M8 10V2M4.6 5.2 8 1.8l3.4 3.4M2.2 13.8h11.6" />,
  dots: <path d="M3.2 8h.1M8 8h.1M12.8 8h.1" strokeWidth="2.2" />,
  user: (
    <>
      <circle cx="8" cy="5.2" r="3" />
      <path d="M2.4 14a5.6 5.6 0 0 1 11.2 0" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 2.2v11.6A5.8 5.8 0 0 0 8 2.2Z" fill="currentColor" stroke="none" />
    </>
  ),
} satisfies Readonly<Record<string, ReactNode>>

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 14 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="rn-ico" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {PATHS[name]}
    </svg>
  )
}

/** An operator's own glyph, from its manifest. */
export function Glyph({ path, size = 14 }: { readonly path: string; readonly size?: number }) {
  return (
    <svg className="rn-ico" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
