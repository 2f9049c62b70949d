import type { AuthCollection } from '@cardea/collections'
import { addressPrefix, canonicalAddress } from '@cardea/core/network'
import {
  type Budget,
  clearFailedAttempts,
  countFailedAttempt,
  type GuessPolicy,
  type PrincipalState,
  type ThrottleKey,
} from '@cardea/identity'
import type { SignInContext } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { normalizeIdentifier } from './identifiers-of.js'

/** Five guesses are free; then each waits twice as long as the one before, from half a minute to a quarter of an hour. */
const policy: GuessPolicy = { free: 5, firstDelaySeconds: 30, longestDelaySeconds: 900 }

/**
 * Wrong guesses in a row, from everywhere, after which an account takes no password from devices it does not know, until its
 * owner resets it by mail. Without mail it takes one an hour. NIST SP 800-63B-4 §3.2.2 allows no more than 100; those that are under way are left room.
 */
export const mostFailedAttempts = 90

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
  const { deviceToken } = context
  if (deviceToken !== undefined && services.devices.isToken(deviceToken)) {
    const knows = await services.devices.knows(services.storage, principal?.id ?? '', deviceToken)
    if (principal !== undefined && knows) return { key: ['device', principal.id, deviceToken], isKnown: true }
  }
  return { key: keyOfNetwork(context, account), isKnown: false }
}

const keyOfNetwork = (
  context: SignInContext,
  { collection, kind, name }: { readonly collection: AuthCollection; readonly kind: string; readonly name: string },
): ThrottleKey => ['guess', collection.name, kind, name.slice(0, 255), networkOf(context) ?? '']

/** Forgets the wrong guesses from a network at an account that its owner has got back into, by whatever name they were. */
export async function forgiveNetwork(
  services: Services,
  context: SignInContext,
  collection: AuthCollection,
  identity: Readonly<Record<string, string>>,
): Promise<void> {
  const keys = Object.entries(identity).map(([kind, value]) =>
    keyOfNetwork(context, { collection, kind, name: normalizeIdentifier(kind, value) ?? value }),
  )
  await services.throttle.forgive(services.storage, keys)
}

/**
 * Whether a guess is worth nothing, right or wrong, and whether there is anything to forgive; one statement.
 *
 * @returns `blocked` is so for where the guess comes from, `locked` for that or for the account.
 */
export async function lookAtGuesses(
  services: Services,
  { key, isKnown }: Guesser,
  principal: PrincipalState | undefined,
): Promise<{ readonly blocked: boolean; readonly locked: boolean; readonly failures: number }> {
  const { blocked, failures } = await services.throttle.look(services.storage, key)
  const exhausted = !isKnown && principal !== undefined && principal.failedAttempts >= mostFailedAttempts
  return { blocked, locked: blocked || (exhausted && !(await mayStillTry(services, principal.id))), failures }
}

/** Where no mail can be sent there is no way back in but the password, so one guess an hour counts all the same. */
const lastResort: Budget = { limit: 24, periodSeconds: 86_400, burst: 1 }

const mayStillTry = async ({ mail, storage, throttle }: Services, principalId: string): Promise<boolean> =>
  !mail.enabled && (await throttle.take(storage, ['exhausted', principalId], lastResort))

/** Forgets wrong guesses, after their owner has come in all the same. */
export async function forgiveGuesses(
  services: Services,
  { key }: Guesser,
  principal: PrincipalState,
  failures: number,
): Promise<void> {
  if (failures > 0) await services.throttle.forgive(services.storage, [key])
  if (principal.failedAttempts > 0) await clearFailedAttempts(services.storage, principal.id)
}

/** Counts a wrong guess; as many statements, which write as much, for an account that there is not. */
export async function countFailure(
  services: Services,
  { key }: Guesser,
  principal: PrincipalState | undefined,
): Promise<void> {
  await services.throttle.fail(services.storage, key, policy)
  await countAgainst(services, principal?.id, key)
}

/**
 * Counts a wrong guess among all at an account. Where there is none, a row that the guess has written already is written in
 * its place: one that changes nothing costs less, which would tell.
 */
export async function countAgainst(
  { storage, throttle }: Services,
  principalId: string | undefined,
  written: ThrottleKey,
): Promise<void> {
  if (principalId === undefined) await throttle.touch(storage, written)
  else await countFailedAttempt(storage, principalId)
}
