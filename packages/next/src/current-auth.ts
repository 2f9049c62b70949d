import type { Admitted, Guards, ReadHeaders, RequestGuardOptions, RequestHead } from '@cardea/http'
import type { NoRows } from 'cardea'
import { nobody, type RequestAuth } from './request-auth.js'

/** Who has sent the request that server components and actions run for. */
export interface CurrentAuths<Permission extends string, Rows> {
  readonly find: (options?: RequestGuardOptions) => Promise<RequestAuth<Permission, Rows> | undefined>
  readonly get: (options?: RequestGuardOptions) => Promise<RequestAuth<Permission, Rows>>
}

export function createCurrentAuths<Permission extends string, Rows>(
  guards: Guards<string, NoRows, string>,
  headOf: (request: RequestHead) => RequestHead,
): CurrentAuths<Permission, Rows> {
  // Next gives one object of headers for each request, whoever asks. React's `cache` would do for components alone, and not for actions.
  const found = new WeakMap<object, Map<string, Promise<Admitted | undefined>>>()
  const find = async (options: RequestGuardOptions = {}) => {
    // Loaded within Next alone: before it has started, its modules would take the wrong storage for what belongs to a request.
    const { headers } = await import('next/headers.js')
    const asked: ReadHeaders & object = await headers()
    const ofRequest = found.get(asked) ?? new Map<string, Promise<Admitted | undefined>>()
    found.set(asked, ofRequest)
    const { tenant, ...accepted } = options
    const { collections, credentials, ...unknown } = accepted
    // What is not known is refused below, also where the rest has been asked before.
    const key = JSON.stringify([collections, credentials, tenant, Object.keys(unknown)])
    const known = ofRequest.get(key)
    const admitted =
      known ??
      guards.optionalAuth<RequestGuardOptions, string>({ ...accepted, tenant: ({ tenant }) => tenant })(
        headOf({ headers: asked, method: methodOf(asked) }),
        options,
      )
    ofRequest.set(key, admitted)
    // Permissions and rows are for the compiler.
    return (await admitted) as RequestAuth<Permission, Rows> | undefined
  }
  return {
    find,
    async get(options) {
      const auth = await find(options)
      if (auth === undefined) throw nobody()
      return auth
    },
  }
}

/**
 * The method of a request, which Next does not tell here. What calls an action brings one of these headers: browsers send an Origin
 * with every POST, and none with a link that is followed. So actions are judged as unsafe, and pages as safe.
 */
function methodOf(headers: ReadHeaders): string {
  const acts = ['origin', 'next-action', 'content-type'].some((name) => headers.get(name) !== null)
  return acts ? 'POST' : 'GET'
}
