import type { AuthCollection, AuthSettings } from '@cardea/collections'
import { toBase64Url } from '@cardea/core/crypto'
import type { Budget, PendingVerification, ThrottleKey } from '@cardea/identity'
import type { OtpInput } from '../../api/otp.js'
import type { SignInContext } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertAllowed, assertAllowedNow } from '../../settings/effective-settings.js'
import { countAgainst, deviceOf, networkOf } from '../guesses.js'
import { mostFailedAttempts } from '../lock.js'
import { addressOf, maySend } from '../recovery/address.js'

/** NIST SP 800-63B-4 §3.1.3.2 allows ten minutes for what is sent out of band. */
export const codeSeconds = 600

/** One code a minute, and a few an hour, to one address. */
const coolDown: Budget = { limit: 60, periodSeconds: 3_600, burst: 1 }
const hourly: Budget = { limit: 5, periodSeconds: 3_600 }
const daily: Budget = { limit: 20, periodSeconds: 86_400 }

/**
 * Tries of codes of one address: from one network, and from everywhere where no flow is named. Where one is, the codes of a day
 * times the tries of each make as many.
 */
const triesOfNetwork: Budget = { limit: 20, periodSeconds: 86_400 }
const triesOfAddress: Budget = { limit: 100, periodSeconds: 86_400 }

/**
 * Tries of codes for which no flow is named: fewer than the five of a flow, which they leave alone. Counted by the address, not
 * by the code, so that as much happens for one that no code was sent to.
 */
const looseTries: Budget = { limit: 4, periodSeconds: codeSeconds }

/** 128 bits: nobody spends the tries of a flow that is not theirs. */
const flowBytes = 16

const otpEnabled = ({ otp }: AuthSettings): boolean => otp.enabled
const noOtp = 'Signing in with a code by mail is not enabled.'

/** For what reads the settings' version on its way. @throws CardeaError `method_disabled`. */
export const assertOtpEnabled = (services: Services, collection: AuthCollection): Promise<void> =>
  assertAllowed(services, collection, otpEnabled, noOtp)

/**
 * Asks for a code: the same for every address, whoever has it and however much was sent to it. The flow's id is made up in
 * any case.
 */
export async function requestOtp(
  services: Services,
  collection: AuthCollection,
  email: unknown,
  context: SignInContext,
): Promise<{ readonly flowId: string }> {
  await assertAllowedNow(services, collection, otpEnabled, noOtp)
  services.mail.assertEnabled()
  const recipient = addressOf(email)
  const flowId = toBase64Url(services.random(flowBytes))
  const { token } = deviceOf(services, context)
  const device = token === undefined ? undefined : services.devices.hashToken(token)
  if (await maySendCode(services, collection, recipient, device)) {
    // Whether the account knows the device is found out when the mail is made: to ask here would tell who has an account.
    const payload: OtpPayload = device === undefined ? {} : { device }
    const job = { kind: 'otp', collection: collection.name, recipient, flowId, payload: { ...payload } } as const
    await services.mail.enqueue(services.storage, job)
    services.mail.kick()
  }
  return { flowId }
}

/** What the job of a code carries. */
export interface OtpPayload {
  /** Of the device that has asked, whose budget the request has drawn on: the hash of its token. */
  readonly device?: string
}

/**
 * Whether one more code may go to an address. A device has a budget of its own, as large: else strangers could use up what an
 * address gets, and its owner would get none.
 *
 * @param device The hash of a device's token. Undefined for the budget of the address, which all draw on who have none, or one that
 * the account does not know.
 */
export async function maySendCode(
  services: Services,
  collection: AuthCollection,
  recipient: string,
  device: string | undefined,
): Promise<boolean> {
  const budgets = [
    ['otp', coolDown],
    ['otp_hour', hourly],
    ['otp_day', daily],
  ] as const
  for (const [name, budget] of budgets) {
    const purpose = device === undefined ? name : `${name}:${device}`
    if (!(await maySend(services, purpose, collection, recipient, budget))) return false
  }
  return true
}

/**
 * Tries a code, counted before it is looked at: by its flow, by the network, by the address, and among all wrong guesses at the
 * account. Nothing is used up yet.
 *
 * @returns Why not, for logs.
 */
export async function tryOtp(
  services: Services,
  collection: AuthCollection,
  input: OtpInput,
  context: SignInContext,
): Promise<PendingVerification | string> {
  const { storage, throttle, verifications } = services
  const subject = addressOf(input.email)
  const keyOf = (network: string): ThrottleKey => ['otp-try', collection.name, subject, network]
  const ofNetwork = keyOf(networkOf(context) ?? '')
  const mayTry =
    (await throttle.take(storage, ofNetwork, triesOfNetwork)) &&
    // A flow has its own tries, and a try of none that there is could be right for nobody: it must not use up those of others.
    (input.flowId !== undefined || (await throttle.take(storage, keyOf('*'), triesOfAddress)))
  if (!mayTry) return 'too many tries'
  const result = await verifications.tryCode(storage, input.code, {
    purpose: 'otp',
    collection: collection.name,
    subject,
    flowId: input.flowId,
    ...(input.flowId === undefined
      ? { countAttempt: () => throttle.take(storage, ['otp-loose', collection.name, subject], looseTries) }
      : {}),
  })
  if (result.accepted) {
    return (await isLocked(services, collection, result.pending, context)) ? 'locked' : result.pending
  }
  // The row that every try has written: the one of all networks is there only where tries named no flow.
  await countAgainst(services, collection, result.principal, ofNetwork, context)
  return result.reason
}

/**
 * Whether an account takes no code after too many wrong guesses, as it takes no password: from devices that it does not know,
 * until its owner resets the password by mail. Without passwords there would be no way back, so the budgets alone have to do.
 */
async function isLocked(
  services: Services,
  collection: AuthCollection,
  { principal }: PendingVerification,
  context: SignInContext,
): Promise<boolean> {
  if (principal === undefined || principal.failedAttempts < mostFailedAttempts) return false
  if (!services.settings(collection).password.enabled) return false
  const { devices, storage } = services
  const { token } = deviceOf(services, context)
  return token === undefined || !(await devices.knows(storage, principal.id, token))
}
