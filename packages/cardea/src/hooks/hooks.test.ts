import { isCardeaError } from '@cardea/core'
import { credentials, principals, type StorageOperations, sessions } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createTestTimers } from '../mail/mail.fixture.js'
import { createTestCardea, jane } from '../testing.fixture.js'
import type { Hooks } from './hooks.js'

const input = { email: jane.email, password: jane.password }

async function open(hooks: Hooks) {
  let inTransaction = 0
  const memory = createMemoryStorage()
  const storage = {
    ...memory,
    transaction: async <Result>(work: (operations: StorageOperations) => Promise<Result>): Promise<Result> => {
      inTransaction += 1
      try {
        return await memory.transaction(work)
      } finally {
        inTransaction -= 1
      }
    },
  }
  let now = 0
  const timers = createTestTimers(() => now)
  const test = createTestCardea({ storage, more: { hooks, timers } })
  await test.auth.migrate()
  await test.auth.ready()
  const count = async () => await Promise.all([principals, credentials, sessions].map((table) => memory.count(table)))
  return {
    ...test,
    memory,
    /** How many principals, passwords and sessions there are. */
    count,
    isInTransaction: () => inTransaction > 0,
    advance: (milliseconds: number) => {
      now += milliseconds
      timers.ring()
    },
  }
}

async function failureOf(work: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await work
    return ['none', '']
  } catch (error) {
    return isCardeaError(error) ? [error.code, error.message] : ['other', String(error)]
  }
}

/** A hook that never ends, and a promise that it was called. */
function endless() {
  let called: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    called = resolve
  })
  return {
    begun,
    hook: () => {
      called()
      return new Promise<undefined>(() => undefined)
    },
  }
}

describe('hooks that come before', () => {
  it('refuse in their own words, and nothing is written', async () => {
    const { auth, count, events } = await open({ beforeRegister: () => ({ refuse: 'Not from there.' }) })
    expect(await failureOf(auth.users.register(input))).toEqual(['forbidden', 'Not from there.'])
    expect(await count()).toEqual([0, 0, 0])
    expect(events).toMatchObject([{ type: 'user.registration_failed', principalId: null, reason: 'forbidden' }])
  })

  it('refuse with whatever they answer, and never at length', async () => {
    // A hook in JavaScript may answer anything.
    for (const answer of [false, null, 'no', {}, { refuse: 7 }] as unknown as undefined[]) {
      const { auth } = await open({ beforeRegister: () => answer })
      expect(await failureOf(auth.users.register(input))).toEqual(['forbidden', 'This was refused.'])
    }
    const { auth } = await open({ beforeRegister: () => ({ refuse: 'x'.repeat(501) }) })
    expect((await failureOf(auth.users.register(input)))[1]).toHaveLength(500)
  })

  it('refuse when they throw, without a word of what', async () => {
    const { auth, count, logger } = await open({
      beforeRegister: () => {
        throw new Error('hunter2')
      },
    })
    expect(await failureOf(auth.users.register(input))).toEqual(['internal_error', 'A step of the app failed.'])
    expect(await count()).toEqual([0, 0, 0])
    expect(logger.lines.join()).toContain('A hook failed.')
  })

  it('refuse after five seconds when they do not end', async () => {
    const { begun, hook } = endless()
    const { auth, count, advance } = await open({ beforeRegister: hook })
    const registering = failureOf(auth.users.register(input))
    await begun
    advance(4_999)
    expect(await Promise.race([registering, count()])).toEqual([0, 0, 0])
    advance(1)
    expect(await registering).toEqual(['unavailable', 'A step of the app did not end in time.'])
    expect(await count()).toEqual([0, 0, 0])
  })

  it('of a sign-in are told of account and request, and leave no session', async () => {
    const told: unknown[] = []
    let refuses = false
    const { auth, count, events } = await open({
      beforeSignIn: (about) => {
        told.push(about)
        return refuses ? { refuse: 'Not today.' } : undefined
      },
    })
    const registered = await auth.users.register(input, { ip: '192.0.2.7', userAgent: 'test' })
    refuses = true
    expect(await failureOf(auth.users.login(input))).toEqual(['forbidden', 'Not today.'])
    expect(await count()).toEqual([1, 1, 1])
    const principalId = registered.status === 'signed_in' ? registered.signIn.user.id : ''
    const methods = ['password']
    expect(told).toMatchObject([
      { principalId, methods, user: { email: jane.email }, request: { ip: '192.0.2.7', userAgent: 'test' } },
      { principalId, methods, request: { ip: null, userAgent: null } },
    ])
    expect(JSON.stringify(told)).not.toContain('argon2')
    expect(events.at(-1)).toMatchObject({ type: 'sign_in.failed', principalId, reason: 'beforeSignIn' })
  })
})

