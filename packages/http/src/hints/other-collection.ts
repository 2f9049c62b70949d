import type { SessionCookies } from '../credentials/cookies.js'
import type { ReadHeaders } from '../credentials/headers.js'
import { type Accepted, authenticate } from '../guard/authenticate.js'
import type { Instance } from '../guard/instance.js'

const told = new WeakSet<object>()

/** Warns in the log, once for each instance, of a credential that is good and of a collection that is not let in. */
export async function tellOtherCollection(
  {
    auth,
    cookies,
  }: { readonly auth: Pick<Instance, 'config' | 'collectionNames' | 'verify'>; readonly cookies: SessionCookies },
  headers: ReadHeaders,
  { collections }: Accepted,
): Promise<void> {
  const { config } = auth
  if (told.has(config)) return
  const anybody = { collections: auth.collectionNames() }
  // Wrong keys were counted when the request was refused.
  const found = await authenticate({ auth, cookies, wrongKeys: undefined }, headers, anybody, () => null)
  if (!found.authenticated || collections.includes(found.authentication.collection) || told.has(config)) return
  told.add(config)
  const { collection } = found.authentication
  config.logger.warn(
    `A request was refused (401) where only principals of ${collections.join(', ')} are let in: its credential is good, but of ${collection}. If those are to be let in, name the collection in the guard: { collections: ['${[...collections, collection].join("', '")}'] }. This is told once.`,
  )
}
