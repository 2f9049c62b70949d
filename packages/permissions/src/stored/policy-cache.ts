import { CardeaError, isCardeaError, lazy, RecentMap } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import type { CompiledPolicy } from '../engine/compile-policy.js'
import type { RoleSnapshot } from '../engine/policy-snapshot.js'
import type { Subject } from '../engine/subject.js'
import type { PolicyLogger, StoredPolicyDeps } from './context.js'
import { loadPolicy, loadTenant, type StoredSnapshot, type TenantSnapshot } from './load-policy.js'
import { readPolicyVersion } from './policy-row.js'
import { RecentByTenant, RecentTenants } from './recent-by-tenant.js'

// A process that answers nobody yet needs none.
const loadEngine = lazy(() => import('../engine/compile-policy.js'))

/** A subject at one version of its assignments, under the policy that keeps it. */
export interface KnownSubject<P extends string> {
  readonly authzVersion: number
  readonly subject: Subject<P>
  /** The subject as the promise that callers get, made once. */
  readonly answer: Promise<Subject<P>>
}

/** What counts for the subjects of one tenant, or of none. */
export interface PolicyInForce<P extends string> {
  readonly compiled: CompiledPolicy<P>
  /** The global roles and those of the tenant, by id. */
  readonly roles: ReadonlyMap<string, RoleSnapshot>
}

/** A policy at one version. It is swapped as a whole, with the subjects made from it, so that none outlives it. */
export interface LoadedPolicy<P extends string> extends PolicyInForce<P> {
  readonly version: number
  readonly snapshot: StoredSnapshot
  readonly subjects: RecentByTenant<KnownSubject<P>>
  /** The policies of tenants that have roles of their own. For those that have none, it is this one. */
  readonly tenants: RecentTenants<PolicyInForce<P>>
}

export interface PolicyCacheDeps<P extends string>
  extends Pick<StoredPolicyDeps<P>, 'catalogue' | 'roles' | 'idFields'> {
  readonly operations: StorageOperations
  readonly logger: PolicyLogger | undefined
  /** How many subjects are kept. */
  readonly maximum: number
  /** How many tenants' roles are kept. */
  readonly maximumTenants: number
}

const maximumTries = 3

/**
 * How many permissions and roles the policies of tenants hold together: each takes about 140 bytes, so this is 63 MB. What is
 * dropped for it is compiled again from what was read: 18 ms for 1,000 roles and 5,000 permissions, 0.1 ms for 3 and 72.
 */
const maximumEntries = 450_000

/** Holds the compiled policy and loads it anew when it is asked for another version. */
export class PolicyCache<P extends string> {
  readonly #deps: PolicyCacheDeps<P>
  /** What is known of tenants' roles, perhaps of an earlier version: those that did not change are not read again. */
  #tenants: RecentMap<string, TenantSnapshot>
  readonly #tenantLoads = new Map<string, Promise<PolicyInForce<P> | undefined>>()
  #current: LoadedPolicy<P> | undefined
  #load: Promise<LoadedPolicy<P>> | undefined

  constructor(deps: PolicyCacheDeps<P>) {
    this.#deps = deps
    this.#tenants = new RecentMap(deps.maximumTenants)
  }

  get current(): LoadedPolicy<P> | undefined {
    return this.#current
  }

