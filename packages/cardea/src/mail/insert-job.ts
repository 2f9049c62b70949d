import type { CreateId } from '@cardea/core/crypto'
import { type RandomBytes, type SealContext, seal } from '@cardea/core/crypto'
import { outbox, type StorageOperations } from '@cardea/storage'
import type { RequestContext, RequestInfo } from '../audit/request-context.js'
import type { NewMailJob } from './mail.js'

/** What writing a job takes. */
export interface EnqueueDeps {
  readonly context: RequestContext
  readonly keyring: SealContext['keyring']
  readonly random: RandomBytes
  readonly createId: CreateId
  readonly clock: () => number
}

/** Under what a job's payload is sealed. */
export const sealing = ({ keyring }: Pick<EnqueueDeps, 'keyring'>, id: string): SealContext => ({
  keyring,
  purpose: 'outbox-encryption',
  owner: id,
})

/** Writes a job that is due at once, by one insert. */
export async function insertJob(deps: EnqueueDeps, operations: StorageOperations, job: NewMailJob): Promise<void> {
  const { kind, collection, recipient, flowId = '', payload } = job
  const id = deps.createId()
  const now = deps.clock()
  const kept = { ...payload, ...requestOf(deps.context.current()) }
  await operations.insert(outbox, {
    id,
    kind,
    collection,
    recipient,
    flow_id: flowId,
    payload: Object.keys(kept).length === 0 ? null : seal(sealing(deps, id), deps.random, JSON.stringify(kept)),
    due_at: now,
    created_at: now,
  })
}

/** Where the request that asked for a job stands in its payload, for events about it. */
export const requestKey = '$request'

/** Not who asked: a mail can be asked for by anybody, and is not what that one does to an account. */
const requestOf = (info: RequestInfo | undefined): object =>
  info === undefined
    ? {}
    : { [requestKey]: { ip: info.ip, userAgent: info.userAgent?.slice(0, 512), requestId: info.requestId } }
