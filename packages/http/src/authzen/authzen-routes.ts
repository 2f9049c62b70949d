import { lazy } from '@cardea/core'
import { constantTimeEqual, sha256 } from '@cardea/core/crypto'
import { authzenRoutes as contracts } from '../contract/routes/authzen.js'
import { readBearer } from '../credentials/bearer.js'
import type { ReadHeaders } from '../credentials/headers.js'
import type { Route } from '../routes/route.js'
import type { AuthzenOptions } from './options.js'

type Name = keyof typeof contracts

/** The routes of AuthZEN, as far as the options have what it takes to answer them. */
export function authzenRoutes(options: AuthzenOptions): readonly Route[] {
  const loaded = lazy(async () => (await import('./later.js')).createAuthzen(options))
  const admits = admitting(options.bearerTokens ?? [])
  const isSearchable = Object.values(options.resources ?? {}).some(({ search }) => search !== undefined)
  // The keys of a literal are those of its type.
  const names = (Object.keys(contracts) as Name[]).filter((name) => name !== 'searchResources' || isSearchable)
  return names.map((name): Route => {
    const contract = contracts[name]
    const load = async () => (await loaded())[name]
    if (contract.access === 'public') return { contract, load }
    const { permission = contract.access.permission } = options
    return { contract: { ...contract, access: { permission } }, load, ...(admits === undefined ? {} : { admits }) }
  })
}

/** Whether a request brings one of the secrets; undefined where there is none. */
function admitting(tokens: readonly string[]): ((headers: ReadHeaders) => boolean) | undefined {
  if (tokens.length === 0) return undefined
  const digests = tokens.map((token) => sha256(token))
  return (headers) => {
    const token = readBearer(headers.get('authorization'))
    if (typeof token !== 'string') return false
    const digest = sha256(token)
    // All are compared, so that the time does not tell which it was.
    return digests.filter((known) => constantTimeEqual(known, digest)).length > 0
  }
}
