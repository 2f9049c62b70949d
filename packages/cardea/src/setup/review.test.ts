import { type AnyCollection, anyOf, defineCollection, permission, text } from '@cardea/collections'
import { definePermissions, defineRoles, mergePermissions } from '@cardea/permissions'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import type { CardeaOptions } from '../options/options.js'
import { cmsPreset } from '../presets/cms.js'
import { createTestLogger, secret } from '../testing.fixture.js'

const permissions = definePermissions({ reports: ['read', 'create', 'publish'] })
const roles = defineRoles(permissions, { clerk: { permissions: ['reports:read'] } })

async function setUp(
  options: Pick<CardeaOptions<readonly [], string>, 'permissions' | 'roles'>,
  collections: readonly AnyCollection[] = [],
  storage = createMemoryStorage(),
) {
  const logger = createTestLogger()
  const pending: Promise<unknown>[] = []
  const auth = createCardea({
    ...options,
    collections,
    storage,
    secret,
    environment: 'test',
    logger,
    background: (work) => pending.push(work),
  })
  await auth.migrate()
  const warnings = async () => {
    await Promise.all(pending.splice(0))
    return logger.lines.filter((line) => line.startsWith('warn'))
  }
  return { auth, warnings }
}

describe('the review at start', () => {
  it('says nothing where nothing has said what it needs', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    await auth.ready()
    expect(await warnings()).toEqual([])
  })

  it('says nothing of permissions that came with a preset, also among others, or with the SDK', async () => {
    const { auth, warnings } = await setUp({
      permissions: mergePermissions(cmsPreset.permissions, permissions),
      roles: cmsPreset.roles,
    })
    auth.permissions.needs(['users:read', 'content:read'], 'GET /things')
    auth.permissions.needs(permissions.permissions, 'the routes of reports')
    await auth.ready()
    expect(await warnings()).toEqual([])
  })

  it('names what is needed and not declared, once, with what needs it', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    auth.permissions.needs(['users:read', 'raports:read'], 'GET /reports')
    await Promise.all([auth.ready(), auth.ready()])
    await auth.ready()
    const [warning, ...others] = await warnings()
    expect(others).toEqual([])
    expect(warning).toContain('raports:read (GET /reports)')
    expect(warning).not.toContain('users:read')
  })

  it('knows permissions that were made at run time', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    await auth.ready()
    await auth.definitions.create({ name: 'invoices', type: 'base', fields: { total: { type: 'number' } } })
    auth.permissions.needs(['invoices:read'], 'GET /invoices')
    await auth.ready()
    expect(await warnings()).toEqual([])
  })

  it('still names what code says that it needs when it is loaded later', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    await auth.ready()
    auth.permissions.needs(['reports:raed'], 'GET /late')
    auth.permissions.needs(['reports:raed'], 'GET /later')
    expect(await warnings()).toEqual([expect.stringContaining('reports:raed (GET /late)')])
  })

  it('says nothing of what is not needed so far where more is to come, but of what nobody declares', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    auth.permissions.needs(['reports:read'], 'GET /reports')
    auth.permissions.needs('later', 'the other routes')
    await auth.ready()
    expect(await warnings()).toEqual([])
    expect((await auth.permissions.report()).unneeded).toContain('reports:publish')
    auth.permissions.needs(['reports:raed'], 'GET /late')
    expect(await warnings()).toEqual([expect.stringContaining('reports:raed (GET /late)')])
  })

  it('names what is declared and not needed, as soon as anything has said what it needs', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    await auth.ready()
    auth.permissions.needs(['reports:read'], 'GET /reports')
    expect(await warnings()).toEqual([])
    await auth.ready()
    await auth.ready()
    const [warning, ...others] = await warnings()
    expect(others).toEqual([])
    expect(warning).toContain('reports:create, reports:publish.')
    expect(warning).not.toContain('reports:read')
  })

  it('names roles that nothing is granted to, also where they inherit one another', async () => {
    const { auth, warnings } = await setUp({
      permissions,
      roles: defineRoles(permissions, {
        nobody: {},
        heir: { inherits: ['nobody'] },
        clerk: { inherits: ['nobody'], permissions: ['reports:read'] },
        chief: { inherits: ['clerk'] },
        guest: { deny: ['reports:read'] },
      }),
    })
    await auth.ready()
    await auth.ready()
    expect(await warnings()).toEqual([expect.stringContaining(': heir, nobody.')])
    expect((await auth.permissions.report()).empty).toEqual(['heir', 'nobody'])
  })

  it('names what code declared once and declares no more, since its holders still have it', async () => {
    const storage = createMemoryStorage()
    const before = await setUp({ permissions, roles }, [], storage)
    await before.auth.ready()
    expect(await before.auth.migrate()).not.toHaveProperty('leftOver')
    const emptied = defineRoles(permissions, { clerk: { permissions: ['reports:create'] } })
    const { auth, warnings } = await setUp({ permissions, roles: emptied }, [], storage)
    await auth.ready()
    await auth.ready()
    expect(await warnings()).toEqual([expect.stringContaining('still in force: allow reports:read of role clerk. ')])
    const grants = [{ role: 'clerk', permission: 'reports:read', effect: 'allow' }]
    expect(await auth.migrate()).toMatchObject({ steps: [], leftOver: { grants } })
    expect(await auth.migrate({ dryRun: true })).toMatchObject({ leftOver: { grants } })
    expect(await auth.migrate({ prune: true })).toMatchObject({ pruned: { grants } })
    expect(await auth.migrate()).not.toHaveProperty('leftOver')
  })

  it('names so many and no more', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    const names = Array.from({ length: 30 }, (_, index) => `things:op${String.fromCharCode(97 + index)}`)
    auth.permissions.needs([...names, 'x'.repeat(1_000)], 'GET /things')
    await auth.ready()
    const [warning = ''] = await warnings()
    expect(warning).toContain('and 11 more')
    expect(warning.length).toBeLessThan(2_000)
  })
})

