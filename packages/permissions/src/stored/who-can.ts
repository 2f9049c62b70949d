import { CardeaError } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { CompiledPolicy } from '../engine/compile-policy.js'
import { checkTenant } from './assignment-scope.js'
import { readPolicyVersion } from './policy-row.js'
import { type CandidateSource, createCandidates } from './who-can-candidates.js'
import { type PrincipalWith, readHolders } from './who-can-holders.js'

/** What to look for, and where to go on. */
export interface WhoCanOptions {
  /** The tenant to answer for: its assignments count besides the global ones. Default: none. */
  readonly tenant?: string | undefined
  /** For this object. Default: for any, and then the answers tell whether it depends on the object. */
  readonly object?: object | null | undefined
  /** The `cursor` of the page before. Default: the first page. */
  readonly cursor?: string | undefined
  /** How many principals at most, from 1 to 1,000. Default: 50. */
  readonly limit?: number | undefined
}

/** A part of the principals that have a permission, in the order of their ids. */
export interface WhoCanPage {
  readonly principals: readonly PrincipalWith[]
  /** Where to go on; null at the end. There may be more although the page is not full, or empty. */
  readonly cursor: string | null
}

export interface WhoCanDeps {
  readonly operations: StorageOperations
  readonly now: () => number
  /**
   * The policy that counts in a tenant (empty for none), at the version that the database has now; undefined when that changes
   * while it is read.
   */
  readonly policy: (
    tenant: string,
  ) => Promise<{ readonly version: number; readonly compiled: CompiledPolicy } | undefined>
}

const defaultLimit = 50
const maximumLimit = 1_000
const maximumTries = 3

/** How much one call looks at: it answers with what it has then. */
const maximumBatches = 5
const maximumBatch = 200
const minimumBatch = 50

/**
 * Finds the active principals that have a permission, a page at a time.
 *
 * Principals that hold a role that gives the permission are asked one by one, with all that they hold: denies, expiry,
 * scopes, tenants and separation of duty count. Of conditions, references to the principal know its id alone.
 *
 * @param permission One that does not exist is had by nobody.
 * @throws CardeaError `invalid_request` for a tenant, limit or cursor that is none, `unavailable` when the policy changed
 * during each of three tries.
 */
export async function whoCan(deps: WhoCanDeps, permission: string, options: WhoCanOptions = {}): Promise<WhoCanPage> {
  const { object, cursor, limit = defaultLimit } = options
  const tenant = checkTenant(options.tenant ?? '')
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maximumLimit) {
    throw invalid('limit', `must be a whole number from 1 to ${maximumLimit}`)
  }
  // No id is longer, and a text column takes less than any string.
  if (cursor !== undefined && !/^[\x20-\x7e]{1,36}$/.test(cursor))
    throw invalid('cursor', 'must be one of a page before')
  for (let tries = 0; tries < maximumTries; tries += 1) {
    const policy = await deps.policy(tenant)
    if (policy === undefined) continue
    const { version, compiled } = policy
    const question = { permission, object: object ?? undefined, tenant, now: deps.now() }
    const candidates = createCandidates(deps.operations, {
      roleIds: compiled.rolesWith(permission).map(({ roleId }) => roleId),
      tenants: tenant === '' ? [''] : ['', tenant],
      after: cursor,
    })
    const page = await readPage(candidates, limit, (ids) => readHolders(deps.operations, compiled, question, ids))
    // A policy that was in force before and after was so in between: it is never mixed with assignments of another.
    if ((await readPolicyVersion(deps.operations)) === version) return page
  }
  throw new CardeaError('unavailable', 'permissions: the policy keeps changing while it is read', {
    retryAfterSeconds: 1,
  })
}

async function readPage(
  candidates: CandidateSource,
  limit: number,
  holdersAmong: (ids: readonly string[]) => Promise<readonly PrincipalWith[]>,
): Promise<WhoCanPage> {
  const size = Math.min(maximumBatch, Math.max(minimumBatch, limit))
  const principals: PrincipalWith[] = []
  for (let batch = 1; ; batch += 1) {
    const { ids, position } = await candidates.read(size)
    for (const holder of ids.length === 0 ? [] : await holdersAmong(ids)) {
      const last = principals.at(-1)
      if (principals.length === limit && last !== undefined) return { principals, cursor: last.principalId }
      principals.push(holder)
    }
    if (position === null || principals.length === limit || batch === maximumBatches) {
      return { principals, cursor: position }
    }
  }
}

function invalid(path: string, message: string): CardeaError {
  return new CardeaError('invalid_request', `${path} ${message}`, { issues: [{ path, code: 'invalid', message }] })
}
