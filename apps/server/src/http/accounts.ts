/** Who one is: signing in and out, the first user, users and tokens. */
import { Type } from 'typebox'
import type { User } from '../access/accountStore.ts'
import { PASSWORD_CHARACTERS } from '../access/passwords.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { may, rightsOf, ROLES, type Principal, type Role } from './rights.ts'
import { answers } from './schemas/answers.ts'

const DAY_MS = 86_400_000
const UserName = Type.String({ pattern: '^[a-z][a-z0-9._@-]{0,63}$', description: 'Small letters, digits, . _ @ -' })
const Password = Type.String({ minLength: 1, maxLength: PASSWORD_CHARACTERS.most })
const RoleSchema = Type.Unsafe<Role>({ type: 'string', enum: [...ROLES] })
const NameParams = Type.Object({ name: Type.String({ maxLength: 64 }) })

function rightsText({ role, seeData, useSecrets }: Pick<User, 'role' | 'seeData' | 'useSecrets'>): string {
  return `${role}${seeData ? ', sees data' : ''}${useSecrets ? ', uses secrets' : ''}`
}

export function accountsRoutes(app: App, { access, oidc }: Services): void {
  const { accounts } = access
  const view = (principal: Principal | null): unknown => ({
    signIn: access.signIn,
    setupNeeded: access.signIn && !accounts.hasLocalUsers(),
    oidc: oidc === null ? null : { label: oidc.label },
    user:
      principal === null
        ? null
        : {
            name: principal.name,
            role: principal.role,
            seeData: may(principal, 'see-data'),
            useSecrets: may(principal, 'use-secrets'),
            issuer: accounts.user(principal.name)?.issuer ?? null,
          },
    rights: rightsOf(principal),
  })
  const known = (principal: Principal | null): Principal => {
    if (principal === null) throw new ServerError('SIGN_IN_NEEDED', 'Sign in first.')
    return principal
  }
  /** What only a person who signed in may do: a token makes no tokens, and nobody has a password where nobody signs in. */
  const person = (principal: Principal | null): Principal => {
    if (principal?.via !== 'session')
      throw new ServerError(
        'SESSION_NEEDED',
        'Only somebody who has signed in on the page can do that; on the command line there are `belay users` and `belay token`.',
      )
    return principal
  }

  app.get(
    '/session',
    {
      config: { right: 'open' },
      schema: { operationId: 'readSession', summary: 'Who asks, and what they may do', response: answers(200, 'Session', 'The session') },
    },
    (request) => view(request.principal),
  )
  app.post(
    '/session',
    {
      config: { right: 'sign-in' },
      schema: {
        operationId: 'signIn',
        summary: 'Sign in; the answer sets a cookie',
        body: Type.Object({ name: Type.String({ maxLength: 64 }), password: Password }),
        response: answers(204, null, 'Signed in', [401, 429]),
      },
    },
    async (request, reply) => {
      const id = await access.open(request.body.name, request.body.password, request.ip)
      const before = access.sessionId(request.headers)
      if (before !== null) accounts.closeSession(before)
      return reply.status(204).header('set-cookie', access.cookieFor(id)).send()
    },
  )
  app.delete(
    '/session',
    {
      config: { right: 'use-account' },
      schema: { operationId: 'signOut', summary: 'Sign out', response: answers(204, null, 'Signed out') },
    },
    async (request, reply) => {
      const id = access.sessionId(request.headers)
      if (id !== null) accounts.closeSession(id)
      return reply.status(204).header('set-cookie', access.cookieFor(null)).send()
    },
  )
  app.post(
    '/setup',
    {
      config: { right: 'sign-in' },
      schema: {
        operationId: 'setUp',
        summary: 'The first user, with the link that the server printed; signs in as well',
        body: Type.Object({ secret: Type.String({ maxLength: 200 }), name: UserName, password: Password }),
        response: answers(204, null, 'The user is there', [403, 429]),
      },
    },
    async (request, reply) => {
      const { secret, name, password } = request.body
      const id = await access.setUp(secret, name, password, request.ip)
      return reply.status(204).header('set-cookie', access.cookieFor(id)).send()
    },
  )
  app.put(
    '/account/password',
    {
      config: { right: 'use-account' },
      schema: {
        operationId: 'changeOwnPassword',
        summary: 'Change the own password; other sessions end',
        body: Type.Object({ current: Password, next: Password }),
        response: answers(204, null, 'Changed', [401, 403, 429]),
      },
    },
    async (request, reply) => {
      const { name } = person(request.principal)
      const id = await access.changeOwnPassword(name, request.body.current, request.body.next, request.ip)
      return reply.status(204).header('set-cookie', access.cookieFor(id)).send()
    },
  )

  app.get(
    '/users',
    {
      config: { right: 'read-users' },
      schema: { operationId: 'listUsers', summary: 'Users and their roles', response: answers(200, ['User'], 'Users') },
    },
    () => accounts.users(),
  )
  app.post(
    '/users',
    {
      config: { right: 'manage-users' },
      schema: {
        operationId: 'addUser',
        summary: 'Add a user',
        body: Type.Object({
          name: UserName,
          password: Password,
          role: RoleSchema,
          seeData: Type.Optional(Type.Boolean()),
          useSecrets: Type.Optional(Type.Boolean()),
        }),
        response: answers(201, 'User', 'The user is there', [409]),
      },
    },
    async (request, reply) => {
      const { name, password, role, seeData, useSecrets } = request.body
      await access.addUser({ name, role, seeData: seeData ?? false, useSecrets: useSecrets ?? false }, password)
      return reply.status(201).send(accounts.user(name))
    },
  )
  app.put(
    '/users/:name',
    {
      config: { right: 'manage-users' },
      schema: {
        operationId: 'changeUser',
        summary: "Change a user's role and grants, at once, for sessions and tokens too",
        params: NameParams,
        body: Type.Object({
          role: RoleSchema,
          seeData: Type.Boolean(),
          useSecrets: Type.Optional(Type.Boolean({ description: 'Absent: as it is' })),
        }),
        response: answers(200, 'User', 'The user', [404, 409]),
      },
    },
    async (request) => {
      const before = accounts.user(request.params.name)
      const { role, seeData, useSecrets = before?.useSecrets ?? false } = request.body
      const after = accounts.changeUser({ name: request.params.name, role, seeData, useSecrets })
      request.audited = { ...(before === null ? {} : { before: rightsText(before) }), after: rightsText(after) }
      return after
    },
  )
  app.delete(
    '/users/:name',
    {
      config: { right: 'manage-users' },
      schema: {
        operationId: 'removeUser',
        summary: 'Remove a user, with sessions and tokens',
        params: NameParams,
        response: answers(204, null, 'Gone', [404, 409]),
      },
    },
    async (request, reply) => {
      accounts.removeUser(request.params.name)
      return reply.status(204).send()
    },
  )

  /** Administrators see and revoke everybody's. */
  const scope = (principal: Principal): string | null => (principal.role === 'admin' ? null : principal.name)
  app.get(
    '/tokens',
    {
      config: { right: 'read-account' },
      schema: { operationId: 'listTokens', summary: 'Own tokens; administrators see all', response: answers(200, ['Token'], 'Tokens') },
    },
    (request) => accounts.tokens(scope(known(request.principal))),
  )
  app.post(
    '/tokens',
    {
      config: { right: 'use-account' },
      schema: {
        operationId: 'createToken',
        summary: 'A token for a program; its text is told once',
        body: Type.Object({
          label: Type.String({ minLength: 1, maxLength: 100 }),
          role: RoleSchema,
          seeData: Type.Optional(Type.Boolean()),
          useSecrets: Type.Optional(Type.Boolean()),
          days: Type.Integer({ minimum: 1, maximum: 366, description: 'How long it is valid' }),
        }),
        response: answers(201, 'NewToken', 'The token', [403]),
      },
    },
    async (request, reply) => {
      const { name } = person(request.principal)
      const { label, role, seeData, useSecrets, days } = request.body
      const atMs = Date.now()
      const { token, text } = accounts.createToken(
        { label, role, seeData: seeData ?? false, useSecrets: useSecrets ?? false, owner: name, expiresAtMs: atMs + days * DAY_MS },
        atMs,
      )
      return reply.status(201).send({ ...token, text })
    },
  )
  app.delete(
    '/tokens/:id',
    {
      config: { right: 'use-account' },
      schema: {
        operationId: 'revokeToken',
        summary: 'Revoke a token',
        params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
        response: answers(204, null, 'Gone', [404]),
      },
    },
    async (request, reply) => {
      accounts.revokeToken(request.params.id, scope(known(request.principal)))
      return reply.status(204).send()
    },
  )
}
