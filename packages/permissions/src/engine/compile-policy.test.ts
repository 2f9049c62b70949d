import { and, type Condition, eq, isCardeaError, lt, ne, not } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import type { Grant } from '../roles/grant.js'
import { compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'
import type { RoleSnapshot } from './policy-snapshot.js'

const catalogue = definePermissions({
  content: ['read', 'create', 'update', 'publish'],
  billing: ['read', 'refund'],
  users: ['read', 'update'],
})

const roles = defineRoles(catalogue, {
  reader: { permissions: ['content:read'] },
  editor: { permissions: ['content:create', 'content:update'], inherits: ['reader'] },
  biller: { permissions: ['billing:*'] },
  auditor: { permissions: ['*:read'] },
  owner: { permissions: ['*'] },
  suspended: { deny: ['content:*'] },
  author: { permissions: [{ permission: 'content:update', when: own('author_id') }], inherits: ['reader'] },
  clerk: { permissions: [{ permission: 'users:update', fields: ['name', 'phone'] }] },
  admin: { bypass: true },
})

const policy = compilePolicy(declaredPolicy(catalogue, roles))

const now = 1_700_000_000_000
const subjectWith = (...labels: readonly string[]) =>
  policy.subject({ id: 'ann', assignments: labels.map((roleId) => ({ roleId, expiresAt: null })), now })

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
  } catch (error) {
    return isCardeaError(error) ? error.code : String(error)
  }
  return undefined
}

const role = (id: string, grants: readonly Grant[] = [], parents: readonly string[] = []): RoleSnapshot => ({
  id,
  label: id,
  bypass: false,
  parents,
  grants,
})
const allow = (permission: string, condition: Condition | null = null): Grant => ({
  permission,
  effect: 'allow',
  condition,
  fields: null,
})
const deny = (permission: string, condition: Condition | null = null): Grant => ({
  ...allow(permission, condition),
  effect: 'deny',
})

