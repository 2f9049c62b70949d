import { createMemoryStorage } from '@cardea/storage/memory'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { databases } from '../databases.fixture.js'
import { cmsPreset } from '../presets/cms.js'
import { cheapHashing, createTestLogger, jane, secret } from '../testing.fixture.js'
import { importedHash } from './imported-hash.fixture.js'

const storages = [
  {
    name: 'memory',
    repeats: rounds({ test: 50, ci: 100, long: 1_000 }),
    open: async () => {
      const storage = createMemoryStorage()
      return { nodes: [storage, storage] as const, close: async () => undefined }
    },
  },
  ...databases.map((database) => ({ ...database, repeats: rounds({ test: 5, ci: 10, long: 200 }) })),
]

describe.each(storages)('a sign-in that renews a hash, on $name,', ({ open, repeats }) => {
  let close: () => Promise<void>
  let nodes: readonly ReturnType<typeof start>[]
  let id: string

  let now = Date.UTC(2026, 0, 15, 10)

  function start(storage: Parameters<typeof createCardea>[0]['storage']) {
    const pending: Promise<unknown>[] = []
    const auth = createCardea({
      ...cmsPreset,
      storage,
      secret,
      environment: 'test',
      passwords: { ...cheapHashing, blocklist: false },
      logger: createTestLogger(),
      clock: () => now,
      background: (work) => pending.push(work),
    })
    return { auth, settled: async () => void (await Promise.all(pending.splice(0))) }
  }

  beforeAll(async () => {
    const opened = await open()
    close = async () => await opened.close()
    nodes = opened.nodes.map(start)
    const [first] = nodes
    if (first === undefined) throw new Error('no node')
    await first.auth.migrate()
    await Promise.all(nodes.map(({ auth }) => auth.ready()))
    const registered = await first.auth.users.register(jane)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    id = registered.signIn.user.id
  })

  afterAll(async () => {
    await close?.()
  })

  const [oldPassword, newPassword] = ['the old password', 'the new password']
  const signIn = (node: number, password: string) => nodes[node]?.auth.users.login({ email: jane.email, password })
  const settled = async () => void (await Promise.all(nodes.map((node) => node.settled())))

  it('never brings the old password back: set by somebody else', async () => {
    for (let round = 0; round < repeats; round += 1) {
      await nodes[0]?.auth.users.setPasswordHash(id, importedHash(oldPassword))
      await Promise.all([
        signIn(0, oldPassword)?.catch(() => undefined),
        nodes[1]?.auth.users.setPassword(id, newPassword),
        signIn(1, oldPassword)?.catch(() => undefined),
      ])
      await settled()
      await signIn(round % 2, newPassword)
      await expect(signIn(round % 2, oldPassword)).rejects.toMatchObject({ code: 'invalid_credentials' })
    }
  })

  it('never brings the old password back: changed by its owner', async () => {
    for (let round = 0; round < repeats; round += 1) {
      // Passwords that are tried from a session are counted, right ones by the day.
      now += 1_800_000
      await nodes[0]?.auth.users.setPasswordHash(id, importedHash(oldPassword))
      const signedIn = await signIn(0, oldPassword)
      const result = await nodes[1]?.auth.sessions.verify({ cookieToken: signedIn?.cookieToken ?? '' })
      if (result?.authenticated !== true) throw new Error('not signed in')
      await Promise.all([
        signIn(1, oldPassword)?.catch(() => undefined),
        nodes[1]?.auth.users.changePassword(result.authentication, { currentPassword: oldPassword, newPassword }),
        signIn(0, oldPassword)?.catch(() => undefined),
      ])
      await settled()
      await signIn(round % 2, newPassword)
      await expect(signIn(round % 2, oldPassword)).rejects.toMatchObject({ code: 'invalid_credentials' })
    }
  })
})
