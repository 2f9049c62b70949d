/**
 * Remembers values by tenant and principal, as RecentMap does by one key: at most `maximum` for all tenants together, and
 * always the half of as many that were used last.
 *
 * Maps within maps rather than a key made of both texts: either may hold any character, so no separator keeps them apart.
 */
export class RecentByTenant<Value extends NonNullable<unknown>> {
  readonly #generation: number
  #young = new ByTenant<Value>()
  #old = new ByTenant<Value>()

  /** @param maximum A whole number from 2. */
  constructor(maximum: number) {
    this.#generation = Math.max(1, Math.floor(maximum / 2))
  }

  get(tenant: string, principalId: string): Value | undefined {
    const young = this.#young.get(tenant, principalId)
    if (young !== undefined) return young
    const old = this.#old.get(tenant, principalId)
    if (old !== undefined) this.set(tenant, principalId, old)
    return old
  }

  set(tenant: string, principalId: string, value: Value): void {
    this.#young.set(tenant, principalId, value)
    if (this.#young.size < this.#generation) return
    this.#old = this.#young
    this.#young = new ByTenant()
  }

  /** Drops all of a tenant. */
  forget(tenant: string): void {
    this.#young.forget(tenant)
    this.#old.forget(tenant)
  }
}

/**
 * Remembers one value for each tenant, as RecentMap does, and tells what it drops: what was made from it would keep it in
 * memory.
 */
export class RecentTenants<Value extends NonNullable<unknown>> {
  readonly #generation: number
  readonly #dropped: (tenant: string) => void
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** @param maximum A whole number from 2. */
  constructor(maximum: number, dropped: (tenant: string) => void) {
    this.#generation = Math.max(1, Math.floor(maximum / 2))
    this.#dropped = dropped
  }

  get(tenant: string): Value | undefined {
    const young = this.#young.get(tenant)
    if (young !== undefined) return young
    const old = this.#old.get(tenant)
    if (old !== undefined) this.set(tenant, old)
    return old
  }

  set(tenant: string, value: Value): void {
    this.#young.set(tenant, value)
    if (this.#young.size < this.#generation) return
    for (const each of this.#old.keys()) if (!this.#young.has(each)) this.#dropped(each)
    this.#old = this.#young
    this.#young = new Map()
  }
}

/** A map by tenant and principal. */
export class ByTenant<Value extends NonNullable<unknown>> {
  /** Apart, since most questions are asked for no tenant. */
  readonly #everywhere = new Map<string, Value>()
  readonly #tenants = new Map<string, Map<string, Value>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(tenant: string, principalId: string): Value | undefined {
    return this.#of(tenant)?.get(principalId)
  }

  set(tenant: string, principalId: string, value: Value): void {
    let values = this.#of(tenant)
    if (values === undefined) {
      values = new Map()
      this.#tenants.set(tenant, values)
    }
    const before = values.size
    values.set(principalId, value)
    this.#size += values.size - before
  }

  delete(tenant: string, principalId: string): void {
    const values = this.#of(tenant)
    if (values === undefined || !values.delete(principalId)) return
    this.#size -= 1
    if (tenant !== '' && values.size === 0) this.#tenants.delete(tenant)
  }

  forget(tenant: string): void {
    const values = this.#of(tenant)
    if (values === undefined) return
    this.#size -= values.size
    values.clear()
    this.#tenants.delete(tenant)
  }

  #of(tenant: string): Map<string, Value> | undefined {
    return tenant === '' ? this.#everywhere : this.#tenants.get(tenant)
  }
}