describe('subject', () => {
  it('may nothing without roles', () => {
    expect(subjectWith().list()).toEqual([])
    expect(catalogue.permissions.some((permission) => subjectWith().can(permission))).toBe(false)
  })

  it('unites all roles: a check that needs two of them passes', () => {
    const subject = subjectWith('editor', 'biller')
    expect(subject.canAll(['content:update', 'billing:refund'])).toBe(true)
    expect(subjectWith('editor').canAll(['content:update', 'billing:refund'])).toBe(false)
    expect(subjectWith('editor').canAny(['content:update', 'billing:refund'])).toBe(true)
  })

  it('never takes a role label apart', () => {
    expect(subjectWith('editor,biller').list()).toEqual([])
  })

  it('has what its roles inherit, and wildcards stand for what they match alone', () => {
    expect(subjectWith('editor').list()).toEqual(['content:read', 'content:create', 'content:update'])
    expect(subjectWith('biller').list()).toEqual(['billing:read', 'billing:refund'])
    expect(subjectWith('auditor').list()).toEqual(['content:read', 'billing:read', 'users:read'])
    expect(subjectWith('owner').list()).toEqual(catalogue.permissions)
  })

  it('lets a deny win over every allow, in whatever order they come', () => {
    for (const labels of [
      ['owner', 'suspended'],
      ['suspended', 'owner'],
    ]) {
      const subject = subjectWith(...labels)
      expect(subject.can('content:read')).toBe(false)
      expect(subject.can('billing:read')).toBe(true)
    }
  })

  it('lets a bypass win over a deny', () => {
    const subject = subjectWith('suspended', 'admin')
    expect(subject.bypass).toBe(true)
    expect(subject.list()).toEqual(catalogue.permissions)
    expect(subjectWith('owner').bypass).toBe(false)
  })

  it('does not inherit a bypass', () => {
    const snapshot = {
      permissions: ['content:read'],
      roles: [{ ...role('admin'), bypass: true }, role('assistant', [], ['admin'])],
    }
    const subject = compilePolicy(snapshot).subject({
      id: 'ann',
      assignments: [{ roleId: 'assistant', expiresAt: null }],
      now,
    })
    expect(subject.bypass).toBe(false)
    expect(subject.can('content:read')).toBe(false)
  })

  it('follows inheritance 2,000 roles deep, for allows and denies', () => {
    const chain = Array.from({ length: 2_000 }, (_, n) =>
      role(`r${n}`, n === 0 ? [allow('content:*'), deny('content:publish')] : [], n === 0 ? [] : [`r${n - 1}`]),
    )
    const deep = compilePolicy({ permissions: catalogue.permissions, roles: chain })
    const subject = deep.subject({ id: 'ann', assignments: [{ roleId: 'r1999', expiresAt: null }], now })
    expect(subject.can('content:update')).toBe(true)
    expect(subject.can('content:publish')).toBe(false)
  })

  it('counts the five-hundredth role of a principal as well as the first', () => {
    const many = Array.from({ length: 500 }, (_, n) => `r${n}:read`).map((label) => label.replace(/\d+/, toLetters))
    const snapshot = { permissions: many, roles: many.map((label) => role(label, [allow(label)])) }
    const assignments = many.map((roleId) => ({ roleId, expiresAt: null }))
    expect(compilePolicy(snapshot).subject({ id: 'ann', assignments, now }).canAll(many)).toBe(true)
  })

  it('keeps names of principals and roles apart', () => {
    const subject = policy.subject({ id: 'admin', assignments: [], now })
    expect(subject.bypass).toBe(false)
    expect(subject.list()).toEqual([])
  })

  it('goes by the id of a role, never its label', () => {
    const snapshot = {
      permissions: ['content:read'],
      roles: [
        { ...role('1', [allow('*')]), label: '2' },
        { ...role('2'), label: '1' },
      ],
    }
    const compiled = compilePolicy(snapshot)
    const holder = (roleId: string) => compiled.subject({ id: 'x', assignments: [{ roleId, expiresAt: null }], now })
    expect(holder('1').can('content:read')).toBe(true)
    expect(holder('2').can('content:read')).toBe(false)
    expect(holder('1').roles).toEqual([{ id: '1', label: '2' }])
  })

  it('tells sets of roles apart whose ids look alike when they are joined', () => {
    const ids = ['a', 'b', 'a,b', 'a$$b', 'a b', '1', '11', '1,1']
    const compiled = compilePolicy({
      permissions: ids.map((_, n) => `content:${toLetters(n)}`),
      roles: ids.map((id, n) => role(id, [allow(`content:${toLetters(n)}`)])),
    })
    const listOf = (...roleIds: string[]) =>
      compiled.subject({ id: 'x', assignments: roleIds.map((roleId) => ({ roleId, expiresAt: null })), now }).list()
    expect(listOf('a', 'b')).toEqual(['content:a', 'content:b'])
    expect(listOf('a,b')).toEqual(['content:c'])
    expect(listOf('a$$b')).toEqual(['content:d'])
    expect(listOf('1', '11')).toEqual(['content:f', 'content:g'])
    expect(listOf('1,1')).toEqual(['content:h'])
  })

  it('tells sets of roles apart however many roles there are', () => {
    const labels = Array.from({ length: 24 }, (_, n) => `content:${toLetters(n)}`)
    const compiled = compilePolicy({
      permissions: labels,
      roles: labels.map((label, n) => role(`r${n}`, [allow(label)])),
    })
    const listOf = (...places: number[]) =>
      compiled
        .subject({ id: 'x', assignments: places.map((n) => ({ roleId: `r${n}`, expiresAt: null })), now })
        .list()
        .map((label) => labels.indexOf(label))
    expect(listOf(1, 2)).toEqual([1, 2])
    expect(listOf(12)).toEqual([12])
    expect(listOf(1, 12)).toEqual([1, 12])
    expect(listOf(11, 2)).toEqual([2, 11])
    expect(listOf(2, 1)).toEqual([1, 2])
  })

  it('shows the roles that count, each once and by label', () => {
    const subject = policy.subject({
      id: 'ann',
      assignments: [
        { roleId: 'editor', expiresAt: null },
        { roleId: 'biller', expiresAt: null },
        { roleId: 'editor', expiresAt: now + 5 },
        { roleId: 'owner', expiresAt: now },
        { roleId: 'gone', expiresAt: null },
      ],
      now,
    })
    expect(subject.roles).toEqual([
      { id: 'biller', label: 'biller' },
      { id: 'editor', label: 'editor' },
    ])
  })

  it('cannot be changed by whoever gets it', () => {
    const subject = subjectWith('reader')
    expect(() => Object.assign(subject, { bypass: true })).toThrow(TypeError)
    expect(() => Object.assign(subject.roles[0] ?? {}, { id: 'admin' })).toThrow(TypeError)
    expect(Object.isFrozen(subject.roles)).toBe(true)
  })
})

