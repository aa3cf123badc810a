/** A page that fails, fails alone, and says what to do next. */
import { Component, type ReactNode } from 'react'
import { t } from '../language/t.ts'

interface Props {
  readonly children: ReactNode
}

export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <main className="sh-notice" role="alert">
        <h1>{t('This page has stopped')}</h1>
        <p>{error.message}</p>
        <p>
          <button type="button" className="rn-btn rn-lg rn-primary" onClick={() => window.location.reload()}>
            {t('Load it again')}
          </button>
        </p>
      </main>
    )
  }
}
