import type { Services } from '../services/services.js'
import type { MailContents, MailKind, MailPayloads } from './kinds.js'

/** A job that is being worked on. */
export interface MailJob<Kind extends MailKind = MailKind> {
  readonly id: string
  readonly kind: Kind
  readonly collection: string
  readonly recipient: string
  /** Empty where the job belongs to no request. */
  readonly flowId: string
  /** Undefined where the job has none, and where a mail that was given up is tried again. */
  readonly payload: MailPayloads[Kind] | undefined
  /** From 1 on. */
  readonly attempt: number
  readonly createdAt: number
}

/** A mail that can be sent. */
export interface PreparedMail<Kind extends MailKind = MailKind> {
  /** One address, as stored. */
  readonly to: string
  readonly principalId?: string
  /** What the account's owner calls itself. It is theirs to choose: the built-in templates do not show it. */
  readonly name?: string
  readonly data: MailContents[Kind]
}

/**
 * Turns a job into a mail: looks the account up, makes the secret. It runs again when sending fails, so what it makes
 * replaces what it has made before.
 *
 * @returns Undefined to drop the job: there is no account, or nothing to send any more.
 */
export type MailPreparer<Kind extends MailKind> = (
  services: Services,
  job: MailJob<Kind>,
) => Promise<PreparedMail<Kind> | undefined>

/** Preparers by kind. */
export type MailPreparers = { readonly [Kind in MailKind]?: MailPreparer<Kind> }