describe('expiry', () => {
  const until = (expiresAt: number | null, at: number) =>
    policy.subject({ id: 'ann', assignments: [{ roleId: 'reader', expiresAt }], now: at })

  it('ends an assignment at that very instant', () => {
    expect(until(now, now - 1).can('content:read')).toBe(true)
    expect(until(now, now).can('content:read')).toBe(false)
    expect(until(now, now + 1).can('content:read')).toBe(false)
  })

  it('tells when the next assignment ends, if one does', () => {
    expect(until(null, now).validUntil).toBeNull()
    expect(until(now, now).validUntil).toBeNull()
    const subject = policy.subject({
      id: 'ann',
      assignments: [
        { roleId: 'reader', expiresAt: now + 20 },
        { roleId: 'editor', expiresAt: now + 10 },
        { roleId: 'biller', expiresAt: now - 10 },
      ],
      now,
    })
    expect(subject.validUntil).toBe(now + 10)
  })

  it.each([Number.NaN, undefined, '9999999999999', new Date(now + 1), {}])('takes %s for expired', (expiresAt) => {
    // As from a driver that gives another type than was asked for.
    const assignment = { roleId: 'owner', expiresAt: expiresAt as number }
    expect(policy.subject({ id: 'ann', assignments: [assignment], now }).list()).toEqual([])
  })
})

describe('scope', () => {
  it.each([{ tenant: 'acme' }, { resourceType: 'content' }, { resourceId: '7' }])(
    'leaves an assignment for %o out of a global subject',
    (scope) => {
      const subject = policy.subject({
        id: 'ann',
        assignments: [{ roleId: 'admin', expiresAt: now + 10, ...scope }],
        now,
      })
      expect(subject.bypass).toBe(false)
      expect(subject.list()).toEqual([])
      expect(subject.roles).toEqual([])
      expect(subject.validUntil).toBeNull()
    },
  )
})

describe('permissions that are not declared', () => {
  const strange = [
    'content:reed',
    'content',
    '',
    '*',
    'content:*',
    '__proto__',
    'constructor',
    '__proto__:read',
    'toString',
  ]

  it('are an error when code asks for them, also for a bypass and inside a list', () => {
    for (const name of strange) {
      // As a typo in JavaScript.
      const permission = name as 'content:read'
      for (const subject of [subjectWith('reader'), subjectWith('admin')]) {
        expect(codeOf(() => subject.can(permission))).toBe('undeclared_permission')
        expect(codeOf(() => subject.check(permission))).toBe('undeclared_permission')
        expect(codeOf(() => subject.canSome(permission))).toBe('undeclared_permission')
        expect(codeOf(() => subject.authorize(permission))).toBe('undeclared_permission')
        expect(codeOf(() => subject.canAny(['content:read', permission]))).toBe('undeclared_permission')
        expect(codeOf(() => subject.canAll(['billing:read', permission]))).toBe('undeclared_permission')
      }
    }
  })

  it('are named in the error only if they look like a permission', () => {
    const messageOf = (permission: string) => {
      try {
        subjectWith().can(permission as 'content:read')
      } catch (error) {
        return String(error)
      }
      return ''
    }
    expect(messageOf('content:reed')).toContain('content:reed')
    expect(messageOf('Bearer eyJhbGciOi')).not.toContain('eyJ')
  })

  it('are denied and reported when data asks for them, also to a bypass', () => {
    const reported: string[] = []
    const compiled = compilePolicy(declaredPolicy(catalogue, roles), { onUndeclared: (name) => reported.push(name) })
    const admin = compiled.subject({ id: 'ann', assignments: [{ roleId: 'admin', expiresAt: null }], now })
    for (const name of strange) expect(admin.canUnchecked(name)).toBe(false)
    expect(reported).toEqual(strange)
    expect(admin.canUnchecked('content:read')).toBe(true)
    expect(reported).toHaveLength(strange.length)
  })

  it('may be made at run time; wildcards stand for them too', () => {
    const compiled = compilePolicy({ ...declaredPolicy(catalogue, roles), customPermissions: ['reports:read'] })
    const auditor = compiled.subject({ id: 'ann', assignments: [{ roleId: 'auditor', expiresAt: null }], now })
    expect(auditor.canUnchecked('reports:read')).toBe(true)
    expect(auditor.list()).toContain('reports:read')
  })
})

