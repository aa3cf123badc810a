/** The tokens as a Mantine theme (ui.md §10). */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const accent: MantineColorsTuple = [
  '#f0f5ff',
  '#e0eafe',
  '#c3d6fe',
  '#9abaff',
  '#709afb',
  '#4c7df7',
  '#2e60ed',
  '#1f4bd4',
  '#173bac',
  '#102b7c',
]

export const theme = createTheme({
  primaryColor: 'accent',
  colors: { accent },
  primaryShade: { light: 6, dark: 5 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: 6,
  fontFamily: 'var(--font-sans)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '14px', xl: '17px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
})

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-color-body': 'var(--surface-panel)',
    '--mantine-color-text': 'var(--text-1)',
    '--mantine-color-dimmed': 'var(--text-3)',
    '--mantine-color-default': 'var(--surface-raised)',
    '--mantine-color-default-border': 'var(--line-shape)',
    '--mantine-color-default-hover': 'var(--surface-hover)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-error': 'var(--st-down-fg)',
    '--mantine-primary-color-filled': 'var(--accent-solid)',
  },
  light: { '--mantine-color-disabled-color': 'var(--text-3)' },
  dark: { '--mantine-color-disabled-color': 'var(--text-3)' },
})
