import { and, matches, not, oneOf, param } from '@cardea/core'
import { type Clock, fromBase64Url, hmacSha256, type Keyring, type RandomBytes, toBase64Url } from '@cardea/core/crypto'
import { devices, type FindOneQuery, type Storage, type StorageOperations } from '@cardea/storage'
import { lockPrincipal } from '../principal/principals.js'

/** What tells a device. */
export interface DeviceDetails {
  /** What the browser keeps in a cookie, made by {@link Devices.createToken}. */
  readonly token?: string | undefined
  readonly userAgent: string | null
  /** The network that counts as one client; null where it is not known. */
  readonly network: string | null
  readonly ip: string | null
}

/** Devices from which principals have signed in. */
export interface Devices {
  /** 128 random bits for a browser to keep. */
  createToken(): string
  /** Whether a text can be such a token. */
  isToken(text: string): boolean
  /**
   * Whether a principal has signed in with this token before, so that strangers' guesses from elsewhere do not lock it out;
   * one statement.
   */
  knows(storage: StorageOperations, principalId: string, token: string): Promise<boolean>
  /** What is kept of a token, for work that is done later, and tells nobody the token. */
  hashToken(token: string): string
  /** As {@link Devices.knows}, from {@link Devices.hashToken}. */
  knowsHash(storage: StorageOperations, principalId: string, tokenHash: string): Promise<boolean>
  /**
   * Notes that a principal has signed in from a device: under its token, and under browser and network for the time when
   * there is none. One statement, which writes nothing, where both are known; two where one is new, and three where the token is.
   *
   * @param principal With the epoch of the sign-in: one that was over before, such as by a reset, makes nothing known.
   * @returns Whether it was not known by either.
   */
  remember(
    storage: Storage,
    principal: { readonly id: string; readonly epoch: number },
    device: DeviceDetails,
  ): Promise<boolean>
  /** How many entries a principal has. */
  count(operations: StorageOperations, principalId: string): Promise<number>
  /**
   * Forgets the devices of a principal that were noted first, but for so many: whoever signs in with another name of a browser
   * each time must not fill the table.
   */
  keepNewest(operations: StorageOperations, principalId: string, most: number): Promise<void>
  /**
   * Forgets the devices of a principal; one statement.
   *
   * @param except What stays known by its token, and by browser and network.
   */
  forget(
    operations: StorageOperations,
    principalId: string,
    except?: Pick<DeviceDetails, 'token' | 'userAgent' | 'network'>,
  ): Promise<void>
}

const tokenBytes = 16
const longestUserAgent = 512
/** How many are forgotten at once. */
const oldest = 100

const byKey: FindOneQuery<typeof devices> = {
  where: matches({ principal_id: param('principalId'), device_hash: param('hash') }),
}

export function createDevices(deps: {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly keyring: Keyring
}): Devices {
  const { clock, random, keyring } = deps
  const hash = (kind: 'token' | 'client', ...parts: readonly (string | null)[]): string =>
    hmacSha256(keyring.current('device').bytes, JSON.stringify([kind, ...parts]))

  const hashesOf = ({ token, userAgent, network }: Pick<DeviceDetails, 'token' | 'userAgent' | 'network'>) => [
    hash('client', userAgent, network),
    ...(token === undefined ? [] : [hash('token', token)]),
  ]
  const knowsHash = async (storage: StorageOperations, principalId: string, tokenHash: string): Promise<boolean> =>
    (await storage.findOne(devices, byKey, { principalId, hash: tokenHash })) !== undefined

  return {
    createToken: () => toBase64Url(random(tokenBytes)),
    isToken: (text) => fromBase64Url(text)?.length === tokenBytes,
    knows: async (storage, principalId, token) => await knowsHash(storage, principalId, hash('token', token)),
    hashToken: (token) => hash('token', token),
    knowsHash,
    remember: async (storage, { id: principalId, epoch }, device) => {
      const now = clock()
      const { token, userAgent, ip } = device
      const hashes = hashesOf(device)
      const rows = await storage.find(devices, {
        where: and(matches({ principal_id: principalId }), oneOf('device_hash', hashes)),
        limit: hashes.length,
      })
      const known = new Set(rows.map(({ device_hash }) => device_hash))
      const added = hashes.filter((device_hash) => !known.has(device_hash))
      if (added.length === 0) return false
      const write = (operations: StorageOperations): Promise<number> =>
        operations.insert(
          devices,
          added.map((device_hash) => ({
            principal_id: principalId,
            device_hash,
            user_agent: userAgent === null ? null : shorten(userAgent),
            ip,
            first_seen_at: now,
            last_seen_at: now,
          })),
          { onConflict: { key: 'primary', do: 'nothing' } },
        )
      // Browser and network only tell whether to tell the owner. A token is worth something, so it must not come to be known
      // after the devices were forgotten: whatever forgets them moves the epoch first, under the same lock.
      const isWorthSomething = token !== undefined && added.includes(hash('token', token))
      const written = isWorthSomething
        ? await storage.transaction(async (transaction) =>
            (await lockPrincipal(transaction, principalId, epoch)) ? await write(transaction) : 0,
          )
        : await write(storage)
      return written === hashes.length
    },
    count: (operations, principalId) => operations.count(devices, matches({ principal_id: principalId })),
    keepNewest: async (operations, principalId, most) => {
      const rows = await operations.find(devices, {
        where: matches({ principal_id: principalId }),
        orderBy: [
          { field: 'first_seen_at', direction: 'desc' },
          { field: 'device_hash', direction: 'desc' },
        ],
        offset: most,
        limit: oldest,
      })
      const hashes = rows.map(({ device_hash }) => device_hash)
      if (hashes.length === 0) return
      await operations.delete(devices, and(matches({ principal_id: principalId }), oneOf('device_hash', hashes)))
    },
    forget: async (operations, principalId, except) => {
      const own = matches({ principal_id: principalId })
      const kept = except === undefined ? [] : [not(oneOf('device_hash', hashesOf(except)))]
      await operations.delete(devices, and(own, ...kept))
    },
  }
}

/** To what the column holds, in whole characters. */
function shorten(text: string): string {
  const bytes = Buffer.from(text.toWellFormed().replaceAll('\u0000', ''))
  if (bytes.length <= longestUserAgent) return bytes.toString('utf8')
  return new TextDecoder().decode(bytes.subarray(0, longestUserAgent), { stream: true })
}