describe('hooks that come after', () => {
  it('neither break nor delay the answer', async () => {
    const bad: Hooks[] = [
      {
        afterRegister: () => {
          throw new Error('thrown')
        },
        afterSignIn: async () => {
          throw new Error('rejected')
        },
      },
      { afterRegister: endless().hook, afterSignIn: endless().hook },
    ]
    for (const hooks of bad) {
      const { auth, count, settle } = await open(hooks)
      expect(await auth.users.register(input)).toMatchObject({ status: 'signed_in' })
      await auth.users.login(input)
      expect(await count()).toEqual([1, 1, 2])
      await settle()
    }
  })

  it('of the app’s transaction wait for its end', async () => {
    const called: string[] = []
    const { auth, memory } = await open({
      beforeRegister: () => void called.push('before'),
      afterRegister: () => called.push('after'),
      afterSignIn: () => called.push('after sign-in'),
    })
    await memory.transaction(async (transaction) => {
      const joined = auth.with(transaction)
      await joined.users.register(input)
      expect(called).toEqual(['before'])
      joined.committed()
    })
    expect(called).toEqual(['before', 'after', 'after sign-in'])
  })
})

describe('all hooks', () => {
  it('are called outside of transactions', async () => {
    const seen: [string, boolean][] = []
    const note = (name: string) => () => void seen.push([name, test.isInTransaction()])
    const test = await open({
      beforeRegister: note('beforeRegister'),
      afterRegister: note('afterRegister'),
      beforeSignIn: note('beforeSignIn'),
      afterSignIn: note('afterSignIn'),
      accessTokenClaims: note('accessTokenClaims'),
    })
    await test.auth.users.register(input)
    await test.auth.users.login(input)
    expect(new Set(seen.map(([, within]) => within))).toEqual(new Set([false]))
    expect(seen.map(([name]) => name).slice(0, 5)).toEqual([
      'beforeRegister',
      'afterRegister',
      'beforeSignIn',
      'accessTokenClaims',
      'afterSignIn',
    ])
  })

  it('are not called within one for a registration that makes a token', async () => {
    const seen: boolean[] = []
    const test = await open({ accessTokenClaims: () => void seen.push(test.isInTransaction()) })
    await test.auth.users.register(input)
    expect(seen).toEqual([false])
  })
})

describe('accessTokenClaims', () => {
  const claimsOf = (token = ''): Readonly<Record<string, unknown>> =>
    // The payload of a token of ours is a JSON object.
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

  it('are in the token of a sign-in and of each refresh', async () => {
    const asked: unknown[] = []
    const { auth } = await open({
      accessTokenClaims: (about) => {
        asked.push(about)
        return { plan: 'gold', round: asked.length }
      },
    })
    const registered = await auth.users.register(input)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { accessToken, refreshToken = '', session, user } = registered.signIn
    expect(claimsOf(accessToken)).toMatchObject({ sub: user.id, sid: session.id, plan: 'gold', round: 1 })
    const refreshed = await auth.users.refresh(refreshToken)
    expect(claimsOf(refreshed.accessToken)).toMatchObject({ sub: user.id, sid: session.id, plan: 'gold', round: 2 })
    const about = { principalId: user.id, collection: 'users', sessionId: session.id }
    expect(asked).toEqual([about, about])
  })

  it.each([
    ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid', 'col', 'amr', 'aal', 'acr', 'scope', 'roles'].map(
      (name): [string, Record<string, unknown>] => [name, { [name]: 'mine' }],
    ),
    ['sub by toJSON', { toJSON: () => ({ sub: 'mine' }) }],
    ['more than 4,096 bytes', { text: 'ü'.repeat(2_044) }],
    ['a list', ['a'] as unknown as Record<string, unknown>],
    ['what is no JSON', { value: 1n }],
  ])('are refused, and no session begins: %s', async (_name, claims) => {
    // A hook in JavaScript may answer anything.
    const { auth, count } = await open({ accessTokenClaims: () => claims as never })
    const [code] = await failureOf(auth.users.register(input))
    expect(code).not.toBe('none')
    expect((await count())[2]).toBe(0)
  })

  it('take up to 4,096 bytes', async () => {
    const { auth } = await open({ accessTokenClaims: () => ({ text: 'x'.repeat(4_096 - '{"text":""}'.length) }) })
    await expect(auth.users.register(input)).resolves.toMatchObject({ status: 'signed_in' })
  })

  it('that fail or do not end leave no session, and use no refresh token up', async () => {
    const { begun, hook } = endless()
    let answer: Hooks['accessTokenClaims'] = () => ({})
    const { auth, clock, count, advance } = await open({ accessTokenClaims: (about) => answer?.(about) })
    const registered = await auth.users.register(input)
    const { refreshToken = '' } = registered.status === 'signed_in' ? registered.signIn : {}

    answer = () => {
      throw new Error('hunter2')
    }
    expect((await failureOf(auth.users.login(input)))[0]).toBe('internal_error')
    expect((await failureOf(auth.users.refresh(refreshToken)))[0]).toBe('internal_error')
    answer = hook
    const late = failureOf(auth.users.login(input))
    await begun
    advance(5_000)
    expect((await late)[0]).toBe('unavailable')
    expect((await count())[2]).toBe(1)

    // Longer than a token that was used is forgiven for.
    clock.advance(60_000)
    answer = () => ({})
    await expect(auth.users.refresh(refreshToken)).resolves.toMatchObject({ refreshToken: expect.any(String) })
  })
})
