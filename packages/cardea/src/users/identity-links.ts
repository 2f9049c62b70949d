import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import {
  countIdentitiesOf,
  findIdentity,
  type IdentityFilter,
  type IdentityLink,
  listIdentitiesOf,
} from '@cardea/identity/later'
import { invalidInput } from '../accounts/invalid-input.js'
import { unlink } from '../accounts/oauth/connections.js'
import { askedBy } from '../administration/asked-by.js'
import type { AskedBy, IdentityLinkView } from '../api/users.js'
import { assertWhole } from '../records/parse-list.js'
import type { Services } from '../services/services.js'
import { actWithin, admit, requireCovers, requireInPerson } from './actor.js'
import { vouching } from './permission.js'

/** One more than a page has, which tells whether there is another. */
const mostLinks = 1_001
const defaultLimit = 100

export async function listIdentityLinks(
  { storage }: Services,
  collection: AuthCollection,
  query: IdentityFilter & {
    readonly limit?: number | undefined
    readonly offset?: number | undefined
    readonly after?: string | undefined
  },
): Promise<readonly IdentityLinkView[]> {
  const { limit = defaultLimit, offset = 0, after } = query
  assertWhole('limit', limit, 1, mostLinks)
  assertWhole('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  if (after !== undefined) assertStorable('after', after)
  const links = await listIdentitiesOf(storage, collection.name, { ...checked(query), limit, offset, after })
  return links.map(viewIdentityLink)
}

export async function countIdentityLinks(
  { storage }: Services,
  collection: AuthCollection,
  query: IdentityFilter,
): Promise<number> {
  return await countIdentitiesOf(storage, collection.name, checked(query))
}

/** Takes a link from its owner, unless nothing else would sign the owner in. */
export async function removeIdentityLink(
  services: Services,
  collection: AuthCollection,
  id: string,
  { by: caller }: AskedBy,
): Promise<void> {
  const by = await admit(services, caller)
  const principalId = await services.storage.transaction(async (transaction) => {
    // Rights are counted under it, and locked before any principal.
    await services.policy.lock(transaction)
    const link = await findIdentity(transaction, id)
    if (link?.collection !== collection.name) throw new CardeaError('not_found', 'There is no such connection.')
    if (by !== undefined) {
      const acting = await actWithin(services, transaction, by, vouching)
      requireInPerson(services, acting, link.principalId)
      await requireCovers(services, transaction, acting, link.principalId)
    }
    await unlink(services, transaction, { collection, principalId: link.principalId }, id)
    return link.principalId
  })
  const about = { at: services.clock(), collection: collection.name, principalId }
  services.emit({ type: 'identity.unlinked', ...about, ...askedBy(by, principalId) })
}

/** Without the provider's tokens, which are not even decrypted. */
export const viewIdentityLink = (link: IdentityLink): IdentityLinkView => ({
  id: link.id,
  principalId: link.principalId,
  provider: link.provider,
  subject: link.subject,
  email: link.email,
  createdAt: link.createdAt,
  updatedAt: link.updatedAt,
})

function checked({ principalId, provider }: IdentityFilter): IdentityFilter {
  if (principalId !== undefined) assertStorable('user_id', principalId)
  if (provider !== undefined) assertStorable('provider', provider)
  return { principalId, provider }
}

/** What no column holds: storage takes asking for it for a mistake of the program. */
function assertStorable(path: string, value: string): void {
  if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return
  throw invalidInput([{ path, code: 'invalid_format', message: 'must be well-formed text without NUL' }])
}
