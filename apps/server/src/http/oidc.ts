/** Signing in at another service (OpenID Connect): the way there, and the way back. */
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { answers } from './schemas/answers.ts'

const CALLBACK = '/oidc/callback'

export function oidcRoutes(app: App, { access, oidc }: Services): void {
  app.post(
    '/session/oidc',
    {
      config: { right: 'sign-in' },
      schema: {
        operationId: 'beginOidc',
        summary: 'Begin to sign in at the configured service: where to go; the answer sets a cookie',
        body: Type.Object({
          returnTo: Type.Optional(Type.String({ maxLength: 2000, description: 'Path of the page to come back to' })),
        }),
        response: answers(200, 'OidcBegun', 'Where the browser goes', [404, 429, 503]),
      },
    },
    async (request, reply) => {
      // Nothing comes of it here; strangers could fill the log.
      request.audited.untold = true
      if (oidc === null || !access.signIn)
        throw new ServerError('NOT_FOUND', 'No sign-in service is configured here. Sign in with a name and a password.')
      access.checkSignIns(request.ip)
      const origin = `${access.reach.secure ? 'https' : 'http'}://${String(request.headers.host)}`
      const { url, flowId } = await oidc.begin(origin, request.body.returnTo)
      return reply.header('set-cookie', access.flowCookieFor(flowId)).send({ url })
    },
  )
}

/** Outside /api: the browser comes from another site, and what it asks for is the page. */
export function oidcCallbackRoute(app: App, { access, oidc, signInRefused }: Services): void {
  if (oidc === null) return
  app.get(
    CALLBACK,
    { config: { right: 'sign-in' }, exposeHeadRoute: false, schema: { hide: true, operationId: 'finishOidc' } as object },
    async (request, reply) => {
      // The query holds the code.
      request.audited.target = CALLBACK
      access.checkSignIns(request.ip)
      const [, query = ''] = request.url.split('?')
      void reply.header('cache-control', 'no-store')
      try {
        const { sessionId, name, returnTo } = await oidc.finish(new URLSearchParams(query), access.flowId(request.headers))
        request.audited.who = name
        const before = access.sessionId(request.headers)
        if (before !== null) access.accounts.closeSession(before)
        return await reply.header('set-cookie', [access.cookieFor(sessionId), access.flowCookieFor(null)]).redirect(returnTo, 303)
      } catch (error) {
        if (!(error instanceof ServerError)) throw error
        request.audited.code = error.code
        signInRefused(error)
        return await reply.redirect(`/?sign-in=${error.code}`, 303)
      }
    },
  )
}
