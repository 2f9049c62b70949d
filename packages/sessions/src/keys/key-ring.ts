import { CardeaError, RecentMap } from '@cardea/core'
import type { Clock, Keyring } from '@cardea/core/crypto'
import type { StorageOperations } from '@cardea/storage'
import type { AccessTokenKey, RememberedKey, WebCryptoKey } from '../token/verifying-key.js'
import { isOurKeyId } from './key-id.js'
import { algorithmOf, importPrivateHalf, importPublicHalf, type KeyRow } from './key-pair.js'
import { isRetired, refreshAfterMilliseconds, signingAt, tooOldAfterMilliseconds } from './key-times.js'
import { readKeys } from './read-keys.js'
import type { PairAlgorithm } from './signing-options.js'

/** A node's copy of the key pairs. */
export interface KeyRing {
  /**
   * The key that signs.
   *
   * @param joined The transaction to read in where nothing is known yet; it waits for no other connection then.
   * @throws CardeaError `unavailable` when there is none, or the secret that opens it is gone.
   */
  signing(algorithm: PairAlgorithm, joined?: StorageOperations): Promise<AccessTokenKey>
  /** @throws CardeaError `unavailable` when storage would have to be asked and does not answer. */
  find(id: string): Promise<RememberedKey | undefined>
  /** Rows of keys that are not over, no older than five minutes where storage answers. */
  rows(): Promise<readonly KeyRow[]>
  /** Has the next use look again. */
  forget(): void
}

export interface KeyRingDeps {
  readonly storage: StorageOperations
  readonly clock: Clock
  readonly keyring: Keyring
  readonly background: (work: Promise<unknown>) => void
}

/** A key with its imported halves, which are made when they are first needed and outlive what else is read of it. */
interface Entry {
  row: KeyRow
  verifying: Promise<WebCryptoKey> | undefined
  signing: Promise<WebCryptoKey | undefined> | undefined
}

/** How long a `kid` that we made and that has no row is taken for gone, without a look. */
const missingMilliseconds = 10_000

export function createKeyRing({ storage, clock, keyring, background }: KeyRingDeps): KeyRing {
  let entries: ReadonlyMap<string, Entry> | undefined
  let readAt = Number.NEGATIVE_INFINITY
  /** When it was last tried, so that a database that is down is not asked all the time. */
  let triedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<ReadonlyMap<string, Entry>> | undefined
  /** How often it was told to look again, so that a read that had begun before is not taken for one that came after. */
  let forgotten = 0
  const missing = new RecentMap<string, number>(1_000)

  const take = (rows: readonly KeyRow[]): ReadonlyMap<string, Entry> =>
    new Map(
      rows.map((row) => {
        const known = entries?.get(row.id)
        return [row.id, { row, verifying: known?.verifying, signing: known?.signing }]
      }),
    )

  const load = async (): Promise<ReadonlyMap<string, Entry>> => {
    const [began, seen] = [clock(), forgotten]
    triedAt = began
    const found = take(await readKeys(storage))
    entries = found
    if (seen === forgotten) readAt = began
    return found
  }
  /** One at a time, for whoever asks meanwhile. */
  const read = (): Promise<ReadonlyMap<string, Entry>> => {
    reading ??= load().finally(() => {
      reading = undefined
    })
    return reading
  }
  /** One that began before the question may not have seen what it is about; then there is another. */
  const lookFor = async (id: string): Promise<Entry | undefined> =>
    (await reading?.catch(() => undefined))?.get(id) ?? (await read()).get(id)

  /** In the background, and once a minute: keys that are known go on to count while the database does not answer. */
  const refresh = (): void => {
    const now = clock()
    if (now - readAt < refreshAfterMilliseconds || now - triedAt < refreshAfterMilliseconds) return
    background(read().catch(() => undefined))
  }

  /** A promise only where something is to be waited for. */
  const current = (): ReadonlyMap<string, Entry> | Promise<ReadonlyMap<string, Entry>> => {
    if (entries === undefined) return read()
    const known = entries
    if (clock() - readAt < tooOldAfterMilliseconds) {
      refresh()
      return known
    }
    if (clock() - triedAt < missingMilliseconds && reading === undefined) return known
    return read().catch(() => known)
  }

  const counts = (id: string): boolean | Promise<boolean> => {
    const judge = (known: ReadonlyMap<string, Entry>): boolean => {
      const entry = known.get(id)
      return entry !== undefined && !isRetired(entry.row, clock())
    }
    const known = current()
    return known instanceof Promise ? known.then(judge) : judge(known)
  }

  const remembered = async (entry: Entry): Promise<RememberedKey | undefined> => {
    const { row } = entry
    if (isRetired(row, clock())) return undefined
    entry.verifying ??= importPublicHalf(row)
    return { algorithm: algorithmOf(row), key: await entry.verifying, stillCounts: () => counts(row.id) }
  }

  const toSign = async (found: ReadonlyMap<string, Entry>, algorithm: PairAlgorithm): Promise<AccessTokenKey> => {
    const row = signingAt(
      [...found.values()].map((entry) => entry.row),
      algorithm,
      clock(),
    )
    const entry = row === undefined ? undefined : found.get(row.id)
    if (entry === undefined) throw nothingSigns(algorithm)
    entry.signing ??= importPrivateHalf(keyring, entry.row)
    const key = await entry.signing
    if (key === undefined) throw sealedAway(entry.row.id)
    return { id: entry.row.id, algorithm, key }
  }

  return {
    signing: async (algorithm, joined) => {
      // Inside a transaction nothing may wait for another connection: there may be one only.
      if (joined !== undefined) {
        refresh()
        return await toSign(entries ?? take(await readKeys(joined)), algorithm)
      }
      return await toSign(await current(), algorithm)
    },

    find: async (id) => {
      const known = (await current()).get(id)
      if (known !== undefined) return await remembered(known)
      // Anybody can invent a name, but not one that the root secret vouches for.
      if (!isOurKeyId(keyring, id)) return undefined
      const now = clock()
      const missedAt = missing.get(id)
      if (missedAt !== undefined && now - missedAt < missingMilliseconds) return undefined
      const entry = await lookFor(id)
      if (entry !== undefined) return await remembered(entry)
      missing.set(id, now)
      return undefined
    },

    rows: async () => {
      const now = clock()
      return [...(await current()).values()].map(({ row }) => row).filter((row) => !isRetired(row, now))
    },

    forget: () => {
      forgotten += 1
      readAt = Number.NEGATIVE_INFINITY
      triedAt = Number.NEGATIVE_INFINITY
    },
  }
}

const nothingSigns = (algorithm: PairAlgorithm): CardeaError =>
  new CardeaError(
    'unavailable',
    `There is no ${algorithm} key that signs access tokens: await auth.ready() makes the first.`,
    {
      retryAfterSeconds: 1,
    },
  )

/** It names the key, which everybody may know, and not the secret. */
const sealedAway = (id: string): CardeaError =>
  new CardeaError(
    'unavailable',
    `The key ${id} that signs access tokens cannot be opened with any of the secrets. Add the secret that it was made under to the list in \`secret\`, or make another key with \`cardea keys rotate --now\`.`,
    { retryAfterSeconds: 30 },
  )
