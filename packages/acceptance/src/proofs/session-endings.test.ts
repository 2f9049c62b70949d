import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofApp, type ProofApp } from './app.js'
import { credentials, events, makePerson, type Nodes, needsFactor, type Show } from './session-endings.js'
import { type OpenDatabase, proofDatabases } from './storages.js'

const of = (device: 'own' | 'other') => [`${device} cookie`, `${device} access token`, `${device} refresh token`]
const pending = [
  'MFA ticket',
  'reset link',
  'verification link',
  'e-mail-change link',
  'code by mail',
  'OAuth state of the own session',
]
const acting = 'access token of an admin who acts as the person'
const all = Object.keys(credentials)
/** What changes nothing of the others when it is shown goes together; each of the rest has a person of its own. */
const groups = [all.filter((name) => !pending.includes(name)), ...pending.map((name) => [name])]

/** What outlives an event; everything else is dead with the next request. R20, R21, DESIGN §5. */
const survivors: Readonly<Record<string, readonly string[]>> = {
  'a logout': all.filter((name) => ![...of('own'), 'OAuth state of the own session'].includes(name)),
  'a log-out everywhere': ['API key'],
  'the end of all other sessions': [...of('own'), 'API key'],
  'the end of the other session by an admin': all.filter((name) => !of('other').includes(name)),
  'the end of all sessions by an operator': ['API key'],
  'a disabling': [],
  'a disabling that was taken back': [],
  'a deletion': [],
  'a deletion and a new account with the address': [],
  'a deletion of the row by SQL': [],
  // Keys belong to programs, and are told of by mail: they end when they are revoked.
  'a change of the password': [...of('own').slice(1), 'API key'],
  'a reset of the password': ['API key'],
  'a password set by an operator': ['API key'],
  'a change of the address': [...of('own').slice(1), 'API key'],
  'a second factor on': [...of('own').slice(1), 'API key'],
  'a second factor off': [...of('own').slice(1), 'API key'],
  'a role given': all.filter((name) => name !== acting),
}

/** How what is dead is answered: never as if something were wrong with the machine. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  cookie: ['401 unauthenticated', '401 session_revoked'],
  'access token': ['401 session_revoked'],
  'refresh token': ['401 token_invalid', '401 session_revoked'],
  'API key': ['401 token_invalid', '401 session_revoked'],
  'MFA ticket': ['401 token_invalid'],
  'reset link': ['401 token_invalid'],
  'verification link': ['401 token_invalid'],
  'e-mail-change link': ['401 token_invalid'],
  'code by mail': ['401 invalid_credentials'],
  'OAuth state of the own session': ['400 invalid_request', '302 session_revoked'],
  [acting]: ['401 session_revoked'],
}
const refusalsOf = (credential: string): readonly string[] =>
  refusals[credential] ?? refusals[credential.replace(/^(own|other) /, '')] ?? []

/** There are none to have before the first factor. */
const cannotBe = (credential: string, event: string) => credential === 'MFA ticket' && event === 'a second factor on'

describe.each(firstWhereQuick(proofDatabases))('what a principal has, on $name,', ({ open }) => {
  let database: OpenDatabase
  let here: ProofApp
  let there: ProofApp

  beforeAll(async () => {
    database = await open()
    const options = { auth: { otp: { enabled: true }, mfa: { enabled: true } } }
    here = await createProofApp(database.storage, options)
    there = await createProofApp(database.storage, options)
  })

  afterAll(async () => {
    await here?.settle()
    await there?.settle()
    await database?.drop()
  })

  /** What credentials of one person are worth on another node after an event; with none, they are good. */
  async function after(event: string, names: readonly string[]): Promise<readonly (readonly [string, string])[]> {
    const nodes: Nodes = { here, there, query: database.query }
    const person = await makePerson(nodes, {
      factor: names.some((name) => needsFactor(name, event)),
      verified: !names.includes('verification link'),
    })
    const shows: (readonly [string, Show])[] = []
    for (const name of names) {
      const issue = credentials[name]
      if (issue === undefined) throw new Error(name)
      shows.push([name, await issue(nodes, person)])
    }
    await events[event]?.(nodes, person)
    there.clock.set(here.clock.now())
    const worth: (readonly [string, string])[] = []
    for (const [name, show] of shows) {
      const shown = await show()
      // Whoever shows a code by mail is asked for the second factor then: the code was taken.
      worth.push([name, shown === '401 mfa_required' ? 'alive' : shown])
    }
    return worth
  }

  it('is good as long as nothing happens', async () => {
    for (const names of groups) {
      expect(await after('', names)).toEqual(names.map((name) => [name, 'alive']))
    }
  }, 60_000)

  it.each(Object.keys(events))(
    'lives or ends by the table with %s, at once and on every node',
    async (event) => {
      const live = survivors[event]
      for (const names of groups) {
        for (const [name, worth] of await after(
          event,
          names.filter((each) => !cannotBe(each, event)),
        )) {
          const expected = live?.includes(name) === true ? ['alive'] : refusalsOf(name)
          expect(expected, `${name}: ${worth}`).toContain(worth)
        }
      }
    },
    60_000,
  )

  it('has all that is pending in the table', () => {
    expect(all).toEqual(expect.arrayContaining(pending))
    expect(Object.keys(survivors)).toEqual(Object.keys(events))
  })
})
