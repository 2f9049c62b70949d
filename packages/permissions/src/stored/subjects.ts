import { and, CardeaError, eq, oneOf, param } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import type { Assignment } from '../engine/policy-snapshot.js'
import type { Subject } from '../engine/subject.js'
import { checkTenant, refuseUnknown } from './assignment-scope.js'
import type { LoadedPolicy, PolicyCache, PolicyInForce } from './policy-cache.js'
import { ByTenant, RecentByTenant } from './recent-by-tenant.js'
import {
  coversVersions,
  type MinimumVersion,
  meetsMinimum,
  readVersions,
  type SeenVersions,
  sameVersions,
} from './versions.js'

/** Which subject of a principal is asked for. */
export interface SubjectOptions {
  /** The tenant to answer for. Default: none, so that what was given for a tenant counts for nothing. */
  readonly tenant?: string
  /** Labels or ids of roles: of those that are held, these alone are in force. Default: all. */
  readonly activeRoles?: readonly string[]
  /**
   * No answer is older than this, whatever the request saw: for whoever has just made a change and asks elsewhere, where
   * the versions that were seen may come from a replica.
   */
  readonly minVersion?: MinimumVersion
}

/** A principal's assignments for one tenant as of one version of them. */
interface KnownAssignments {
  readonly authzVersion: number
  readonly assignments: readonly Assignment[]
}

/** What a load found, and the versions that it is true for. */
interface Outcome<P extends string> {
  readonly versions: SeenVersions
  readonly subject: Subject<P>
}

export interface SubjectsDeps<P extends string> {
  readonly operations: StorageOperations
  readonly policies: PolicyCache<P>
  readonly now: () => number
  readonly maximum: number
}

const maximumTries = 3

/** Global assignments alone for no tenant: what a principal was given for others is no concern of it, and may be much. */
const globalQuery = { where: and(eq('principal_id', param('id')), eq('tenant', '')), limit: 'all' } as const
const tenantQuery = {
  where: and(eq('principal_id', param('id')), oneOf('tenant', ['', param('tenant')])),
  limit: 'all',
} as const

/**
 * Answers who may do what, from memory where the versions that the request saw match, else from storage.
 *
 * Only compiled subjects are kept, never decisions.
 */
export class Subjects<P extends string> {
  readonly #deps: SubjectsDeps<P>
  readonly #assignments: RecentByTenant<KnownAssignments>
  readonly #loads = new ByTenant<Promise<Outcome<P>>>()

  constructor(deps: SubjectsDeps<P>) {
    this.#deps = deps
    this.#assignments = new RecentByTenant(deps.maximum)
  }

  get(principalId: string, seen: SeenVersions | undefined, options?: SubjectOptions): Promise<Subject<P>> {
    if (options !== undefined) return this.#choose(principalId, seen, options)
    return this.#find(principalId, '', seen)
  }

  async #choose(principalId: string, seen: SeenVersions | undefined, options: SubjectOptions): Promise<Subject<P>> {
    refuseUnknown(options, ['tenant', 'activeRoles', 'minVersion'])
    const { tenant = '', activeRoles, minVersion } = options
    checkTenant(tenant)
    const trusted = seen !== undefined && meetsMinimum(seen, minVersion) ? seen : undefined
    const subject = await (trusted === undefined
      ? this.#resolve(principalId, tenant, undefined, minVersion)
      : this.#find(principalId, tenant, trusted))
    return activeRoles === undefined ? subject : subject.activate(activeRoles)
  }