describe('authorize', () => {
  it('goes on when allowed, else throws forbidden', () => {
    expect(codeOf(() => subjectWith('reader').authorize('content:read'))).toBeUndefined()
    expect(codeOf(() => subjectWith('reader').authorize('content:update'))).toBe('forbidden')
    expect(codeOf(() => subjectWith('author').authorize('content:update', { author_id: 'ann' }))).toBeUndefined()
    expect(codeOf(() => subjectWith('author').authorize('content:update', { author_id: 'bob' }))).toBe('forbidden')
  })

  it('says whether a permission is not held at all, or not for this object', () => {
    const needed = 'This needs the permission content:update'
    expect(() => subjectWith('reader').authorize('content:update', { author_id: 'bob' })).toThrow(`${needed}.`)
    const some = `${needed}, which is held for some objects or fields only.`
    expect(() => subjectWith('author').authorize('content:update', { author_id: 'bob' })).toThrow(some)
    expect(() => subjectWith('author').authorize('content:update')).toThrow(some)
  })
})

describe('canAll and canAny', () => {
  it('are false for an empty list', () => {
    expect(subjectWith('admin').canAll([])).toBe(false)
    expect(subjectWith('admin').canAny([])).toBe(false)
  })
})

describe('conditions', () => {
  const author = subjectWith('author')

  it('grant for the objects that meet them, and nothing without an object', () => {
    expect(author.can('content:update', { author_id: 'ann' })).toBe(true)
    expect(author.can('content:update', { author_id: 'bob' })).toBe(false)
    expect(author.can('content:update')).toBe(false)
    expect(author.can('content:update', undefined)).toBe(false)
    expect(author.can('content:update', null)).toBe(false)
    expect(author.check('content:update')).toBe('conditional')
    expect(author.check('content:update', { author_id: 'ann' })).toBe('allowed')
    expect(author.check('content:update', { author_id: 'bob' })).toBe('denied')
    expect(author.canSome('content:update')).toBe(true)
    expect(author.canSome('content:publish')).toBe(false)
    expect(author.list()).toEqual(['content:read'])
  })

  it('know nothing of what an object lacks or only inherits', () => {
    expect(author.can('content:update', {})).toBe(false)
    expect(author.can('content:update', { author_id: null })).toBe(false)
    expect(author.can('content:update', Object.create({ author_id: 'ann' }))).toBe(false)
  })

  it('add to an unconditional grant of another role rather than narrow it', () => {
    expect(subjectWith('author', 'editor').can('content:update', { author_id: 'bob' })).toBe(true)
    expect(subjectWith('author', 'editor').can('content:update')).toBe(true)
  })

  const single = (...grants: Grant[]) =>
    compilePolicy({ permissions: ['content:update'], roles: [role('r', grants)] }).subject({
      id: 'ann',
      assignments: [{ roleId: 'r', expiresAt: null }],
      now,
      principal: { id: 'forged', team: 'red' },
      context: { now: 50 },
    })

  it('about null are unknown of what an object lacks, as of one that was read in part', () => {
    const drafts = single(allow('content:update', { op: 'isNull', field: 'published_at' }))
    expect(drafts.can('content:update', { published_at: null })).toBe(true)
    expect(drafts.can('content:update', { published_at: undefined })).toBe(true)
    expect(drafts.can('content:update', { title: 'read in part' })).toBe(false)
    expect(drafts.can('content:update', Object.create({ published_at: 5 }))).toBe(false)
    const unlocked = single(allow('*'), deny('content:update', not({ op: 'isNull', field: 'locked_at' })))
    expect(unlocked.can('content:update', { locked_at: null })).toBe(true)
    expect(unlocked.can('content:update', { title: 'read in part' })).toBe(false)
  })

  it('of a deny take away the objects that meet them, and all without an object', () => {
    const subject = single(allow('*'), deny('content:update', eq('locked', true)))
    expect(subject.can('content:update', { locked: false })).toBe(true)
    expect(subject.can('content:update', { locked: true })).toBe(false)
    expect(subject.can('content:update')).toBe(false)
    expect(subject.check('content:update')).toBe('conditional')
    expect(subject.list()).toEqual([])
  })

  it('of a deny deny when they are unknown or fail, those of an allow do not allow then', () => {
    const failing = {
      get locked(): boolean {
        throw new Error('lazy column is not loaded')
      },
    }
    const denying = single(allow('*'), deny('content:update', eq('locked', true)))
    const allowing = single(allow('content:update', ne('locked', true)))
    for (const object of [{}, { locked: null }, failing]) {
      expect(denying.can('content:update', object)).toBe(false)
      expect(allowing.can('content:update', object)).toBe(false)
    }
  })

  it('do not make a denied permission possible', () => {
    const subject = single(allow('content:update', own('author_id')), deny('*'))
    expect(subject.check('content:update')).toBe('denied')
    expect(subject.can('content:update', { author_id: 'ann' })).toBe(false)
  })

  it('refer to the principal and the circumstances, and its id cannot be given another value', () => {
    const team = single(allow('content:update', and(own('author_id'), eq('team', { ref: 'principal.team' }))))
    expect(team.can('content:update', { author_id: 'ann', team: 'red' })).toBe(true)
    expect(team.can('content:update', { author_id: 'ann', team: 'blue' })).toBe(false)
    expect(team.can('content:update', { author_id: 'forged', team: 'red' })).toBe(false)
    const late = single(allow('content:update', lt('due', { ref: 'context.now', offset: -10 })))
    expect(late.can('content:update', { due: 39 })).toBe(true)
    expect(late.can('content:update', { due: 40 })).toBe(false)
  })

  it('take the circumstances of one request without touching the subject of another', () => {
    const subject = single(allow('content:update', eq('team', { ref: 'principal.team' })))
    const blue = subject.with({ principal: { team: 'blue' } })
    expect(blue.can('content:update', { team: 'blue' })).toBe(true)
    expect(blue.can('content:update', { team: 'red' })).toBe(false)
    expect(subject.can('content:update', { team: 'red' })).toBe(true)
    expect(blue.id).toBe('ann')
    expect(subject.with({}).can('content:update', { team: 'red' })).toBe(false)
  })

  it('find nothing in prototypes', () => {
    const subject = single(allow('content:update', not(eq('kind', { ref: 'principal.constructor' }))))
    expect(subject.can('content:update', { kind: 'x' })).toBe(false)
  })
})

