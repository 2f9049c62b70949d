import { defineCollection } from 'cardea'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Walk, walkThroughAll } from './all-secrets.js'
import { createProofApp, expecting, type ProofApp } from './app.js'
import { codeNeedle, dumpDatabase, type Needle, needlesOf, search } from './secret-search.js'
import { type OpenDatabase, proofDatabases } from './storages.js'

const members = defineCollection('members', { type: 'auth', auth: { registrationAnswer: 'uniform' } })

describe.each(proofDatabases)('after everything that takes a secret, on $name,', ({ name, open }) => {
  let database: OpenDatabase
  let app: ProofApp
  let walk: Walk

  beforeAll(async () => {
    database = await open()
    let held = false
    app = await createProofApp(database.storage, {
      collections: [members],
      auth: { otp: { enabled: true }, mfa: { enabled: true } },
      hooks: {
        beforeMail: () => {
          if (held) throw new Error('held')
        },
      },
    })
    const hold = (now: boolean) => {
      held = now
    }
    walk = await walkThroughAll(app, hold, () => dumpDatabase(name, database.query))
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  const cells = () => [
    ...new Map(walk.dumps.flatMap((dump) => dump.cells).map((cell) => [cell.join(' '), cell])).values(),
  ]

  it('all of them were seen, and all tables, with mails that wait', () => {
    expect(Object.keys(walk.counts).sort()).toEqual([
      'access_token',
      'backup_codes',
      'code by mail',
      'code of a provider',
      'code of an app',
      'code of an exchange',
      'cookie __Host-session',
      'cookie __Host-session-device',
      'cookie __Host-session-oauth',
      'mfa_token',
      'password',
      'raw_token',
      'refresh_token',
      'secret',
      'seen by the provider',
      'token of a link',
      'verifier of a page',
    ])
    expect(walk.dumps[0]?.tables).toEqual(
      expect.arrayContaining([
        'auth_members',
        'auth_users',
        'cardea_api_keys',
        'cardea_outbox',
        'cardea_verifications',
      ]),
    )
    const filled = new Set(cells().map(([place]) => place))
    for (const column of [
      'cardea_outbox.payload',
      'cardea_factors.secret',
      'cardea_identities.tokens',
      'cardea_verifications.bound',
      'cardea_audit.user_agent',
      'cardea_audit.details',
    ]) {
      expect(filled, column).toContain(column)
    }
  })

  it('none of them is in the database, in any spelling', () => {
    expect(search(walk.needles, cells())).toEqual([])
  })

  it('none of them is in the log, nor in events', () => {
    expect(app.events.length).toBeGreaterThan(20)
    expect(app.logs.length).toBeGreaterThan(3)
    const said = [...app.logs, ...app.events].map((each, index): [string, string] => [
      `line ${index}`,
      JSON.stringify(each),
    ])
    expect(search(walk.needles, said)).toEqual([])
  })

  it('none of them is in the audit, which has every kind of event that was told and is kept', async () => {
    await app.auth.audit.flush()
    const { cells: all } = await dumpDatabase(name, database.query)
    const audited = all.filter(([place]) => place.startsWith('cardea_audit.'))
    const types = new Set(audited.flatMap(([place, text]) => (place === 'cardea_audit.type' ? [text] : [])))
    const told = new Set(app.events.map(({ type }) => type))
    told.delete('session.refreshed')
    expect([...types].sort()).toEqual([...told].sort())
    expect(types.size).toBeGreaterThan(17)
    expect(search(walk.needles, audited)).toEqual([])
    expect(audited.filter(([, text]) => /@|password of|typed into/.test(text))).toEqual([])
  })

  it('one that is written would be found, however it is spelled', async () => {
    const token = 'kZ3vJ0x8Qm5TtY7wLpR2aBcD9eFgHiNoSsUuVvXyZ14'
    const bytes = Buffer.from(token, 'base64url')
    const spellings: readonly string[] = [
      token,
      `id.${token}`,
      token.toUpperCase(),
      Buffer.from(token).toString('hex'),
      Buffer.from(`x${token}`).toString('base64'),
      Buffer.from(`{"token":"${token}"}`).toString('base64url'),
      bytes.toString('hex'),
      Buffer.concat([Buffer.from('ab'), bytes]).toString('base64'),
    ]
    const email = 'spelling@example.test'
    const password = 'a password of no account yet'
    await app.auth.users.create({ email, password, username: 'spelling', name: 'S' })
    const foundWith = async (spelling: string, needles: readonly Needle[]) => {
      const headers = { 'user-agent': spelling }
      await expecting(200, app.send('POST', '/api/v1/auth/login', { body: { email, password }, headers }))
      const { cells: all } = await dumpDatabase(name, database.query)
      return search(needles, all).some((found) => found.startsWith('cardea_sessions.user_agent'))
    }
    for (const spelling of spellings)
      expect([spelling, await foundWith(spelling, needlesOf('it', token))]).toEqual([spelling, true])
    expect(await foundWith('nothing', needlesOf('it', 'another-token-that-nobody-has-written'))).toBe(false)
    const code = codeNeedle('a code', '730519')
    for (const spelling of ['730519', 'code: 730519.', Buffer.from('730519').toString('base64')]) {
      expect([spelling, await foundWith(spelling, [code])]).toEqual([spelling, true])
    }
  })
})
