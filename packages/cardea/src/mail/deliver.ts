import { isCardeaError } from '@cardea/core'
import type { MailHook } from '../hooks/hooks.js'
import type { Services } from '../services/services.js'
import type { Timers } from '../services/timers.js'
import { failureOf, MailStepError } from './failure.js'
import { SafeHtml } from './html.js'
import { isMailKind, type MailKind, type MailPayloads } from './kinds.js'
import { composeMessage, type MailData, type MailTemplate, type MailTexts } from './message.js'
import type { MailOptions } from './options.js'
import { type JobRow, readPayload } from './outbox.js'
import type { MailJob, MailPreparer, MailPreparers, PreparedMail } from './preparer.js'
import { mailPreparers } from './preparers.js'
import { storedTemplates } from './stored-texts.js'
import { templateOf } from './templates/built-in.js'
import type { MailTransport } from './transport.js'
import { withinTime } from './within-time.js'

/** What sending takes. */
export interface DeliveryDeps {
  readonly options: MailOptions
  readonly appName: string
  readonly transport: MailTransport
  /** Default: those of all kinds. */
  readonly preparers?: MailPreparers | undefined
  readonly timers: Timers
  readonly timeoutMilliseconds: number
}

const dead = (code: string): MailStepError => new MailStepError({ code, permanent: true })

/**
 * Sends one mail: prepares it, has its texts made, hands it to the transport. Each of these may take the configured time.
 *
 * @returns `dropped` when there was nothing to send.
 * @throws MailStepError for whatever went wrong.
 */
export async function deliver(deps: DeliveryDeps, services: Services, row: JobRow): Promise<'sent' | 'dropped'> {
  if (!isMailKind(row.kind)) throw dead('no_preparer')
  return await deliverKind(deps, services, row, row.kind)
}

async function deliverKind<Kind extends MailKind>(
  deps: DeliveryDeps,
  services: Services,
  row: JobRow,
  kind: Kind,
): Promise<'sent' | 'dropped'> {
  const prepare: MailPreparer<Kind> | undefined = (deps.preparers ?? mailPreparers)[kind]
  if (prepare === undefined) throw dead('no_preparer')
  const kept = readPayload(services, row)
  if (kept === undefined) throw new MailStepError({ code: 'payload_unreadable', permanent: false })
  const job: MailJob<Kind> = {
    id: row.id,
    kind,
    collection: row.collection,
    recipient: row.recipient,
    flowId: row.flow_id,
    // Sealed under the id of this row, so it is what `enqueue` was given for this kind.
    payload: kept.value as MailPayloads[Kind] | undefined,
    attempt: row.attempts,
    createdAt: row.created_at,
  }
  return await services.context.outside(() => sendJob(deps, services, job, prepare), kept.request)
}

async function sendJob<Kind extends MailKind>(
  deps: DeliveryDeps,
  services: Services,
  job: MailJob<Kind>,
  prepare: MailPreparer<Kind>,
): Promise<'sent' | 'dropped'> {
  const { kind } = job
  const prepared = await step(deps, 'prepare_failed', () => prepare(services, job))
  if (prepared === undefined) return 'dropped'
  const about = { kind, collection: job.collection, principalId: prepared.principalId }
  if (!(await isWanted(deps, services, about))) return 'dropped'
  const texts = await textsOf(deps, services, job, prepared)
  const { options } = deps
  const from = collectionOptions(options, job.collection)?.from ?? options.from
  const message = composeMessage(from, prepared.to, texts)
  if (message === undefined) throw dead('recipient_invalid')
  await step(deps, 'transport_failed', () => deps.transport.send(message))
  reportSent(services, job, prepared.principalId ?? null)
  services.hooks.after('afterMail', about)
  return 'sent'
}

/** Only who has the address gets such a mail, so what was asked for is known to be about an account no sooner than now. */
function reportSent({ emit, clock }: Services, { kind, collection }: MailJob, principalId: string | null): void {
  const about = { at: clock(), collection, principalId }
  if (kind === 'verification') emit({ type: 'email.verification_requested', ...about })
  else if (kind === 'password_reset') emit({ type: 'password.reset_requested', ...about })
  else if (kind === 'otp') emit({ type: 'sign_in.code_requested', ...about })
}

/** Whether the app's hook lets a mail be sent; a hook that fails has it tried again. */
async function isWanted(deps: DeliveryDeps, { hooks }: Services, about: MailHook): Promise<boolean> {
  return await step(deps, 'hook_failed', async () => {
    try {
      await hooks.before('beforeMail', about)
      return true
    } catch (error) {
      if (isCardeaError(error, 'forbidden')) return false
      throw error
    }
  })
}

async function textsOf<Kind extends MailKind>(
  deps: DeliveryDeps,
  { collections }: Services,
  { kind, collection }: MailJob<Kind>,
  { principalId, name, data }: PreparedMail<Kind>,
): Promise<MailTexts> {
  const { options, appName } = deps
  const locale = await step(deps, 'locale_failed', () => options.locale?.({ collection, principalId, kind }))
  const { all, of } = collections.current.settings
  const template: MailTemplate<Kind> = templateOf(
    kind,
    // As settings go: what is said of the collection comes first, and what was stored over what code says in the same place.
    storedTemplates(of.get(collection)?.mailTemplates),
    collectionOptions(options, collection)?.templates,
    storedTemplates(all.mailTemplates),
    options.templates,
  )
  const told: MailData<Kind> = { ...data, appName, collection, locale, name }
  return await step(deps, 'template_failed', async () => {
    const texts: unknown = await template(told)
    if (!areTexts(texts)) throw new MailStepError({ code: 'template_failed:not_texts', permanent: false })
    return texts
  })
}

/** A collection that was defined at run time may have any name, also that of what every object has. */
const collectionOptions = ({ collections = {} }: MailOptions, name: string) =>
  Object.hasOwn(collections, name) ? collections[name] : undefined

async function step<Result>(
  { timers, timeoutMilliseconds }: DeliveryDeps,
  name: string,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await withinTime(timers, timeoutMilliseconds, name, work)
  } catch (error) {
    throw new MailStepError(failureOf(name, error), error)
  }
}

function areTexts(value: unknown): value is MailTexts {
  if (typeof value !== 'object' || value === null) return false
  const { subject, text, html } = value as Partial<Record<keyof MailTexts, unknown>>
  return typeof subject === 'string' && typeof text === 'string' && (typeof html === 'string' || SafeHtml.is(html))
}
