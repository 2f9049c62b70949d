import { describeDevice } from './device.js'
import type { MailContents, MailKind, NoticeContent, NoticePayload } from './kinds.js'
import type { MailJob, MailPreparers, PreparedMail } from './preparer.js'
import { formatTime } from './time.js'

/** Kinds whose job carries all that the mail says, and the address it goes to. */
type NoticeKind = { readonly [Kind in MailKind]: MailContents[Kind] extends NoticeContent ? Kind : never }[MailKind]

async function noticeOf(job: {
  readonly payload: NoticePayload | undefined
  readonly createdAt: number
}): Promise<NoticeContent> {
  const { payload = {}, createdAt } = job
  const at = payload.at ?? createdAt
  return { at, time: formatTime(at), device: await describeDevice(payload.userAgent), ip: payload.ip }
}

function prepared<Kind extends NoticeKind>(job: MailJob<Kind>, data: MailContents[Kind]): PreparedMail<Kind> {
  const principalId = job.payload?.principalId
  return { to: job.recipient, ...(principalId === undefined ? {} : { principalId }), data }
}

type PlainKind = Exclude<NoticeKind, 'backup_code_used' | 'identity_linked' | 'account_locked'>

const plain = async <Kind extends PlainKind>(_services: unknown, job: MailJob<Kind>): Promise<PreparedMail<Kind>> =>
  prepared(job, await noticeOf(job))

/** Notices are sent where the job says, with what the job says. */
export const noticePreparers: Required<Pick<MailPreparers, NoticeKind>> = {
  password_changed: plain,
  email_changed: plain,
  mfa_enabled: plain,
  mfa_disabled: plain,
  new_device: plain,
  api_key_created: plain,
  ssh_key_added: plain,
  registration_attempted: plain,
  backup_code_used: async (_services, job) =>
    prepared(job, { ...(await noticeOf(job)), remaining: job.payload?.remaining }),
  identity_linked: async (_services, job) =>
    prepared(job, { ...(await noticeOf(job)), provider: job.payload?.provider }),
  account_locked: async (_services, job) => prepared(job, { ...(await noticeOf(job)), minutes: job.payload?.minutes }),
}
