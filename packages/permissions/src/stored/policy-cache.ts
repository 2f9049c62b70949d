import { isCardeaError, lazy, RecentMap } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Catalogue } from '../catalogue/define-permissions.js'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import type { CompiledPolicy } from '../engine/compile-policy.js'
import type { Subject } from '../engine/subject.js'
import type { PolicyLogger } from './context.js'
import { loadPolicy, type StoredSnapshot } from './load-policy.js'
import { readPolicyVersion } from './policy-row.js'

// A process that answers nobody yet needs none.
const loadEngine = lazy(() => import('../engine/compile-policy.js'))

/** A subject at one version of its assignments, under the policy that keeps it. */
export interface KnownSubject<P extends string> {
  readonly authzVersion: number
  readonly subject: Subject<P>
  /** The subject as the promise that callers get, made once. */
  readonly answer: Promise<Subject<P>>
}

/** A policy at one version. It is swapped as a whole, with the subjects made from it, so that none outlives it. */
export interface LoadedPolicy<P extends string> {
  readonly version: number
  readonly snapshot: StoredSnapshot
  readonly compiled: CompiledPolicy<P>
  readonly subjects: RecentMap<string, KnownSubject<P>>
}

export interface PolicyCacheDeps<P extends string> {
  readonly operations: StorageOperations
  readonly catalogue: Catalogue<P>
  readonly logger: PolicyLogger | undefined
  readonly maximum: number
}

/** Holds the compiled policy and loads it anew when it is asked for another version. */
export class PolicyCache<P extends string> {
  readonly #deps: PolicyCacheDeps<P>
  #current: LoadedPolicy<P> | undefined
  #load: Promise<LoadedPolicy<P>> | undefined

  constructor(deps: PolicyCacheDeps<P>) {
    this.#deps = deps
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

  /** Takes over what another cache has loaded, but none of its subjects. */
  adopt(other: PolicyCache<P>): void {
    const policy = other.current
    if (policy !== undefined) this.#current = { ...policy, subjects: this.#newSubjects() }
  }

  async #read(version: number): Promise<LoadedPolicy<P>> {
    const { operations, catalogue } = this.#deps
    const snapshot = await loadPolicy(operations, catalogue, version, this.#current?.snapshot)
    const loaded = {
      version: snapshot.version,
      snapshot,
      compiled: await this.#compile(snapshot),
      subjects: this.#newSubjects(),
    }
    this.#current = loaded
    return loaded
  }

  async #compile({ customPermissions, roles }: StoredSnapshot): Promise<CompiledPolicy<P>> {
    const { compilePolicy } = await loadEngine()
    const { catalogue, logger } = this.#deps
    try {
      return compilePolicy(
        { permissions: catalogue.permissions, customPermissions, roles: [...roles.values()] },
        {
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

  #newSubjects(): RecentMap<string, KnownSubject<P>> {
    return new RecentMap(this.#deps.maximum)
  }
}
