import type { CollectionRow } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import type { Budget } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { MailKind, MailPayloads, NoticePayload } from '../mail/kinds.js'
import type { Services } from '../services/services.js'
import { principalIdOf } from './principal-of.js'

/** Kinds of mail that tell an owner what happened to the account. */
export type NoticeKind = {
  [Kind in MailKind]: MailPayloads[Kind] extends NoticePayload ? Kind : never
}[MailKind]

/** What happened, to whom. */
export interface Notice {
  readonly kind: NoticeKind
  readonly collection: string
  readonly record: CollectionRow
  /** Default: the record's address. */
  readonly recipient?: string
  readonly context?: ClientDetails | undefined
  /** Whether it is among what the one who is signed in can have happen over and over. Default: by its kind. */
  readonly repeats?: boolean
  /** What this kind says besides. */
  readonly details?: Readonly<Record<string, string | number>>
}

/** What the one who is signed in can have happen as often as it likes, while the address may be a stranger's. */
const repeatable: ReadonlySet<NoticeKind> = new Set<NoticeKind>([
  'email_changed',
  'new_device',
  'mfa_enabled',
  'mfa_disabled',
  'backup_code_used',
  'identity_linked',
  'api_key_created',
  'ssh_key_added',
  'account_locked',
])

/** Of one such kind to one address: the first of many says all that there is to say. */
const hourly: Budget = { limit: 5, periodSeconds: 3_600 }

/**
 * Writes the mail that tells an owner what happened. Where there is no mail, nothing is written, nor where the same has been
 * said over and over.
 *
 * @param operations The transaction of what it tells of, if there is one; then `services.mail.kick()` comes after it.
 */
export async function sendNotice(services: Services, operations: StorageOperations, notice: Notice): Promise<void> {
  const { kind, collection, record, context, details = {}, repeats = repeatable.has(kind) } = notice
  const recipient = notice.recipient ?? record['email']
  if (typeof recipient !== 'string' || !services.mail.enabled) return
  if (repeats) {
    // By the address: who has moved away from it can register with it again.
    const key = ['notice', kind, collection, normalizeEmail(recipient) ?? recipient] as const
    if (!(await services.throttle.take(operations, key, hourly))) return
  }
  const { ip, userAgent } = context ?? {}
  await services.mail.enqueue(operations, {
    kind,
    collection,
    recipient,
    payload: {
      ...details,
      principalId: principalIdOf(record),
      at: services.clock(),
      ...(typeof ip === 'string' ? { ip } : {}),
      ...(typeof userAgent === 'string' ? { userAgent } : {}),
    },
  })
  if (operations === services.storage) services.mail.kick()
}
