import { extensionPermissions } from '@cardea/permissions'
import { describe, expect, it } from 'vitest'
import { cmsPreset } from '../presets/cms.js'
import { createTestCardea } from '../testing.fixture.js'

describe('permissions.catalogue', () => {
  it('tells the 72 of the preset from what Cardea adds, what collections bring, and what was made', async () => {
    const { auth } = createTestCardea({ also: 'vendors' })
    await auth.migrate()
    await auth.ready()
    await auth.definitions.create({ name: 'invoices', type: 'base', fields: { total: { type: 'number' } } })
    await auth.permissions.catalogue.create({ label: 'reports:send' })
    const all = await auth.permissions.catalogue.list()
    const of = (origin: string) => all.filter((each) => each.origin === origin).map(({ label }) => label)
    expect(of('app')).toEqual([...cmsPreset.permissions.permissions].sort())
    expect(of('app')).toHaveLength(72)
    expect(of('cardea')).toEqual([...extensionPermissions.permissions].sort())
    expect(of('custom')).toEqual(['reports:send'])
    expect(new Set(of('collection').map((label) => label.split(':')[0]))).toEqual(
      new Set(['customers', 'invoices', 'vendors']),
    )
    expect(all.filter(({ systemProtected }) => !systemProtected).map(({ label }) => label)).toEqual(['reports:send'])
    expect(await auth.permissions.catalogue.find('tokens:read')).toEqual(
      all.find(({ label }) => label === 'tokens:read'),
    )
    expect(await auth.permissions.catalogue.find('tokens:raed')).toBeUndefined()
    expect(await auth.permissions.catalogue.find('\u0000')).toBeUndefined()
  })
})
