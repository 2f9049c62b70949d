import { CardeaError, eq, param, RecentMap } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import type { Assignment } from '../engine/policy-snapshot.js'
import type { Subject } from '../engine/subject.js'
import type { LoadedPolicy, PolicyCache } from './policy-cache.js'
import { coversVersions, readVersions, type SeenVersions, sameVersions } from './versions.js'

/** A principal's assignments as of one version of them. */
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

const assignmentsQuery = { where: eq('principal_id', param('id')), limit: 'all' } as const

/**
 * Answers who may do what, from memory where the versions that the request saw match, else from storage.
 *
 * Only compiled subjects are kept, never decisions.
 */
export class Subjects<P extends string> {
  readonly #deps: SubjectsDeps<P>
  readonly #assignments: RecentMap<string, KnownAssignments>
  readonly #loads = new Map<string, Promise<Outcome<P>>>()

  constructor(deps: SubjectsDeps<P>) {
    this.#deps = deps
    this.#assignments = new RecentMap(deps.maximum)
  }

  get(principalId: string, seen: SeenVersions | undefined): Promise<Subject<P>> {
    return (seen === undefined ? undefined : this.#cached(principalId, seen)) ?? this.#resolve(principalId, seen)
  }

  #cached(principalId: string, versions: SeenVersions): Promise<Subject<P>> | undefined {
    const policy = this.#deps.policies.current
    if (policy === undefined || policy.version !== versions.policyVersion) return undefined
    const known = policy.subjects.get(principalId)
    if (known === undefined || known.authzVersion !== versions.authzVersion) return undefined
    const { validUntil } = known.subject
    return validUntil === null || this.#deps.now() < validUntil ? known.answer : undefined
  }

  async #resolve(principalId: string, seen: SeenVersions | undefined): Promise<Subject<P>> {
    // Read now rather than shared with a load under way, so that a change that was answered before is always seen.
    const versions = seen ?? (await readVersions(this.#deps.operations, principalId))
    if (versions === undefined) return await this.#nobody(principalId)
    for (let tries = 0; tries < maximumTries; tries += 1) {
      const cached = this.#cached(principalId, versions)
      if (cached !== undefined) return await cached
      const outcome = await (this.#loads.get(principalId) ?? this.#begin(principalId, versions))
      // A load that somebody else began may be older than what this request saw; then another one follows.
      if (coversVersions(outcome.versions, versions)) return outcome.subject
    }
    throw restless()
  }

  /** One load per principal at a time. */
  #begin(principalId: string, versions: SeenVersions): Promise<Outcome<P>> {
    const load = this.#load(principalId, versions).finally(() => this.#loads.delete(principalId))
    this.#loads.set(principalId, load)
    return load
  }

  /**
   * Puts assignments and policy together that were true at one instant: both versions, then the rows, then both versions
   * again. Mixing an old policy with new assignments could give what nobody ever granted.
   */
  async #load(principalId: string, seen: SeenVersions): Promise<Outcome<P>> {
    const { operations, policies } = this.#deps
    let versions = seen
    for (let tries = 0; tries < maximumTries; tries += 1) {
      // The request's own versions may be behind by now; those read since then are not.
      const policy = await policies.at(versions.policyVersion, { mayBeOlder: versions === seen })
      if (policy.version === versions.policyVersion) {
        const known = this.#assignments.get(principalId)
        if (known?.authzVersion === versions.authzVersion) return this.#keep(principalId, policy, known, versions)
        const assignments = await readAssignments(operations, principalId)
        const after = await readVersions(operations, principalId)
        if (after === undefined) return { versions: seen, subject: await this.#nobody(principalId) }
        if (sameVersions(after, versions)) {
          return this.#keep(principalId, policy, { authzVersion: versions.authzVersion, assignments }, versions)
        }
        versions = after
      } else {
        const after = await readVersions(operations, principalId)
        if (after === undefined) return { versions: seen, subject: await this.#nobody(principalId) }
        versions = after
      }
    }
    throw restless()
  }

  #keep(principalId: string, policy: LoadedPolicy<P>, known: KnownAssignments, versions: SeenVersions): Outcome<P> {
    const { authzVersion, assignments } = known
    const subject = policy.compiled.subject({ id: principalId, assignments, now: this.#deps.now() })
    this.#assignments.set(principalId, known)
    policy.subjects.set(principalId, { authzVersion, subject, answer: Promise.resolve(subject) })
    return { versions, subject }
  }

  /** A principal that does not exist may nothing, and is not remembered. */
  async #nobody(principalId: string): Promise<Subject<P>> {
    const policy = await this.#deps.policies.latest()
    return policy.compiled.subject({ id: principalId, assignments: [], now: this.#deps.now() })
  }
}

async function readAssignments(operations: StorageOperations, principalId: string): Promise<readonly Assignment[]> {
  const rows = await operations.find(roleAssignments, assignmentsQuery, { id: principalId })
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