  /**
   * The policy at a version, or at a newer one if it changed meanwhile; the caller compares.
   *
   * @param options.mayBeOlder Whether the wanted version may be behind the database, so that a newer policy in memory is no
   * reason to load.
   */
  async at(version: number, options: { readonly mayBeOlder: boolean }): Promise<LoadedPolicy<P>> {
    const current = this.#current
    if (current !== undefined) {
      if (current.version === version || (options.mayBeOlder && current.version > version)) return current
    }
    // One load at a time; whoever needs a newer version than it brings asks again.
    this.#load ??= this.#read(version).finally(() => {
      this.#load = undefined
    })
    return await this.#load
  }

  /** The policy at the version that the database has now. */
  async latest(): Promise<LoadedPolicy<P>> {
    return await this.at(await readPolicyVersion(this.#deps.operations), { mayBeOlder: false })
  }

  /**
   * What counts for a tenant under a policy.
   *
   * @param tenant Empty for none.
   * @returns Undefined when the database has another policy by now.
   */
  async inTenant(policy: LoadedPolicy<P>, tenant: string): Promise<PolicyInForce<P> | undefined> {
    let known = this.#knownIn(policy, tenant)
    let loading = this.#tenantLoads.get(tenant)
    // A load that somebody else began may be for another policy; then another one follows, one at a time.
    while (known === undefined && loading !== undefined) {
      await loading.catch(() => undefined)
      known = this.#knownIn(policy, tenant)
      loading = this.#tenantLoads.get(tenant)
    }
    return known ?? (await this.#beginTenant(policy, tenant))
  }

  #knownIn(policy: LoadedPolicy<P>, tenant: string): PolicyInForce<P> | undefined {
    if (tenant === '') return policy
    const own = this.#tenants.get(tenant)
    return own?.version === policy.version && own.roles.size === 0 ? policy : policy.tenants.get(tenant)
  }

  /**
   * What counts for a tenant now, and the version that it is true for.
   *
   * @param tenant Empty for none.
   * @throws CardeaError `unavailable` when the policy changed during each of three tries to read it.
   */
  async latestIn(tenant: string): Promise<PolicyInForce<P> & { readonly version: number }> {
    for (let tries = 0; tries < maximumTries; tries += 1) {
      const policy = await this.latest()
      const found = await this.inTenant(policy, tenant)
      if (found !== undefined) return { compiled: found.compiled, roles: found.roles, version: policy.version }
    }
    throw restless()
  }

  /** Takes over what another cache has loaded, but none of its subjects, nor anything of tenants. */
  adopt(other: PolicyCache<P>): void {
    const policy = other.current
    if (policy !== undefined) this.#current = { ...policy, ...this.#memory(policy.compiled, policy.roles) }
  }

  async #read(version: number): Promise<LoadedPolicy<P>> {
    const { operations, catalogue } = this.#deps
    const snapshot = await loadPolicy(operations, catalogue, version, this.#current?.snapshot)
    // A version that went back is another history: nothing known of it counts.
    if (snapshot.version < (this.#current?.version ?? 0)) this.#tenants = new RecentMap(this.#deps.maximumTenants)
    const { roles } = snapshot
    const compiled = await this.#compile(snapshot, roles)
    const loaded = { version: snapshot.version, snapshot, roles, compiled, ...this.#memory(compiled, roles) }
    this.#current = loaded
    return loaded
  }

  /** One load per tenant at a time. */
  async #beginTenant(policy: LoadedPolicy<P>, tenant: string): Promise<PolicyInForce<P> | undefined> {
    const load = this.#readTenant(policy, tenant).finally(() => {
      if (this.#tenantLoads.get(tenant) === load) this.#tenantLoads.delete(tenant)
    })
    this.#tenantLoads.set(tenant, load)
    return await load
  }

  async #readTenant(policy: LoadedPolicy<P>, tenant: string): Promise<PolicyInForce<P> | undefined> {
    const { snapshot } = policy
    const known = this.#tenants.get(tenant)
    const isCurrent = known?.version === snapshot.version
    const own = isCurrent ? known : await loadTenant(this.#deps.operations, tenant, snapshot, known)
    if (own === undefined) return undefined
    this.#tenants.set(tenant, own)
    if (own.roles.size === 0) return policy
    const inForce = await this.#join(snapshot, own)
    policy.tenants.set(tenant, inForce)
    return inForce
  }

  async #join(snapshot: StoredSnapshot, own: TenantSnapshot): Promise<PolicyInForce<P>> {
    const roles = new Map([...snapshot.roles, ...own.roles])
    return { roles, compiled: await this.#compile(snapshot, roles) }
  }

  async #compile(
    { customPermissions }: StoredSnapshot,
    roles: ReadonlyMap<string, RoleSnapshot>,
  ): Promise<CompiledPolicy<P>> {
    const { compilePolicy } = await loadEngine()
    const { catalogue, idFields, logger } = this.#deps
    const { constraints } = this.#deps.roles
    try {
      return compilePolicy(
        {
          permissions: catalogue.permissions,
          customPermissions,
          roles: [...roles.values()],
          ...(constraints === undefined ? {} : { constraints }),
        },
        {
          ...(idFields === undefined ? {} : { idFields }),
          onUndeclared: (name) => {
            // The name comes from data, so it is told only where it can be nothing but a permission.
            const permission = isPermissionLabel(name) ? { permission: name } : {}
            logger?.warn('permissions: a permission that is not declared was asked for, and denied', permission)
          },
        },
      )
    } catch (error) {
      if (isCardeaError(error)) logger?.error(`permissions: the stored policy cannot be used: ${error.message}`)
      throw error
    }
  }

  #memory(
    { permissions }: CompiledPolicy<P>,
    roles: PolicyInForce<P>['roles'],
  ): Pick<LoadedPolicy<P>, 'subjects' | 'tenants'> {
    const { maximum, maximumTenants } = this.#deps
    const fitting = Math.max(2, Math.floor(maximumEntries / (permissions.length + roles.size + 1)))
    const subjects = new RecentByTenant<KnownSubject<P>>(maximum)
    const tenants = new RecentTenants<PolicyInForce<P>>(Math.min(maximumTenants, fitting), (tenant) =>
      subjects.forget(tenant),
    )
    return { subjects, tenants }
  }
}

const restless = (): CardeaError =>
  new CardeaError('unavailable', 'permissions: the policy keeps changing while it is read', { retryAfterSeconds: 1 })
