import { credentials, type Storage, sessions } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it, vi } from 'vitest'
import type { CardeaEvent } from '../api/events.js'
import { createCardea } from '../create-cardea.js'
import { cmsPreset } from '../presets/cms.js'
import { cheapHashing, createTestCardea, createTestLogger, jane, secret } from '../testing.fixture.js'
import { importedHash } from './imported-hash.fixture.js'
import { openMfa } from './mfa/mfa.fixture.js'

const signInOfJane = { email: jane.email, password: jane.password }

async function registerJane({ auth }: Pick<ReturnType<typeof createTestCardea>, 'auth'>): Promise<string> {
  const registered = await auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  return registered.signIn.user.id
}

const storedIn = async (storage: Storage): Promise<string> =>
  (await storage.find(credentials, { limit: 'all' }))[0]?.hash ?? ''

describe('setPasswordHash', () => {
  async function open() {
    const test = createTestCardea()
    await test.auth.migrate()
    await test.auth.ready()
    return { ...test, id: await registerJane(test) }
  }

  it('takes the password of another system, ends all sessions, and makes the hash anew at the next sign-in', async () => {
    const { auth, storage, events, id } = await open()
    await auth.users.setPasswordHash(id, importedHash('moved here'))
    expect(await storedIn(storage)).toMatch(/^\$pbkdf2-sha256\$/)
    expect(await storage.count(sessions)).toBe(0)
    expect(events.at(-1)).toMatchObject({ type: 'password.changed', principalId: id })
    await expect(auth.users.login(signInOfJane)).rejects.toMatchObject({ code: 'invalid_credentials' })
    const moved = { email: jane.email, password: 'moved here' }
    await auth.users.login(moved)
    await auth.close()
    expect(await storedIn(storage)).toMatch(/^\$argon2id\$/)
    await createTestCardea({ storage }).auth.users.login(moved)
  })

  it('has the hash made anew also where a second factor is asked for', async () => {
    const { auth, login, settle, storage, enrolled } = await openMfa()
    await auth.users.register(jane)
    const { authentication } = await enrolled()
    await auth.users.setPasswordHash(authentication.principalId, importedHash(jane.password))
    await expect(login()).rejects.toMatchObject({ code: 'mfa_required' })
    await settle()
    expect(await storedIn(storage)).toMatch(/^\$argon2id\$/)
  })

  it.each(['', 'moved here', '5f4dcc3b5aa765d61d8327deb882cf99', `$2b$31$${'a'.repeat(53)}`])(
    'refuses %j, and changes nothing',
    async (hash) => {
      const { auth, id } = await open()
      await expect(auth.users.setPasswordHash(id, hash)).rejects.toMatchObject({
        code: 'invalid_request',
        issues: [{ path: 'hash', code: 'unsupported_hash' }],
      })
      await auth.users.login(signInOfJane)
    },
  )

  it('is refused for somebody who is not there, or of another collection', async () => {
    const { auth, id } = await open()
    const hash = importedHash('moved here')
    await expect(auth.users.setPasswordHash('nobody', hash)).rejects.toMatchObject({ code: 'not_found' })
    await expect(auth.collections.customers.setPasswordHash(id, hash)).rejects.toMatchObject({ code: 'not_found' })
    await auth.users.login(signInOfJane)
  })
})

describe('the option passwords.pepper', () => {
  const storage = () => createMemoryStorage()
  const other = 'another secret for tests: 8b7a6c5d4e3f'

  /** A node with these root secrets on a storage. */
  async function start(on: Storage, roots: readonly string[], pepper: boolean) {
    const logger = createTestLogger()
    const events: CardeaEvent[] = []
    const auth = createCardea({
      ...cmsPreset,
      storage: on,
      secret: roots,
      environment: 'test',
      passwords: { ...cheapHashing, pepper },
      logger,
      onEvent: (event) => events.push(event),
    })
    await auth.migrate()
    await auth.ready()
    return { auth, logger, events }
  }

  /** Signs Jane in, and lets what comes after it end. */
  async function signInOn(on: Storage, roots: readonly string[], pepper: boolean): Promise<string> {
    const kept = { ...on, close: async () => undefined }
    const { auth } = await start(kept, roots, pepper)
    await auth.users.login(signInOfJane)
    await auth.close()
    return await storedIn(on)
  }

  it('seals what is stored, follows a rotation of the secret, and opens it when it is switched off', async () => {
    const on = storage()
    const { auth } = await start(on, [secret], true)
    await auth.users.register(jane)
    const first = await storedIn(on)
    expect(first).toMatch(/^\$sealed\$/)
    expect(await signInOn(on, [secret, other], true)).toBe(first)
    const moved = await signInOn(on, [other, secret], true)
    expect(moved).toMatch(/^\$sealed\$/)
    expect(moved.slice(0, 16)).not.toBe(first.slice(0, 16))
    expect(await signInOn(on, [other], true)).toBe(moved)
    expect(await signInOn(on, [other], false)).toMatch(/^\$argon2id\$/)
    expect(await signInOn(on, [other], true)).toMatch(/^\$sealed\$/)
  })

  it('answers unavailable while the secret is missing, says so to the operator, and counts no failure', async () => {
    const on = storage()
    await (await start(on, [secret], true)).auth.users.register(jane)
    const { auth, logger, events } = await start(on, [other], true)
    for (const password of [jane.password, 'not the password']) {
      await expect(auth.users.login({ ...signInOfJane, password })).rejects.toMatchObject({ code: 'unavailable' })
    }
    expect(events).toEqual([])
    const said = logger.lines.filter((line) => line.startsWith('error'))
    expect(said).toHaveLength(2)
    expect(said[0]).toContain('sealed with a key that is missing')
    expect(said.join()).not.toMatch(/jane|argon2/)
    await auth.users.register({ ...jane, email: 'ben@example.com', username: 'ben' })
  })

  it('needs a secret that outlives the process', async () => {
    const { auth } = createPeppered()
    await auth.migrate()
    await expect(auth.ready()).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  function createPeppered() {
    const auth = createCardea({
      storage: storage(),
      environment: 'development',
      passwords: { ...cheapHashing, pepper: true },
      logger: createTestLogger(),
    })
    return { auth }
  }
})

describe('where Argon2 cannot be loaded', () => {
  it('signs up and in with scrypt, and says so once at the start', async () => {
    vi.doMock('@node-rs/argon2', () => {
      throw new Error('no such module')
    })
    const storage = createMemoryStorage()
    const { auth, logger } = createTestCardea({ storage: { ...storage, close: async () => undefined } })
    await auth.migrate()
    await auth.ready()
    await auth.migrate()
    await auth.ready()
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringContaining('Argon2 (@node-rs/argon2) cannot be loaded'),
    ])
    await registerJane({ auth })
    expect(await storedIn(storage)).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/)
    await auth.users.login(signInOfJane)
    await auth.close()
    vi.doUnmock('@node-rs/argon2')
    const back = createTestCardea({ storage })
    await back.auth.ready()
    expect(back.logger.lines.filter((line) => line.startsWith('warn'))).toEqual([])
    await back.auth.users.login(signInOfJane)
    await back.auth.close()
    expect(await storedIn(storage)).toMatch(/^\$argon2id\$/)
  })
})