describe('the review at start, of collections that guards name', () => {
  const customers = defineCollection('customers', { type: 'auth' })
  const notes = defineCollection('notes', { type: 'base' })

  it('names those that there are not, once, with what names them and what there is', async () => {
    const { auth, warnings } = await setUp({ permissions, roles }, [customers, notes])
    auth.permissions.needs([], 'requireAuth', ['users', 'customers', 'custmers'])
    await auth.ready()
    await auth.ready()
    expect(await warnings()).toEqual([
      expect.stringContaining(': custmers (requireAuth). There are: users, customers.'),
    ])
    expect((await auth.permissions.report()).missingCollections).toEqual([
      { collection: 'custmers', neededBy: ['requireAuth'] },
    ])
  })

  it('names them of guards that are built after the start, too, and those of no users', async () => {
    const { auth, warnings } = await setUp({ permissions, roles }, [customers, notes])
    await auth.ready()
    auth.permissions.needs([], 'optionalAuth', ['customers'])
    expect(await warnings()).toEqual([])
    auth.permissions.needs([], 'optionalAuth', ['notes'])
    expect(await warnings()).toEqual([expect.stringContaining(': notes (optionalAuth).')])
  })

  it('says nothing of those that were made at run time', async () => {
    const { auth, warnings } = await setUp({ permissions, roles })
    await auth.ready()
    await auth.definitions.create({ name: 'partners', type: 'auth' })
    auth.permissions.needs([], 'requireAuth', ['partners'])
    expect(await warnings()).toEqual([])
    expect((await auth.permissions.report()).missingCollections).toEqual([])
  })
})

describe('the review at start, of rules of records', () => {
  const posts = (...rules: readonly `${string}:${string}`[]) =>
    defineCollection('posts', { type: 'base', rules: { list: 'public', update: anyOf(...rules.map(permission)) } })

  it('names what they need and nobody declares, of code and of run time', async () => {
    const { auth, warnings } = await setUp({ permissions, roles }, [posts('reports:publish', 'reports:publsih')])
    await auth.ready()
    await auth.ready()
    expect(await warnings()).toEqual([expect.stringContaining(': reports:publsih (rules.update of posts).')])
    const rules = { view: 'posts:raed', list: 'posts:read' }
    await auth.definitions.create({ name: 'notes', type: 'base', rules })
    expect((await warnings()).slice(1)).toEqual([expect.stringContaining(': posts:raed (rules.view of notes).')])
    await auth.definitions.change('notes', { rules: { view: 'posts:read' } })
    await auth.ready()
    expect(await warnings()).toHaveLength(2)
    expect((await auth.permissions.report()).undeclared).toEqual([
      { permission: 'reports:publsih', neededBy: ['rules.update of posts'] },
    ])
  })

  it.each([
    ['a field that is no relation', { update: { owner: 'title' } }, 'posts.rules.update.owner'],
    ['principals whom there are not', { view: { authenticated: ['users', 'staff'] } }, 'posts.rules.view'],
    ['plain records for principals', { view: { authenticated: 'posts' } }, 'posts.rules.view'],
  ])('refuses to start where code has rules for %s', async (_what, rules, place) => {
    const define = defineCollection as (name: string, definition: unknown) => AnyCollection
    const posts = define('posts', { type: 'base', fields: { title: text() }, rules: { list: 'public', ...rules } })
    const { auth } = await setUp({ permissions, roles }, [posts])
    await expect(auth.ready()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(`collections: ${place} `),
      issues: [{ path: place }],
    })
  })

  it('takes what they need for needed, and tells of nothing else for their sake', async () => {
    const { auth, warnings } = await setUp({ permissions, roles }, [posts('reports:publish')])
    await auth.ready()
    expect(await warnings()).toEqual([])
    expect((await auth.permissions.report()).unneeded).not.toContain('reports:publish')
    auth.permissions.needs(['reports:read'], 'GET /reports')
    await auth.ready()
    expect(await warnings()).toEqual([expect.stringContaining(': reports:create.')])
  })
})

describe('permissions.report', () => {
  it('tells where needs and declarations do not fit together', async () => {
    const { auth } = await setUp({ permissions, roles })
    await auth.ready()
    auth.permissions.needs(['reports:read', 'raports:read'], 'GET /reports')
    auth.permissions.needs(['raports:read'], 'GET /raports')
    const report = await auth.permissions.report()
    expect(report.undeclared).toEqual([{ permission: 'raports:read', neededBy: ['GET /reports', 'GET /raports'] }])
    expect(report.unneeded).toContain('reports:publish')
    expect(report.unneeded).toContain('roles:admin')
    expect(report.unneeded).not.toContain('reports:read')
    expect(report.empty).toEqual([])
  })
})
