import { describe, expect, it } from 'vitest'
import { ByTenant, RecentByTenant, RecentTenants } from './recent-by-tenant.js'

describe('RecentByTenant', () => {
  it('keeps the half of as many that were used last, of all tenants together', () => {
    const recent = new RecentByTenant<number>(8)
    for (let n = 0; n < 20; n += 1) recent.set(`t${n % 3}`, `p${n}`, n)
    const kept = Array.from({ length: 20 }, (_, n) => recent.get(`t${n % 3}`, `p${n}`)).filter((n) => n !== undefined)
    expect(kept.length).toBeLessThanOrEqual(8)
    expect(kept.slice(-4)).toEqual([16, 17, 18, 19])
  })

  it('keeps what is asked for again and again', () => {
    const recent = new RecentByTenant<number>(4)
    recent.set('', 'ann', 1)
    for (let n = 0; n < 50; n += 1) {
      recent.set('acme', `p${n}`, n)
      expect(recent.get('', 'ann')).toBe(1)
    }
  })

  it('drops all of one tenant, and counts them no more', () => {
    const recent = new RecentByTenant<number>(100)
    for (let n = 0; n < 60; n += 1) recent.set(n % 2 === 0 ? 'a' : 'b', `p${n}`, n)
    recent.forget('a')
    expect([recent.get('a', 'p58'), recent.get('a', 'p0'), recent.get('b', 'p59')]).toEqual([undefined, undefined, 59])
    const map = new ByTenant<number>()
    map.set('a', 'p', 1)
    map.set('a', 'p', 2)
    map.set('', 'p', 3)
    expect(map.size).toBe(2)
    map.forget('a')
    map.forget('none')
    expect(map.size).toBe(1)
    map.delete('', 'p')
    map.delete('', 'p')
    expect([map.size, map.get('', 'p')]).toEqual([0, undefined])
  })
})

describe('RecentTenants', () => {
  it('tells which tenants it drops, each once, and none that it still has', () => {
    const dropped: string[] = []
    const recent = new RecentTenants<number>(4, (tenant) => dropped.push(tenant))
    for (const [n, tenant] of ['a', 'b', 'c', 'a', 'd', 'a', 'e', 'f', 'g'].entries()) {
      if (recent.get(tenant) === undefined) recent.set(tenant, n)
    }
    const has = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].filter((tenant) => recent.get(tenant) !== undefined)
    expect(new Set(dropped).size).toBe(dropped.length)
    expect([...has, ...dropped].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  })
})
