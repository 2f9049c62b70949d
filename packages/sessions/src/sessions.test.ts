import { sessions as sessionTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createBench, minute, proofOf, signIn } from './sessions.fixture.js'

describe('createSessions', () => {
  it.each([
    [{ issuer: '' }, 'issuer'],
    [{ audience: '' }, 'audience'],
    // What a caller without types might pass.
    [{ mode: 'lax' as 'strict' }, 'mode'],
    [{ lifetimes: { idleSeconds: 0 } }, 'lifetimes.idleSeconds'],
  ])('refuses %j', async (options, name) => {
    await expect(createBench(options)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(name),
    })
  })

  it('keeps two instances apart', async () => {
    const [one, other] = [await createBench(), await createBench()]
    const { cookieToken, accessToken } = await signIn(one.sessions)
    expect(await other.sessions.verifyCookie(cookieToken, ['users'])).toMatchObject({ valid: false })
    expect(await other.sessions.verifyAccessToken(accessToken, ['users'])).toMatchObject({ valid: false })
  })
})

describe('withOperations', () => {
  it('works inside a transaction and is undone with it', async () => {
    const { sessions, storage } = await createBench()
    const kept = await signIn(sessions)
    const rollback = new Error('rolled back')
    const attempt = storage.transaction(async (transaction) => {
      const inside = sessions.withOperations(transaction)
      const started = await inside.start(proofOf('anna'), {}, { cookie: true, tokens: true })
      expect(await inside.verifyCookie(started.cookieToken ?? '', ['users'])).toMatchObject({ valid: true })
      expect(await inside.list('anna')).toHaveLength(2)
      expect(await inside.revokeAll('anna')).toBe(2)
      throw rollback
    })
    await expect(attempt).rejects.toBe(rollback)
    expect(await sessions.verifyCookie(kept.cookieToken, ['users'])).toMatchObject({ valid: true })
    expect(await storage.count(sessionTable)).toBe(1)
  })

  it('notes use outside of the transaction, so that it does not hang on one that has ended', async () => {
    const { sessions, storage, advance, settle, row, time } = await createBench()
    const { cookieToken, session } = await signIn(sessions)
    advance(minute)
    await storage.transaction(async (transaction) => {
      await sessions.withOperations(transaction).verifyCookie(cookieToken, ['users'])
    })
    await settle()
    expect((await row(session.id))?.last_used_at).toBe(time.now)
  })
})
