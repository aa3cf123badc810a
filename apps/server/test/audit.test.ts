import { readFileSync, writeFileSync, appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyAudit, type AuditEntry } from '../src/audit/auditLog.ts'
import { ask, testApp, type TestApp } from './support/app.ts'
import { numbers } from './support/documents.ts'

describe('the audit log', () => {
  let own: TestApp
  let admin: Record<string, string>
  let viewer: Record<string, string>
  const PASSWORD = 'correct horse battery'
  const path = (): string => own.services.auditLog.path
  const entries = (): AuditEntry[] =>
    readFileSync(path(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntry)

  beforeAll(async () => {
    own = await testApp({ signIn: true })
    const { accounts } = own.services.access
    accounts.addUser({ name: 'ana', role: 'admin', seeData: true, useSecrets: true }, 'none', 0)
    accounts.addUser({ name: 'vera', role: 'viewer', seeData: false, useSecrets: false }, 'none', 0)
    admin = { cookie: `belay-session=${accounts.openSession('ana', Date.now())}` }
    viewer = { cookie: `belay-session=${accounts.openSession('vera', Date.now())}` }
  })

  afterAll(() => own.close())

  test('has every change with who, what, before and after, and what was refused', async () => {
    const { app } = own
    const document = numbers({ id: 'kept' })
    await ask(app, 'POST', '/api/pipelines', { document }, admin)
    await ask(app, 'PUT', '/api/pipelines/kept', { document: { ...document, name: 'Other' } }, { ...admin, 'if-match': '"1"' })
    await ask(app, 'DELETE', '/api/pipelines/kept', undefined, { ...viewer, 'if-match': '"2"' })
    await ask(app, 'POST', '/api/users', { name: 'ben', role: 'operator', password: PASSWORD }, admin)
    await ask(app, 'PUT', '/api/users/ben', { role: 'designer', seeData: true }, admin)
    await ask(app, 'POST', '/api/session', { name: 'ben', password: PASSWORD })
    await ask(app, 'POST', '/api/session', { name: 'ben', password: `${PASSWORD} not` })
    // Neither reading nor strangers leave a trace.
    await ask(app, 'GET', '/api/pipelines', undefined, admin)
    await ask(app, 'POST', '/api/pipelines', { document })
    const [created, written, refused, added, changed, signedIn, failed, ...more] = entries()
    expect(more).toEqual([])
    expect(created).toMatchObject({
      seq: 1,
      who: 'ana',
      via: 'session',
      action: 'createPipeline',
      target: '/pipelines',
      before: null,
      status: 201,
      code: null,
    })
    expect(created.after).toMatch(/^sha256:/)
    expect(written).toMatchObject({ action: 'writePipeline', before: created.after, previous: created.hash })
    expect(written.after).not.toBe(written.before)
    expect(refused).toMatchObject({ who: 'vera', action: 'deletePipeline', status: 403, code: 'RIGHT_MISSING', after: null })
    expect(added).toMatchObject({ action: 'addUser', request: { name: 'ben', role: 'operator' } })
    expect(changed).toMatchObject({ target: '/users/ben', before: 'operator', after: 'designer, sees data' })
    expect(signedIn).toMatchObject({ who: 'ben', action: 'signIn', status: 204 })
    expect(failed).toMatchObject({ who: 'ben', action: 'signIn', code: 'SIGN_IN_FAILED' })
    expect(readFileSync(path(), 'utf8')).not.toContain(PASSWORD)
    expect(verifyAudit(path())).toEqual({ intact: true, entries: 7, lastHash: failed.hash })
  })

  test('is read newest first and by word, and exported as it is', async () => {
    const { body } = await ask(own.app, 'GET', '/api/audit?text=VERA', undefined, admin)
    expect(body.map((entry: AuditEntry) => entry.who)).toEqual(['vera'])
    const all = await ask(own.app, 'GET', '/api/audit?limit=2', undefined, admin)
    expect(all.body.map((entry: AuditEntry) => entry.seq)).toEqual([7, 6])
    const exported = await ask(own.app, 'GET', '/api/audit/export', undefined, admin)
    expect(exported.body).toBe(readFileSync(path(), 'utf8'))
  })

  test('goes on after a line that a crash has cut', () => {
    appendFileSync(path(), '{"seq":8,"at":"2')
    const { seq: _seq, at: _at, previous: _previous, hash: _hash, ...facts } = entries0()[0]
    own.services.auditLog.append(facts, 0)
    expect(verifyAudit(path())).toMatchObject({ intact: true, entries: 8 })
  })

  const entries0 = (): AuditEntry[] =>
    readFileSync(path(), 'utf8')
      .split('\n')
      .slice(0, 7)
      .map((line) => JSON.parse(line) as AuditEntry)

  test('any changed, removed, moved or doubled line is found', () => {
    const whole = readFileSync(path(), 'utf8')
    const lines = whole.trimEnd().split('\n')
    const changed: readonly (readonly string[])[] = lines.flatMap((line, i) => [
      lines.with(i, line.replace(/"status":\d+/, '"status":418')),
      ...(i < lines.length - 1 ? [lines.toSpliced(i, 1), lines.toSpliced(i, 2, lines[i + 1], line)] : []),
      lines.toSpliced(i, 0, line),
    ])
    for (const version of changed) {
      writeFileSync(path(), `${version.join('\n')}\n`)
      expect(verifyAudit(path()).intact).toBe(false)
    }
    writeFileSync(path(), whole)
    expect(verifyAudit(path()).intact).toBe(true)
  })
})
