import type { Storage } from '@cardea/storage'
import { systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import type { Argon2Library } from './password/argon2-library.js'
import { createPasswordHasher, type PasswordHasher, type PasswordHasherOptions } from './password/hasher.js'
import { createPrincipal } from './principal/principals.js'

/** The smallest cost that Argon2 knows: for tests alone. */
const smallCost = { memoryKibibytes: 8, iterations: 1, parallelism: 1 } as const

export const smallHasher = (options: PasswordHasherOptions = {}): PasswordHasher =>
  createPasswordHasher({ ...smallCost, ...options })

/** The real library, with a note of every call. */
export function countingArgon2(): {
  readonly calls: { readonly name: 'hash' | 'verify'; readonly phc?: string; readonly password: string }[]
  readonly load: () => Promise<Argon2Library>
} {
  const calls: { name: 'hash' | 'verify'; phc?: string; password: string }[] = []
  return {
    calls,
    load: async () => {
      const argon2 = await import('@node-rs/argon2')
      return {
        hash: async (password, options) => {
          calls.push({ name: 'hash', password })
          return await argon2.hash(password, options)
        },
        verify: async (phc, password) => {
          calls.push({ name: 'verify', phc, password })
          return await argon2.verify(phc, password)
        },
      }
    },
  }
}

/** A library whose work ends when the test says so. */
export function heldArgon2(): {
  readonly started: () => number
  readonly mostAtOnce: () => number
  /** Ends everything that runs now. */
  readonly finish: () => Promise<void>
  readonly load: () => Promise<Argon2Library>
} {
  let running: (() => void)[] = []
  let started = 0
  let most = 0
  const hold = async (): Promise<void> => {
    started += 1
    await new Promise<void>((resolve) => {
      running.push(resolve)
      most = Math.max(most, running.length)
    })
  }
  return {
    started: () => started,
    mostAtOnce: () => most,
    finish: async () => {
      // Lets those begin that have a place.
      await new Promise((resolve) => setImmediate(resolve))
      const ending = running
      running = []
      for (const end of ending) end()
    },
    load: async () => ({
      hash: async () => {
        await hold()
        return 'hash'
      },
      verify: async () => {
        await hold()
        return true
      },
    }),
  }
}

export async function createTestStorage(log: (sql: string) => void = () => {}): Promise<Storage> {
  const storage = createMemoryStorage({ clock: () => 1_000, log: ({ kind }) => log(kind) })
  await storage.migrate(systemTables)
  return storage
}

export async function addPrincipal(storage: Storage, id: string, collection = 'users'): Promise<void> {
  await createPrincipal(storage, { id, collection, recordKey: id, now: 1_000 })
}
