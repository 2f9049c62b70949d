import { CardeaError } from '@cardea/core'
import type { Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'

const own = { email: 'ada@example.test', password: 'a good password', username: 'ada', name: 'Ada' }

describe('refresh', () => {
  it('costs the client nothing when the record cannot be read, however late it tries again', async () => {
    const storage = createMemoryStorage()
    let away = false
    const unsteady: Storage = {
      ...storage,
      findOne: async (table, ...rest) => {
        if (away && table.name === 'auth_users') throw new CardeaError('unavailable', 'away')
        return await storage.findOne(table, ...rest)
      },
    }
    const time = { now: Date.UTC(2026, 0, 15) }
    const auth = createCardea({
      storage: unsteady,
      secret: 'a secret of the tests, long enough for them',
      environment: 'test',
      clock: () => time.now,
      passwords: { memoryKibibytes: 8, iterations: 1 },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    await auth.migrate()
    await auth.ready()
    const registered = await auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error(registered.status)
    const { refreshToken = '' } = registered.signIn
    away = true
    await expect(auth.users.refresh(refreshToken)).rejects.toMatchObject({ code: 'unavailable' })
    away = false
    time.now += 3_600_000
    const refreshed = await auth.users.refresh(refreshToken)
    expect(refreshed.user).toMatchObject({ email: own.email })
    // Not the same once more: it had not been used before.
    expect(refreshed.refreshToken).toMatch(/^[0-9a-f-]{36}\.1\./)
  })
})
