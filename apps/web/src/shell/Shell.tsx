/** The frame around every page: the rail, the routes, and what catches their errors. */
import { lazy, Suspense, useEffect } from 'react'
import { Link, Route, Switch } from 'wouter'
import { askSession, useSession } from '../access/session.ts'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { Rail } from './Rail.tsx'
import { loadPhrases, loadWords } from '../language/language.ts'
import { t } from '../language/t.ts'

/** Pages that show operators know those of one's own before their first line runs. */
const operatorsKnown = async (): Promise<void> => (await import('../api/ownOperators.ts')).loadOwnOperators()
const loadRunPage = async () => {
  await Promise.all([operatorsKnown(), loadWords('run'), loadPhrases('checks')])
  return import('../run/RunPage.tsx')
}
const loadDesignerPage = async () => {
  await Promise.all([operatorsKnown(), loadWords('designer'), loadPhrases('checks')])
  return import('../designer/DesignerPage.tsx')
}
const loadStartPage = () => import('../start/StartPage.tsx')
// Beside the question who one is, not after it.
if (/^\/(runs)?$/.test(window.location.pathname)) void loadStartPage()

const StartPage = lazy(async () => {
  await loadWords('examples')
  return loadStartPage()
})
const RunsPage = lazy(async () => ({ default: (await loadStartPage()).RunsPage }))
const RunPage = lazy(loadRunPage)
const DesignerPage = lazy(loadDesignerPage)
const SignInPage = lazy(() => import('../access/SignInPage.tsx'))
const AlertsPage = lazy(() => import('../alerts/AlertsPage.tsx'))
const SecretsPage = lazy(() => import('../access/SecretsPage.tsx'))
const AuditPage = lazy(() => import('../access/AuditPage.tsx'))
const AccessPage = lazy(() => import('../access/AccessPage.tsx'))

/** What the next click needs is there before the click. */
function usePrefetch(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      void loadStartPage().then(loadRunPage).then(loadDesignerPage)
    }, 0)
    return () => clearTimeout(timer)
  }, [])
}

export function Shell() {
  const state = useSession()
  useEffect(() => void askSession(), [])
  if (state.kind === 'asking') return <main className="sh-notice" aria-busy="true" />
  if (state.kind === 'failed')
    return (
      <main className="sh-notice" role="alert">
        <h1>{t('The server does not answer')}</h1>
        <p>{state.message}</p>
        <p>
          <button type="button" className="rn-btn rn-lg rn-primary" onClick={() => void askSession()}>
            {t('Try again')}
          </button>
        </p>
      </main>
    )
  if (state.session.user !== null) return <Pages />
  return (
    <Suspense fallback={<main className="sh-notice" aria-busy="true" />}>
      <SignInPage setupNeeded={state.session.setupNeeded} service={state.session.oidc?.label ?? null} />
    </Suspense>
  )
}

function Pages() {
  usePrefetch()
  return (
    <div className="sh-app">
      <a className="sh-skip" href="#content">
        {t('Skip to the content')}
      </a>
      <Rail />
      <div className="sh-main" id="content" tabIndex={-1}>
        <ErrorBoundary>
          <Suspense fallback={<main className="sh-notice" aria-busy="true" />}>
            <Switch>
              <Route path="/">
                <StartPage />
              </Route>
              <Route path="/runs">
                <RunsPage />
              </Route>
              <Route path="/runs/:runId">{({ runId }) => <RunPage key={runId} runId={runId} />}</Route>
              <Route path="/pipelines/:id">{({ id }) => <DesignerPage key={id} id={id} />}</Route>
              <Route path="/alerts">
                <AlertsPage />
              </Route>
              <Route path="/audit">
                <AuditPage />
              </Route>
              <Route path="/secrets">
                <SecretsPage />
              </Route>
              <Route path="/access">
                <AccessPage />
              </Route>
              <Route>
                <main className="sh-notice">
                  <h1>{t('There is no such page')}</h1>
                  <p>
                    <Link href="/" className="rn-btn rn-lg">
                      {t('All pipelines')}
                    </Link>
                  </p>
                </main>
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </div>
    </div>
  )
}
