import { and, CardeaError, eq, isNull, lt, oneOf } from '@cardea/core'
import type { Clock, Keyring, RandomBytes } from '@cardea/core/crypto'
import { authz, keys, type Storage, type StorageOperations } from '@cardea/storage'
import { canBeOpened, type KeyRow, keyPurpose, makeKeyPair } from './key-pair.js'
import { isPassedOver, isRetired, retirementAfter, signingAt } from './key-times.js'
import { readKeys } from './read-keys.js'
import type { SigningKeyView } from './signing-key-view.js'
import type { PairAlgorithm, Signing } from './signing-options.js'

export interface KeyChangesDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: RandomBytes
  readonly keyring: Keyring
  readonly signing: Signing
  /** The longest life of an access token, as of now. */
  readonly accessMilliseconds: () => number
}

/** Keys that are over stay for a week, for whoever wonders what became of them. */
const keptMilliseconds = 7 * 86_400_000

/**
 * Makes the first key, if there is none: of any number of nodes that start at the same time, one makes it.
 *
 * @returns Whether it was made here, and whether the key that signs can be opened.
 */
export async function ensureFirstKey(
  deps: KeyChangesDeps,
): Promise<{ readonly made: boolean; readonly opens: boolean }> {
  const algorithm = pairsOnly(deps)
  const before = signingAt(await readKeys(deps.storage), algorithm, deps.clock())
  if (before !== undefined) return { made: false, opens: canBeOpened(deps.keyring, before) }
  const fresh = await make(deps, algorithm, deps.clock())
  return await changing(deps, async (transaction, rows) => {
    const row = signingAt(rows, algorithm, deps.clock())
    if (row !== undefined) return { made: false, opens: canBeOpened(deps.keyring, row) }
    await transaction.insert(keys, fresh)
    return { made: true, opens: true }
  })
}

/** Makes the next key; what signed until now stays good until its last token is over. */
export async function rotateKeys(deps: KeyChangesDeps, { now: atOnce }: { readonly now: boolean }): Promise<string> {
  const fresh = await successor(deps, atOnce)
  await changing(deps, (transaction) => replace(deps, transaction, fresh))
  return fresh.id
}

/**
 * Ends a key, and all tokens that it signed. Where it was the one that signs, its successor does so from now on: one that
 * is published already, or a new one.
 *
 * @returns False when there is no such key.
 */
export async function retireKey(deps: KeyChangesDeps, id: string): Promise<boolean> {
  const { algorithm } = deps.signing
  const now = deps.clock()
  const spare = algorithm === 'HS256' ? undefined : await make(deps, algorithm, now)
  return await changing(deps, async (transaction, rows) => {
    const row = rows.find((each) => each.id === id)
    if (row === undefined) return false
    if (!isRetired(row, now)) await transaction.update(keys, { where: eq('id', id), set: { retire_at: now } })
    const going = rows.filter((each) => each.id !== id && each.algorithm === algorithm && each.retire_at === null)
    if (spare === undefined || going.some(({ not_before: from }) => from <= now)) return true
    const [next] = going
    if (next === undefined) await transaction.insert(keys, spare)
    else await transaction.update(keys, { where: eq('id', next.id), set: { not_before: now } })
    return true
  })
}

/** Makes the next key when it is time, and removes what is long over. */
export async function tendKeys(deps: KeyChangesDeps): Promise<boolean> {
  const { storage, clock } = deps
  const rows = await readKeys(storage)
  const longOver = clock() - keptMilliseconds
  const old = rows.filter(({ retire_at: at }) => at !== null && at < longOver).map(({ id }) => id)
  if (old.length > 0) await storage.delete(keys, and(oneOf('id', old), lt('retire_at', longOver)))
  if (!isDue(deps, rows)) return old.length > 0
  const fresh = await successor(deps, false)
  await changing(deps, async (transaction, latest) => {
    // Another node may have seen the same.
    if (isDue(deps, latest)) await replace(deps, transaction, fresh)
  })
  return true
}

export async function listKeys({
  storage,
  clock,
  keyring,
  signing,
}: KeyChangesDeps): Promise<readonly SigningKeyView[]> {
  const rows = await readKeys(storage)
  const now = clock()
  const { algorithm } = signing
  const current = algorithm === 'HS256' ? undefined : signingAt(rows, algorithm, now)
  const stateOf = (row: KeyRow): SigningKeyView['state'] => {
    if (isRetired(row, now)) return 'retired'
    if (row.id === current?.id) return 'signing'
    return row.not_before > now && !isPassedOver(row, rows) ? 'upcoming' : 'accepted'
  }
  return rows.map((row) =>
    Object.freeze({
      id: row.id,
      algorithm: row.algorithm,
      state: stateOf(row),
      opens: canBeOpened(keyring, row),
      createdAt: row.created_at,
      notBefore: row.not_before,
      retireAt: row.retire_at,
    }),
  )
}

type NewKey = Awaited<ReturnType<typeof makeKeyPair>>

const make = ({ keyring, random, clock }: KeyChangesDeps, algorithm: PairAlgorithm, from: number): Promise<NewKey> =>
  makeKeyPair({ keyring, random, now: clock() }, algorithm, from)

const successor = (deps: KeyChangesDeps, atOnce: boolean): Promise<NewKey> =>
  make(deps, pairsOnly(deps), deps.clock() + (atOnce ? 0 : deps.signing.publishMilliseconds))

async function replace(deps: KeyChangesDeps, transaction: StorageOperations, fresh: NewKey): Promise<void> {
  await transaction.update(keys, {
    where: and(eq('purpose', keyPurpose), isNull('retire_at')),
    set: { retire_at: retirementAfter(fresh.not_before, deps.accessMilliseconds()) },
  })
  await transaction.insert(keys, fresh)
}

/** Whether the last key has signed for long enough, less the time for which the next one is only published. */
function isDue({ signing, clock }: KeyChangesDeps, rows: readonly KeyRow[]): boolean {
  const { algorithm, rotateEveryMilliseconds, publishMilliseconds } = signing
  if (algorithm === 'HS256' || rotateEveryMilliseconds === undefined) return false
  const last = rows.findLast((row) => row.algorithm === algorithm && row.retire_at === null)
  return last !== undefined && last.not_before + rotateEveryMilliseconds - publishMilliseconds <= clock()
}

/** One change at a time, on all nodes: the first statement takes the policy mutex, by adding nothing to its version. */
function changing<Result>(
  { storage }: KeyChangesDeps,
  work: (transaction: StorageOperations, rows: readonly KeyRow[]) => Promise<Result>,
): Promise<Result> {
  return storage.transaction(async (transaction) => {
    await transaction.update(authz, { where: eq('id', 'authz'), increment: { policy_version: 0 } })
    return await work(transaction, await readKeys(transaction))
  })
}

function pairsOnly({ signing: { algorithm } }: KeyChangesDeps): PairAlgorithm {
  if (algorithm !== 'HS256') return algorithm
  throw new CardeaError(
    'method_disabled',
    'Access tokens are signed with a key that is derived from the secret. Set sessions.accessTokens.algorithm to EdDSA or ES256 to have keys that rotate, or rotate the secret.',
  )
}