describe('fields', () => {
  it('limit a grant to the fields it names', () => {
    const clerk = subjectWith('clerk')
    expect(clerk.can('users:update', {}, 'name')).toBe(true)
    expect(clerk.can('users:update', undefined, 'phone')).toBe(true)
    expect(clerk.can('users:update', {}, 'role')).toBe(false)
    expect(clerk.can('users:update')).toBe(false)
    expect(clerk.can('users:update', {})).toBe(false)
    expect(clerk.check('users:update', {})).toBe('conditional')
    expect(clerk.canUnchecked('users:update', {}, 'constructor')).toBe(false)
  })

  it('belong to the rows of their own grant: fields of one never combine with rows of another', () => {
    const grants: Grant[] = [
      { permission: 'users:update', effect: 'allow', condition: eq('team', 'a'), fields: ['name'] },
      { permission: 'users:update', effect: 'allow', condition: eq('team', 'b'), fields: ['salary'] },
    ]
    const subject = compilePolicy({ permissions: ['users:update'], roles: [role('r', grants)] }).subject({
      id: 'ann',
      assignments: [{ roleId: 'r', expiresAt: null }],
      now,
    })
    expect(subject.can('users:update', { team: 'a' }, 'name')).toBe(true)
    expect(subject.can('users:update', { team: 'b' }, 'salary')).toBe(true)
    expect(subject.can('users:update', { team: 'a' }, 'salary')).toBe(false)
    expect(subject.can('users:update', { team: 'b' }, 'name')).toBe(false)
  })

  it('of a deny take those fields away, and all when no field is named', () => {
    const grants: Grant[] = [allow('*'), { ...deny('users:read'), fields: ['salary'] }]
    const subject = compilePolicy({ permissions: ['users:read'], roles: [role('r', grants)] }).subject({
      id: 'ann',
      assignments: [{ roleId: 'r', expiresAt: null }],
      now,
    })
    expect(subject.can('users:read', {}, 'name')).toBe(true)
    expect(subject.can('users:read', {}, 'salary')).toBe(false)
    expect(subject.can('users:read')).toBe(false)
    expect(subject.check('users:read')).toBe('conditional')
  })
})