  #find(principalId: string, tenant: string, seen: SeenVersions | undefined): Promise<Subject<P>> {
    const cached = seen === undefined ? undefined : this.#cached(principalId, tenant, seen)
    return cached ?? this.#resolve(principalId, tenant, seen)
  }

  #cached(principalId: string, tenant: string, versions: SeenVersions): Promise<Subject<P>> | undefined {
    const policy = this.#deps.policies.current
    if (policy === undefined || policy.version !== versions.policyVersion) return undefined
    const known = policy.subjects.get(tenant, principalId)
    if (known === undefined || known.authzVersion !== versions.authzVersion) return undefined
    const { validUntil } = known.subject
    return validUntil === null || this.#deps.now() < validUntil ? known.answer : undefined
  }

  async #resolve(
    principalId: string,
    tenant: string,
    seen: SeenVersions | undefined,
    minimum?: MinimumVersion,
  ): Promise<Subject<P>> {
    // Read now rather than shared with a load under way, so that a change that was answered before is always seen.
    const versions = seen ?? (await readVersions(this.#deps.operations, principalId))
    if (versions === undefined) return await this.#nobody(principalId, tenant)
    if (!meetsMinimum(versions, minimum)) throw behind()
    for (let tries = 0; tries < maximumTries; tries += 1) {
      const cached = this.#cached(principalId, tenant, versions)
      if (cached !== undefined) return await cached
      const outcome = await (this.#loads.get(tenant, principalId) ?? this.#begin(principalId, tenant, versions))
      // A load that somebody else began may be older than what this request saw; then another one follows.
      if (coversVersions(outcome.versions, versions)) return outcome.subject
    }
    throw restless()
  }

  /** One load per principal and tenant at a time. */
  #begin(principalId: string, tenant: string, versions: SeenVersions): Promise<Outcome<P>> {
    const load = this.#load(principalId, tenant, versions).finally(() => this.#loads.delete(tenant, principalId))
    this.#loads.set(tenant, principalId, load)
    return load
  }

  /**
   * Puts assignments and policy together that were true at one instant: both versions, then the rows, then both versions
   * again. Mixing an old policy with new assignments could give what nobody ever granted.
   */
  async #load(principalId: string, tenant: string, seen: SeenVersions): Promise<Outcome<P>> {
    const { operations, policies } = this.#deps
    let versions = seen
    for (let tries = 0; tries < maximumTries; tries += 1) {
      // The request's own versions may be behind by now; those read since then are not.
      const policy = await policies.at(versions.policyVersion, { mayBeOlder: versions === seen })
      const inForce = policy.version === versions.policyVersion ? await policies.inTenant(policy, tenant) : undefined
      if (inForce !== undefined) {
        const known = this.#assignments.get(tenant, principalId)
        if (known?.authzVersion === versions.authzVersion) {
          return this.#keep(principalId, tenant, { policy, inForce, known, versions })
        }
        const assignments = await readAssignments(operations, principalId, tenant)
        const after = await readVersions(operations, principalId)
        if (after === undefined) return { versions: seen, subject: await this.#nobody(principalId, tenant) }
        if (sameVersions(after, versions)) {
          const read = { authzVersion: versions.authzVersion, assignments }
          return this.#keep(principalId, tenant, { policy, inForce, known: read, versions })
        }
        versions = after
      } else {
        const after = await readVersions(operations, principalId)
        if (after === undefined) return { versions: seen, subject: await this.#nobody(principalId, tenant) }
        versions = after
      }
    }
    throw restless()
  }

  #keep(
    principalId: string,
    tenant: string,
    found: {
      readonly policy: LoadedPolicy<P>
      readonly inForce: PolicyInForce<P>
      readonly known: KnownAssignments
      readonly versions: SeenVersions
    },
  ): Outcome<P> {
    const { policy, inForce, known, versions } = found
    const { authzVersion, assignments } = known
    const subject = inForce.compiled.subject({ id: principalId, assignments, now: this.#deps.now(), tenant })
    this.#assignments.set(tenant, principalId, known)
    // A subject keeps its policy in memory, so it is not kept longer than that.
    if (inForce === policy || policy.tenants.get(tenant) === inForce) {
      policy.subjects.set(tenant, principalId, { authzVersion, subject, answer: Promise.resolve(subject) })
    }
    return { versions, subject }
  }

  /** A principal that does not exist may nothing, and is not remembered. */
  async #nobody(principalId: string, tenant: string): Promise<Subject<P>> {
    const policy = await this.#deps.policies.latest()
    return policy.compiled.subject({ id: principalId, assignments: [], now: this.#deps.now(), tenant })
  }
}

async function readAssignments(
  operations: StorageOperations,
  principalId: string,
  tenant: string,
): Promise<readonly Assignment[]> {
  const rows =
    tenant === ''
      ? await operations.find(roleAssignments, globalQuery, { id: principalId })
      : await operations.find(roleAssignments, tenantQuery, { id: principalId, tenant })
  return rows.map((row) => ({
    roleId: row.role_id,
    expiresAt: row.expires_at,
    tenant: row.tenant,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
  }))
}

const restless = (): CardeaError =>
  new CardeaError('unavailable', 'permissions: roles keep changing while they are read', { retryAfterSeconds: 1 })

const behind = (): CardeaError =>
  new CardeaError('unavailable', 'permissions: the database is behind what was asked for', { retryAfterSeconds: 1 })
