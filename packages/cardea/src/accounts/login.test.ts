import { eq } from '@cardea/core'
import { credentials, principals, type Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { cheapHashing, createTestCardea, jane, secret } from '../testing.fixture.js'

const credentialsOfJane = { email: jane.email, password: jane.password }

async function open(storage?: Storage) {
  const test = createTestCardea(storage === undefined ? {} : { storage })
  await test.auth.migrate()
  await test.auth.ready()
  const registered = await test.auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  return { ...test, user: registered.signIn.user, first: registered.signIn }
}

describe('login', () => {
  it('closes no account for good where there is no mail to open it again: one guess an hour counts', async () => {
    const { auth, clock, storage, user } = await open()
    await storage.update(principals, { where: eq('id', user.id), set: { failed_attempts: 95 } })
    const guess = (password: string, network: number) =>
      auth.users.login({ email: jane.email, password }, { ip: `192.0.2.${network}` })
    await expect(guess('wrong password', 1)).rejects.toMatchObject({ code: 'invalid_credentials' })
    await expect(guess(jane.password, 2)).rejects.toMatchObject({ code: 'invalid_credentials' })
    clock.advance(3_600_000)
    await expect(guess(jane.password, 3)).resolves.toBeDefined()
  })

  it.each([
    ['the e-mail address', { email: jane.email }],
    ['the address in another case', { email: 'Jane@Example.COM' }],
    ['the username', { username: 'JDOE' }],
  ])('takes %s', async (_name, identifier) => {
    const { auth, user } = await open()
    const signIn = await auth.users.login({ ...identifier, password: jane.password })
    expect(signIn.user.id).toBe(user.id)
  })

  it('takes the identifiers that a collection names', async () => {
    const { auth } = await open()
    await auth.collections.customers.register({ email: 'c@example.com', password: 'a good password', phone: '+123' })
    const signIn = await auth.collections.customers.login({ phone: '+123', password: 'a good password' })
    expect(signIn.user).toMatchObject({ phone: '+123', email: 'c@example.com' })
    await expect(auth.collections.customers.login({ company: 'x', password: 'y' })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('answers alike for an unknown account, a wrong password and a disabled account', async () => {
    const { auth, user } = await open()
    const attempt = (input: { email: string; password: string }) =>
      auth.users.login(input).then(
        () => 'signed in',
        ({ code, message, issues }) => JSON.stringify({ code, message, issues }),
      )
    const wrong = await attempt({ email: jane.email, password: 'wrong password' })
    expect(JSON.parse(wrong)).toMatchObject({ code: 'invalid_credentials' })
    expect(await attempt({ email: 'nobody@example.com', password: jane.password })).toBe(wrong)
    expect(await attempt({ email: 'no address', password: jane.password })).toBe(wrong)
    await auth.users.disable(user.id)
    expect(await attempt(credentialsOfJane)).toBe(wrong)
    expect(await attempt({ email: jane.email, password: 'wrong password' })).toBe(wrong)
  })

  it('runs as many statements, which read and write as much, for an unknown account and a wrong password', async () => {
    const { auth, statementsOf } = await open()
    const failing = async (input: { email: string; password: string }) => {
      const statements = await statementsOf(() => auth.users.login(input).catch(() => 0))
      return statements.map((statement) => statement.split(' ')[0])
    }
    const wrong = await failing({ email: jane.email, password: 'wrong password' })
    expect(await failing({ email: 'nobody@example.com', password: 'wrong password' })).toEqual(wrong)
  })

  it('runs the same statements for a wrong and a right password, where it is locked or disabled', async () => {
    const { auth, user, statementsOf } = await open()
    const wrong = { email: jane.email, password: 'wrong password' }
    const failing = (input: { email: string; password: string }) =>
      statementsOf(
        async () => await expect(auth.users.login(input)).rejects.toMatchObject({ code: 'invalid_credentials' }),
      )
    for (let guess = 0; guess < 5; guess += 1) await failing(wrong)
    expect(await failing(credentialsOfJane)).toEqual(await failing(wrong))
    await auth.users.disable(user.id)
    const elsewhere = (password: string) =>
      statementsOf(() => auth.users.login({ email: jane.email, password }, { ip: '192.0.2.7' }).catch(() => 0))
    const first = await elsewhere('wrong password')
    expect(first.length).toBeGreaterThan(2)
    expect(await elsewhere(jane.password)).toEqual(first)
  })

  it('does not count what is tried where it is locked, so that the wait has an end', async () => {
    const { auth, clock } = await open()
    const attempt = (password: string) =>
      auth.users.login({ email: jane.email, password }).then(
        () => 'signed in',
        () => 'refused',
      )
    for (let guess = 0; guess < 20; guess += 1) await attempt('wrong password')
    expect(await attempt(jane.password)).toBe('refused')
    clock.advance(30_000)
    expect(await attempt(jane.password)).toBe('signed in')
  })

  it('costs an unknown account the same hashing, and sheds what is too much', async () => {
    const { auth } = await open()
    const attempts = Array.from({ length: 400 }, () => auth.users.login({ email: 'nobody@example.com', password: 'x' }))
    const results = await Promise.allSettled(attempts)
    const codes = new Set(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'signed in')))
    expect(codes).toEqual(new Set(['invalid_credentials', 'unavailable']))
    await auth.users.login(credentialsOfJane)
  })

  it('takes at most 6 statements', async () => {
    const { auth, statementsOf } = await open()
    expect((await statementsOf(() => auth.users.login(credentialsOfJane))).length).toBeLessThanOrEqual(6)
  })

  it('renews a hash of other parameters in the background', async () => {
    const { auth, storage } = await open()
    const hashOf = async () => (await storage.find(credentials, { limit: 'all' })).map(({ hash }) => hash)
    const [before] = await hashOf()
    await auth.users.login(credentialsOfJane)
    await auth.close()
    expect(await hashOf()).toEqual([before])

    const stronger = createTestCardea({ storage, iterations: 2 })
    await stronger.auth.users.login(credentialsOfJane)
    await stronger.auth.close()
    expect(before).toContain('t=1')
    expect(await hashOf()).toEqual([expect.stringContaining('t=2')])
    await auth.users.login(credentialsOfJane)
  })

  describe('that is under way', () => {
    /** Stops the sign-in after the password was compared and before anything else is read or written. */
    async function openHeld() {
      const storage = createMemoryStorage()
      let holdNext = false
      let release: () => void = () => undefined
      let reached: () => void = () => undefined
      const arrived = new Promise<void>((resolve) => {
        reached = resolve
      })
      const held: Storage = {
        ...storage,
        findOne: async (table, query, params) => {
          if (holdNext && table.name === 'auth_users') {
            holdNext = false
            const gate = new Promise<void>((resolve) => {
              release = resolve
            })
            reached()
            await gate
          }
          return await storage.findOne(table, query, params)
        },
      }
      const test = await open(held)
      return {
        ...test,
        /** Signs in, and does something else in the middle of it. */
        interleave: async (other: () => Promise<unknown>) => {
          holdNext = true
          const signingIn = test.auth.users.login(credentialsOfJane)
          await arrived
          await other()
          release()
          return await signingIn
        },
      }
    }

    it.each([
      ['the password changes', 'password'],
      ['the user logs out everywhere', 'sessions'],
      ['the account is disabled and enabled again', 'status'],
    ])('is no session at all when meanwhile %s', async (_name, change) => {
      const { auth, user, interleave } = await openHeld()
      const { cookieToken, accessToken, refreshToken } = await interleave(async () => {
        if (change === 'password') await auth.users.setPassword(user.id, 'another password')
        else if (change === 'sessions') await auth.sessions.revokeAll(user.id)
        else {
          await auth.users.disable(user.id)
          await auth.users.enable(user.id)
        }
      })
      const byCookie = await auth.sessions.verify({ cookieToken: cookieToken ?? '' })
      const byToken = await auth.sessions.verify({ accessToken: accessToken ?? '' })
      const revoked = { authenticated: false, code: 'session_revoked' }
      expect([byCookie, byToken]).toEqual([revoked, revoked])
      await expect(auth.users.refresh(refreshToken ?? '')).rejects.toMatchObject({ code: 'session_revoked' })
    })
  })

  it('keeps the session that logs out all others', async () => {
    const { auth, user, first } = await open()
    const second = await auth.users.login(credentialsOfJane)
    expect(await auth.sessions.revokeAll(user.id, { except: second.session.id })).toBe(1)
    const alive = await Promise.all(
      [first, second].map(async ({ accessToken = '' }) => (await auth.sessions.verify({ accessToken })).authenticated),
    )
    expect(alive).toEqual([false, true])
  })

  it('refuses a password that nobody can have before it looks anybody up', async () => {
    const { auth, statementsOf } = await open()
    for (const password of ['x'.repeat(1_025), 'lone \ud800 surrogate', 'x'.repeat(1_000_000)]) {
      const statements = await statementsOf(async () => {
        await expect(auth.users.login({ email: jane.email, password })).rejects.toMatchObject({
          code: 'invalid_credentials',
        })
      })
      expect(statements).toEqual([])
    }
  })

  it.each(['a\u0000b', '\ud800', '', 'x'.repeat(256)])('takes %j for an unknown identifier', async (phone) => {
    const { auth } = await open()
    await expect(auth.collections.customers.login({ phone, password: 'x' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })

  it('reports success and failure without saying who is unknown', async () => {
    const { auth, events, user } = await open()
    events.length = 0
    await auth.users.login(credentialsOfJane)
    await auth.users.login({ email: 'nobody@example.com', password: 'x' }).catch(() => undefined)
    expect(events).toMatchObject([
      { type: 'sign_in.succeeded', principalId: user.id },
      { type: 'sign_in.failed', principalId: null },
    ])
    expect(JSON.stringify(events)).not.toContain('@')
  })

  it('goes on when a listener throws', async () => {
    const { auth, logger, events } = await open()
    events.push = () => {
      throw new Error('listener')
    }
    await expect(auth.users.login(credentialsOfJane)).resolves.toBeDefined()
    expect(logger.lines.join()).toContain('onEvent failed')
  })

  it('goes on when what the app handed in rejects or throws, the logger included', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('the app')
    }
    const throwing = (): never => {
      throw new Error('the app')
    }
    for (const fail of [failing, throwing]) {
      const { storage } = await open()
      const auth = createCardea({
        storage,
        secret,
        environment: 'test',
        passwords: cheapHashing,
        onEvent: fail,
        background: fail,
        logger: { info: fail, warn: fail, error: fail },
      })
      const signedIn = await auth.users.login(credentialsOfJane)
      expect((await auth.sessions.verify({ cookieToken: signedIn.cookieToken ?? '' })).authenticated).toBe(true)
      await auth.users.login({ ...credentialsOfJane, password: 'wrong' }).catch(() => undefined)
      await auth.close()
    }
  })

  it('is an error of the database while the database is away, never a wrong password', async () => {
    const storage = createMemoryStorage()
    let away = false
    const unsteady: Storage = {
      ...storage,
      findOne: async (table, query, params) => {
        if (away) throw new (await import('@cardea/core')).CardeaError('unavailable', 'away')
        return await storage.findOne(table, query, params)
      },
    }
    const { auth, events } = await open(unsteady)
    events.length = 0
    away = true
    await expect(auth.users.login(credentialsOfJane)).rejects.toMatchObject({ code: 'unavailable' })
    expect(events).toEqual([])
  })
})

describe('refresh and verify', () => {
  it('take at most 3 statements and 1 statement, with roles', async () => {
    const { auth, statementsOf, first } = await open()
    await auth.users.login(credentialsOfJane)
    const refreshing = await statementsOf(() => auth.users.refresh(first.refreshToken ?? ''))
    expect(refreshing.length).toBeLessThanOrEqual(3)
    for (const credential of [{ cookieToken: first.cookieToken ?? '' }, { accessToken: first.accessToken ?? '' }]) {
      const checking = await statementsOf(async () => {
        const result = await auth.sessions.verify(credential)
        if (!result.authenticated) throw new Error(result.code)
        const me = await auth.permissions.subject(result.authentication)
        expect([me.can('content:read'), me.can('content:create')]).toEqual([true, false])
      })
      expect(checking).toHaveLength(1)
    }
  })

  it('let a new role act on the next request', async () => {
    const { auth, user, first } = await open()
    const allowed = async () => {
      const result = await auth.sessions.verify({ cookieToken: first.cookieToken ?? '' })
      if (!result.authenticated) throw new Error(result.code)
      return (await auth.permissions.subject(result.authentication)).can('content:create')
    }
    expect(await allowed()).toBe(false)
    await auth.permissions.assign(user.id, 'editor')
    expect(await allowed()).toBe(true)
    await auth.permissions.unassign(user.id, 'editor')
    expect(await allowed()).toBe(false)
  })
})