describe('compilePolicy', () => {
  const compile = (...list: RoleSnapshot[]) =>
    codeOf(() => compilePolicy({ permissions: ['content:read'], roles: list }))
  const broken = (grant: object) => compile(role('r', [{ ...allow('content:read'), ...grant }]))

  it('refuses a policy of which it does not understand a part, rather than answer without it', () => {
    expect(compile(role('r', [deny('content:reed')]))).toBe('configuration_invalid')
    expect(compile(role('r', [deny('content')]))).toBe('configuration_invalid')
    expect(compile(role('r', [deny('')]))).toBe('configuration_invalid')
    expect(compile(role('r', [deny('*:*')]))).toBe('configuration_invalid')
    expect(compile(role('r', [], ['gone']))).toBe('configuration_invalid')
    expect(compile(role('a', [], ['b']), role('b', [], ['a']))).toBe('configuration_invalid')
    expect(compile(role('a', [], ['a']))).toBe('configuration_invalid')
    expect(compile(role('c'), role('a', [], ['c', 'b']), role('b', [], ['a', 'c']))).toBe('configuration_invalid')
    expect(compile(role('a'), role('a'))).toBe('configuration_invalid')
    expect(broken({ effect: 'Deny' })).toBe('configuration_invalid')
    expect(broken({ condition: { op: 'matches', field: 'a', value: 1 } })).toBe('configuration_invalid')
    expect(broken({ condition: undefined })).toBe('configuration_invalid')
    expect(broken({ fields: 'name' })).toBe('configuration_invalid')
    expect(broken({ fields: [] })).toBe('configuration_invalid')
    expect(codeOf(() => compilePolicy({ permissions: [], customPermissions: ['admin'], roles: [] }))).toBe(
      'configuration_invalid',
    )
  })

  it('takes parents that come before the roles that inherit them, and after', () => {
    expect(compile(role('a'), role('b', [], ['a']), role('c', [], ['a', 'b']))).toBeUndefined()
    expect(compile(role('c', [], ['a', 'b']), role('b', [], ['a']), role('a'))).toBeUndefined()
  })

  it('takes a wildcard that stands for nothing yet', () => {
    expect(compile(role('r', [allow('media:*'), deny('*:publish')]))).toBeUndefined()
  })
})

/** Digits are no part of an operation's name. */
function toLetters(digits: string | number): string {
  return String(digits).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
}
