import type { ReadHeaders } from '../credentials/headers.js'
import type { Accepted, authenticate, Gate } from '../guard/authenticate.js'
import type { Instance } from '../guard/instance.js'

const told = new WeakSet<object>()

/**
 * Warns in the log, once for each instance, of a credential that is good and of a collection that is not let in.
 *
 * @param identify What was asked before; handed over, so that this loads nothing of what is loaded already.
 */
export async function tellOtherCollection(
  { auth, cookies }: Pick<Gate, 'cookies'> & { readonly auth: Instance },
  headers: ReadHeaders,
  { collections }: Accepted,
  identify: typeof authenticate,
): Promise<void> {
  const { config } = auth
  const others = auth.collectionNames().filter((name) => !collections.includes(name))
  if (others.length === 0 || told.has(config)) return
  // Wrong keys were counted when the request was refused.
  const gate = { auth, cookies, wrongKeys: undefined }
  const found = await identify(gate, headers, { collections: others }, () => null)
  if (!found.authenticated || told.has(config)) return
  told.add(config)
  const { collection } = found.authentication
  config.logger.warn(
    `A request was refused (401) where only principals of ${collections.join(', ')} are let in: its credential is good, but of ${collection}. If those are to be let in, name the collection in the guard: { collections: ['${[...collections, collection].join("', '")}'] }. This is told once.`,
  )
}
