import type { AuthCollection } from '@cardea/collections'
import { addressPrefix, canonicalAddress } from '@cardea/core/network'
import {
  type Budget,
  clearFailedAttempts,
  type DeviceDetails,
  type GuessPolicy,
  type PrincipalState,
  type ThrottleKey,
} from '@cardea/identity'
import type { SignInContext } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { normalizeIdentifier } from './identifiers-of.js'
import { keyInSessions } from './key-in-sessions.js'
import { countAtAccount, mostFailedAttempts } from './lock.js'

/** Five guesses are free; then each waits twice as long as the one before, from half a minute to a quarter of an hour. */
const policy: GuessPolicy = { free: 5, firstDelaySeconds: 30, longestDelaySeconds: 900 }

/**
 * After so many in a row, a device that the account knows counts as one that it does not: with those of strangers and those in
 * sessions, no more than 100 (NIST SP 800-63B-4 §3.2.2). Kept for a year, so that a few each day come to an end, too.
 */
const mostOfDevice = 5
const policyOfDevice: GuessPolicy = { ...policy, rememberedSeconds: 365 * 86_400 }

/** Who guesses at which account. */
export interface Guesser {
  /** Under which guesses are counted. */
  readonly key: ThrottleKey
  /** Whether the account has been used from this device, so that strangers cannot lock it out. */
  readonly isKnown: boolean
}

/** The network that counts as one client. */
export const networkOf = ({ ip }: SignInContext): string | null => {
  const address = typeof ip === 'string' ? canonicalAddress(ip) : null
  return address === null ? null : addressPrefix(address)
}

/** The device that a request comes from. */
export function deviceOf({ devices }: Services, context: SignInContext): DeviceDetails {
  const { deviceToken, userAgent = null, ip = null } = context
  const token = deviceToken !== undefined && devices.isToken(deviceToken) ? deviceToken : undefined
  return { token, userAgent, network: networkOf(context), ip }
}

/**
 * Finds whose guesses to count with: those from the same device, where the account knows it; else those of the same network
 * at the same account.
 *
 * @param account What was typed to name the account, whether there is one or not.
 */
export async function identifyGuesser(
  services: Services,
  context: SignInContext,
  account: { readonly collection: AuthCollection; readonly kind: string; readonly name: string },
  principal: PrincipalState | undefined,
): Promise<Guesser> {
  const { token } = deviceOf(services, context)
  if (token !== undefined) {
    const knows = await services.devices.knows(services.storage, principal?.id ?? '', token)
    if (principal !== undefined && knows) return { key: ['device', principal.id, token], isKnown: true }
  }
  return { key: keyOfNetwork(context, account), isKnown: false }
}

const keyOfNetwork = (
  context: SignInContext,
  { collection, kind, name }: { readonly collection: AuthCollection; readonly kind: string; readonly name: string },
): ThrottleKey => ['guess', collection.name, kind, name.slice(0, 255), networkOf(context) ?? '']

/**
 * Forgets the wrong guesses from a network, and those in sessions, at an account that its owner has got back into, by whatever
 * name they were.
 */
export async function forgiveNetwork(
  services: Services,
  context: SignInContext,
  collection: AuthCollection,
  principalId: string,
  identity: Readonly<Record<string, string>>,
): Promise<void> {
  const keys = Object.entries(identity).map(([kind, value]) =>
    keyOfNetwork(context, { collection, kind, name: normalizeIdentifier(kind, value) ?? value }),
  )
  await services.throttle.forgive(services.storage, [...keys, keyInSessions(principalId)])
}

/**
 * Whether a guess is worth nothing, right or wrong, and whether there is anything to forgive; one statement.
 *
 * @returns `blocked` is so for where the guess comes from, `locked` for that or for the account; `waitsForHour` whether a last
 * resort was asked for, which is another statement or three.
 */
export async function lookAtGuesses(
  services: Services,
  { key, isKnown }: Guesser,
  principal: PrincipalState | undefined,
): Promise<{
  readonly blocked: boolean
  readonly locked: boolean
  readonly failures: number
  readonly waitsForHour: boolean
}> {
  const { blocked, failures } = await services.throttle.look(services.storage, key)
  const isTrusted = isKnown && failures < mostOfDevice
  const exhausted = !isTrusted && principal !== undefined && principal.failedAttempts >= mostFailedAttempts
  const waitsForHour = !blocked && exhausted && !services.mail.enabled
  const mayStillTry = waitsForHour && (await takeLastResort(services, ['exhausted', principal.id]))
  return { blocked, locked: blocked || (exhausted && !mayStillTry), failures, waitsForHour }
}

/** Where no mail can be sent there is no way back in but the password, so one guess an hour counts all the same. */
const lastResort: Budget = { limit: 24, periodSeconds: 86_400, burst: 1 }

const takeLastResort = ({ storage, throttle }: Services, key: ThrottleKey): Promise<boolean> =>
  throttle.take(storage, key, lastResort)

/**
 * Does for a guess at an account that is not locked, or that there is not, what is done for one that is, where that is more:
 * else whoever makes enough wrong guesses would learn from their time which accounts there are.
 */
export async function spendLastResort(
  services: Services,
  account: { readonly collection: AuthCollection; readonly kind: string; readonly name: string },
): Promise<void> {
  if (services.mail.enabled) return
  const { collection, kind, name } = account
  await takeLastResort(services, ['exhausted', '', collection.name, kind, name.slice(0, 255)])
}

/** Forgets wrong guesses, after their owner has come in all the same. */
export async function forgiveGuesses(
  services: Services,
  { key }: Guesser,
  principal: PrincipalState,
  failures: number,
): Promise<void> {
  const all = principal.failedAttempts > 0
  const keys = [...(failures > 0 ? [key] : []), ...(all ? [keyInSessions(principal.id)] : [])]
  if (keys.length > 0) await services.throttle.forgive(services.storage, keys)
  if (all) await clearFailedAttempts(services.storage, principal.id)
}

/** Forgets wrong guesses of every kind at an account whose owner has come in by something else than a password. */
export async function forgiveAccount(services: Services, { id, failedAttempts }: PrincipalState): Promise<void> {
  if (failedAttempts === 0) return
  await services.throttle.forgive(services.storage, [keyInSessions(id)])
  await clearFailedAttempts(services.storage, id)
}

/** Counts a wrong guess; as many statements, which write as much, for an account that there is not. */
export async function countFailure(
  services: Services,
  collection: AuthCollection,
  { key, isKnown }: Guesser,
  principal: PrincipalState | undefined,
  context: SignInContext,
): Promise<void> {
  await services.throttle.fail(services.storage, key, isKnown ? policyOfDevice : policy)
  await countAgainst(services, collection, principal, key, context)
}

/**
 * Counts a wrong guess among all at an account. Where there is none, a row that the guess has written already is written in
 * its place: one that changes nothing costs less, which would tell.
 */
export async function countAgainst(
  services: Services,
  collection: AuthCollection,
  principal: PrincipalState | undefined,
  written: ThrottleKey,
  context: SignInContext,
): Promise<void> {
  if (principal === undefined) await services.throttle.touch(services.storage, written)
  else await countAtAccount(services, collection, principal, context)
}
