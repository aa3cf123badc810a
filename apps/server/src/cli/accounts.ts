/** `belay users` and `belay token`: on the home folder itself, whether a server runs or not. Who may write there may do this. */
import { AccountStore } from '../access/accountStore.ts'
import { hashPassword } from '../access/passwords.ts'
import { ROLES, type Role } from '../http/rights.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { readHiddenLine } from './hiddenInput.ts'
import { openOnDisk, type OpenedHome } from './onHome.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 90

async function open(home: string | undefined): Promise<{ readonly accounts: AccountStore; readonly done: OpenedHome['done'] }> {
  const { database, done } = await openOnDisk(home)
  return { accounts: new AccountStore(database), done }
}

function readPassword(): Promise<string> {
  return readHiddenLine('Password')
}

function wrong(message: string): number {
  process.stderr.write(`${message}\n`)
  return EXIT.invalid
}

function roleOf(given: string | undefined): Role | null {
  return ROLES.find((role) => role === given) ?? null
}

const ROLE_OPTIONS = {
  role: { type: 'string', value: 'ROLE', help: ROLES.join(', ') },
  'see-data': { type: 'boolean', help: 'may see rows; administrators always may' },
  'use-secrets': { type: 'boolean', help: 'may save and run pipelines that use secrets; administrators always may' },
} as const

export const usersCommand: Command = defineCommand({
  name: 'users',
  summary: 'who may sign in: list, add, password, remove',
  usage: 'users list | add NAME --role ROLE [--see-data] [--use-secrets] | password NAME | remove NAME',
  examples: ['belay users list', 'belay users add ana --role designer --see-data', 'belay users password ana < password.txt'],
  options: { ...JSON_OPTION, ...HOME_OPTION, ...ROLE_OPTIONS },
  async run(values, [verb, name]) {
    const { accounts, done: note } = await open(values.home)
    const done = (text: string): number => {
      process.stdout.write(values.json === true ? `${JSON.stringify(accounts.users())}\n` : text)
      return EXIT.done
    }
    if (verb === 'list') {
      const lines = accounts
        .users()
        .map(
          (user) =>
            `${user.name.padEnd(20)} ${user.role}${user.seeData ? ', sees data' : ''}${user.useSecrets ? ', uses secrets' : ''}${user.issuer === null ? '' : `, signs in at ${user.issuer}`}\n`,
        )
      return done(lines.length === 0 ? 'no users yet\n' : lines.join(''))
    }
    if (name === undefined) return wrong(`belay ${usersCommand.usage}`)
    switch (verb) {
      case 'add': {
        const role = roleOf(values.role)
        if (role === null) return wrong(`Say which role: --role ${ROLES.join(' | ')}`)
        if (!/^[a-z][a-z0-9._@-]{0,63}$/.test(name))
          return wrong('A name is of small letters, digits and . _ @ -, and begins with a letter.')
        const grants = { seeData: values['see-data'] === true, useSecrets: values['use-secrets'] === true }
        accounts.addUser({ name, role, ...grants }, await hashPassword(await readPassword()), Date.now())
        note('addUser', `/users/${name}`, role)
        return done(`${name} is ${role} now\n`)
      }
      case 'password':
        accounts.setPassword(name, await hashPassword(await readPassword()))
        note('setPassword', `/users/${name}`, null)
        return done(`${name} has a new password; sessions have ended\n`)
      case 'remove':
        accounts.removeUser(name)
        note('removeUser', `/users/${name}`, null)
        return done(`${name} is gone\n`)
      default:
        return wrong(`belay ${usersCommand.usage}`)
    }
  },
})

export const tokenCommand: Command = defineCommand({
  name: 'token',
  summary: 'tokens for programs (BELAY_TOKEN): list, create, revoke',
  usage: 'token list | create LABEL --user NAME --role ROLE [--see-data] [--use-secrets] [--days 90] | revoke ID',
  examples: ['belay token create ci --user ana --role operator --days 30', 'belay token list', 'belay token revoke 0a1b2c3d4e5f'],
  options: {
    ...JSON_OPTION,
    ...HOME_OPTION,
    ...ROLE_OPTIONS,
    user: { type: 'string', value: 'NAME', help: 'whose it is; it never has more rights than its owner' },
    days: { type: 'string', value: 'N', help: `how long it is valid; ${DEFAULT_DAYS} by default, at most 366` },
  },
  async run(values, [verb, subject]) {
    const { accounts, done: note } = await open(values.home)
    const print = (value: unknown, text: string): number => {
      process.stdout.write(values.json === true ? `${JSON.stringify(value)}\n` : text)
      return EXIT.done
    }
    if (verb === 'list') {
      const tokens = accounts.tokens(null)
      const lines = tokens.map(
        (token) =>
          `${token.id}  ${token.label.padEnd(16)} ${token.owner}, ${token.role}, until ${new Date(token.expiresAtMs).toISOString()}\n`,
      )
      return print(tokens, lines.length === 0 ? 'no tokens yet\n' : lines.join(''))
    }
    if (subject === undefined) return wrong(`belay ${tokenCommand.usage}`)
    if (verb === 'revoke') {
      accounts.revokeToken(subject, null)
      note('revokeToken', `/tokens/${subject}`, null)
      return print({ revoked: subject }, `${subject} is revoked\n`)
    }
    const role = roleOf(values.role)
    const days = Number(values.days ?? DEFAULT_DAYS)
    if (verb !== 'create' || values.user === undefined || role === null || !Number.isInteger(days) || days < 1 || days > 366)
      return wrong(`belay ${tokenCommand.usage}`)
    const atMs = Date.now()
    const { token, text } = accounts.createToken(
      {
        label: subject,
        owner: values.user,
        role,
        seeData: values['see-data'] === true,
        useSecrets: values['use-secrets'] === true,
        expiresAtMs: atMs + days * DAY_MS,
      },
      atMs,
    )
    note('createToken', `/tokens/${token.id}`, `${token.label} of ${token.owner}, ${token.role}`)
    return print({ ...token, text }, `${text}\n`)
  },
})
