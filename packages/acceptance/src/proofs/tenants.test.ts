import { isCardeaError } from '@cardea/core'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { createTestCardea } from '@cardea/testing'
import { definePermissions, defineRoles } from 'cardea'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../seed.js'
import { password } from './app.js'
import { proofStorages } from './storages.js'

const permissions = definePermissions({ projects: ['read', 'update'], invoices: ['read', 'pay'] })
const roles = defineRoles(permissions, {
  guest: { permissions: ['projects:read'] },
  member: { inherits: ['guest'], permissions: ['projects:update', 'invoices:read'] },
  owner: { permissions: ['*'] },
})
const labels = ['guest', 'member', 'owner', 'nothing'] as const
type Held = (typeof labels)[number]
const asked = ['projects:read', 'projects:update', 'invoices:read', 'invoices:pay'] as const
const given: Readonly<Record<Held, readonly boolean[]>> = {
  nothing: [false, false, false, false],
  guest: [true, false, false, false],
  member: [true, true, true, false],
  owner: [true, true, true, true],
}
const tenants = ['acme', 'globex', 'Acme'] as const
const count = rounds({ test: 2_000, ci: 5_000, long: 100_000 })
const people = 6

describe.each(firstWhereQuick(proofStorages))('tenants on $name', ({ open }) => {
  it('have nothing of each other in any number of interleaved requests, while roles change', async () => {
    const { storage, drop } = await open()
    const { auth, close } = await createTestCardea({ storage, permissions, roles })
    const random = seededRandom()
    const ids: string[] = []
    for (let number = 0; number < people; number += 1) {
      const own = { email: `p${number}@example.com`, username: `p${number}`, name: 'P', password }
      ids.push((await auth.users.create(own)).id)
    }
    /** What each has in each tenant, as far as it was answered, and how often that has begun to change. */
    const held = new Map<string, { readonly what: Held | 'changing'; readonly changes: number }>()
    const key = (id: string, tenant: string): string => JSON.stringify([id, tenant])
    const heldBy = (id: string, tenant: string) => held.get(key(id, tenant)) ?? { what: 'nothing' as const, changes: 0 }
    const wrong: string[] = []

    const ask = async (): Promise<void> => {
      const [id, tenant] = [random.pick(ids), random.pick(tenants)]
      const before = heldBy(id, tenant)
      const me = await auth.permissions.subject(id, { tenant })
      const after = heldBy(id, tenant)
      if (before.what === 'changing' || before.changes !== after.changes) return
      const answers = asked.map((permission) => me.can(permission)).join()
      if (answers !== given[before.what].join()) wrong.push(`${tenant}: with ${before.what} it was ${answers}`)
    }
    const change = async (): Promise<void> => {
      const [id, tenant] = [random.pick(ids), random.pick(tenants)]
      const { what: before, changes } = heldBy(id, tenant)
      if (before === 'changing') return
      const after = random.pick(labels)
      held.set(key(id, tenant), { what: 'changing', changes: changes + 1 })
      const scope = { tenant }
      if (before !== 'nothing') await auth.permissions.unassign(id, before, { scope })
      if (after !== 'nothing') await auth.permissions.assign(id, after, { scope })
      held.set(key(id, tenant), { what: after, changes: changes + 1 })
    }
    let left = count
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        // Databases may have too much to do; then nothing has changed, and nothing was answered.
        await (random.below(50) === 0 ? change() : ask()).catch((error: unknown) => {
          if (!isCardeaError(error, 'unavailable')) throw error
        })
      }
    }
    await Promise.all(Array.from({ length: 8 }, lane))
    expect(wrong, `seed ${random.seed}`).toEqual([])
    // Nowhere in particular, nobody may anything.
    for (const id of ids) expect((await auth.permissions.subject(id)).list()).toEqual([])
    await close()
    await drop()
  })
})
