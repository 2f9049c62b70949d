import { and, type Condition, eq, isNull, not, or } from '@cardea/core'
import { expectTypeOf } from 'vitest'
import {
  type Catalogue,
  compilePolicy,
  declaredPolicy,
  definePermissions,
  defineRoles,
  type GrantOption,
  mergePermissions,
  type mergeRoles,
  own,
  type PermissionOf,
  type PermissionPattern,
  type Reason,
  type RoleOf,
  type RoleOptions,
  row,
  type Subject,
  subjectFromSnapshot,
} from './index.js'
import type { StoredPolicy } from './stored/index.js'

const permissions = definePermissions({ content: ['read', 'publish'], users: ['read'] })
type Permission = PermissionOf<typeof permissions>

expectTypeOf<Permission>().toEqualTypeOf<'content:read' | 'content:publish' | 'users:read'>()
expectTypeOf<PermissionPattern<typeof permissions>>().toEqualTypeOf<
  Permission | '*' | 'content:*' | 'users:*' | '*:read' | '*:publish'
>()

// @ts-expect-error a description of a permission that is not declared
definePermissions({ content: ['read'] }, { descriptions: { 'content:reed': 'See' } })

const merged = mergePermissions(permissions, definePermissions({ users: ['read', 'delete'] }))
expectTypeOf<PermissionOf<typeof merged>>().toEqualTypeOf<Permission | 'users:delete'>()

const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read', '*:read', 'users:*', '*'] },
  editor: { permissions: [{ permission: 'content:publish', fields: ['title'] }], inherits: ['viewer'] },
})
expectTypeOf<RoleOf<typeof roles>>().toEqualTypeOf<'viewer' | 'editor'>()
expectTypeOf<RoleOf<ReturnType<typeof mergeRoles<'a', 'b'>>>>().toEqualTypeOf<'a' | 'b'>()

// @ts-expect-error a permission that is not declared
defineRoles(permissions, { viewer: { permissions: ['content:reed'] } })
// @ts-expect-error a resource and an operation that never meet
defineRoles(permissions, { viewer: { permissions: ['users:publish'] } })
// @ts-expect-error a wildcard over nothing
defineRoles(permissions, { viewer: { deny: ['media:*'] } })
// @ts-expect-error a permission that is not declared, with a condition
defineRoles(permissions, { viewer: { permissions: [{ permission: 'content:reed' }] } })
// @ts-expect-error a text that may be anything
defineRoles(permissions, { viewer: { permissions: ['content:read', String('content:read')] } })
defineRoles(permissions, {
  viewer: { permissions: ['content:read', { permission: 'users:*', when: own('id') }] },
  // @ts-expect-error a typo that stands beside what is right, in another role
  editor: { permissions: ['content:read'], deny: ['content:publsh', '*:read'] },
})
// @ts-expect-error a member of a grant that does not exist
defineRoles(permissions, { viewer: { permissions: ['users:read', { permission: 'content:read', wen: own('id') }] } })
// @ts-expect-error a role that is not declared
defineRoles(permissions, { viewer: { inherits: ['editor'] } })
// @ts-expect-error a member that does not exist
defineRoles(permissions, { viewer: { permission: ['content:read'] } })

// Grants that stand elsewhere, or are not known yet.
const common = ['content:read', 'users:*'] as const
declare const shared: readonly GrantOption<Permission>[]
declare const whole: RoleOptions<Permission, 'viewer' | 'editor'>
defineRoles(permissions, { viewer: { permissions: common }, editor: { permissions: [...shared, 'users:read'] } })
defineRoles(permissions, {
  viewer: whole,
  editor: { permissions: ['*', { permission: 'users:read', fields: ['id'] }] },
})
declare function declareFor<P extends string>(catalogue: Catalogue<P>, permission: P): unknown
export const anyCatalogue: typeof declareFor = (catalogue, permission) =>
  defineRoles(catalogue, { viewer: { permissions: [permission, '*', { permission, fields: ['title'] }] } })

const subject = compilePolicy(declaredPolicy(permissions, roles)).subject({ id: 'x', assignments: [], now: 0 })
expectTypeOf(subject).toEqualTypeOf<Subject<Permission>>()
expectTypeOf<Parameters<Subject<Permission>['can']>[0]>().toEqualTypeOf<Permission>()
expectTypeOf(subject.check('users:read')).toEqualTypeOf<'allowed' | 'denied' | 'conditional'>()
expectTypeOf(subject.with({})).toEqualTypeOf<Subject<Permission>>()

// @ts-expect-error a typo
subject.can('content:reed')
// @ts-expect-error a wildcard is nothing to ask for
subject.can('content:*')
// @ts-expect-error a typo in a list
subject.canAll(['content:read', 'content:publsh'])
// @ts-expect-error a text that may be anything
subject.authorize(String('content:read'))
// @ts-expect-error an id where an object belongs
subject.can('content:read', 'post-1')
subject.canUnchecked(String('content:read'))

expectTypeOf(subject.filter('users:read')).toEqualTypeOf<boolean | Condition>()
expectTypeOf(subject.explain('users:read').because).toEqualTypeOf<readonly Reason[]>()
expectTypeOf(subject.activate(['viewer'])).toEqualTypeOf<Subject<Permission>>()
expectTypeOf(subjectFromSnapshot<Permission>(subject.snapshot())).toEqualTypeOf<Subject<Permission>>()
// Without row types any object and any field may be asked about.
subject.can('content:read', { whatever: 1 }, 'whatever')
expectTypeOf(subject.fields('content:read', { a: 1 })).toEqualTypeOf<readonly string[]>()
expectTypeOf(subject.pick('content:read', { a: 1 })).toEqualTypeOf<Partial<{ a: number }>>()

// @ts-expect-error a typo
subject.filter('content:reed')
// @ts-expect-error a typo
subject.explain('content:reed')
// @ts-expect-error a typo
subject.fields('content:reed', {})
// @ts-expect-error a permission of another snapshot
subjectFromSnapshot<Permission>(subject.snapshot()).can('media:read')

// Sets of roles that may not meet.
const apart = { name: 'publishing', roles: ['viewer', 'editor'], fewerThan: 2, kind: 'static' } as const
defineRoles(permissions, { viewer: {}, editor: {} }, { separationOfDuty: [apart] })
// @ts-expect-error a role that is not declared
defineRoles(permissions, { viewer: {}, author: {} }, { separationOfDuty: [apart] })
// @ts-expect-error a kind that does not exist
defineRoles(permissions, { viewer: {}, editor: {} }, { separationOfDuty: [{ ...apart, kind: 'sometimes' }] })

// Rows with a type.
interface Post {
  readonly id: string
  readonly author_id: string
  readonly title: string
}
declare const post: Post
const typed = definePermissions(
  { content: ['read', 'update'], users: ['read'], media: ['read'] },
  { rows: { content: row<Post>(), users: row<{ readonly id: number }>() } },
)
const typedRoles = defineRoles(typed, {
  author: {
    permissions: [
      'content:read',
      { permission: 'content:update', when: own('author_id'), fields: ['title'] },
      { permission: 'content:*', when: and(own('author_id'), not(or(eq('title', ''), isNull('title')))) },
      { permission: 'media:read', when: own('whatever'), fields: ['whatever'] },
      { permission: '*:read', when: own('author_id') },
    ],
  },
})
const me = compilePolicy(declaredPolicy(typed, typedRoles)).subject({ id: 'x', assignments: [], now: 0 })
me.can('content:update', post)
me.can('content:update', post, 'title')
me.can('media:read', { anything: true }, 'anything')
me.canAll(['content:read', 'content:update'], post)
expectTypeOf(me.fields('content:update', post)).toEqualTypeOf<readonly ('id' | 'author_id' | 'title')[]>()
expectTypeOf(me.pick('content:read', post)).toEqualTypeOf<Partial<Post>>()
expectTypeOf(me.with({}).restrict(['*']).activate([])).toEqualTypeOf(me)

// @ts-expect-error a typo, also where rows have types
me.can('content:updat', post)
// @ts-expect-error a row of another resource
me.can('content:update', { id: 7 })
// @ts-expect-error a row of another resource
me.authorize('users:read', post)
// @ts-expect-error a field that a post does not have
me.can('content:update', post, 'titel')
// @ts-expect-error a field that a post does not have
me.fields('content:update', post, ['titel'])
// @ts-expect-error a row that is none of a post
me.pick('content:read', { id: 'x' })
// @ts-expect-error a field that a post does not have
defineRoles(typed, { author: { permissions: [{ permission: 'content:update', when: own('author') }] } })
// @ts-expect-error a field that a post does not have, deep inside
defineRoles(typed, { author: { deny: [{ permission: 'content:*', when: not(and(eq('titel', 'x'), own('id'))) }] } })
// @ts-expect-error a field that a post does not have
defineRoles(typed, { author: { permissions: [{ permission: 'content:read', fields: ['titel'] }] } })
// @ts-expect-error a typo, also where rows have types
defineRoles(typed, { author: { permissions: [{ permission: 'content:reed', when: own('author_id') }] } })
// @ts-expect-error a wildcard over nothing, also where rows have types
defineRoles(typed, { author: { permissions: ['pages:*'] } })
// @ts-expect-error rows of a resource that is not declared
definePermissions({ content: ['read'] }, { rows: { contents: row<Post>() } })

const typedMerged = mergePermissions(typed, permissions)
declare const mergedSubject: Subject<PermissionOf<typeof typedMerged>, NonNullable<(typeof typedMerged)['rowTypes']>>
mergedSubject.can('content:publish', post)
// @ts-expect-error the row types of both are kept
mergedSubject.can('content:publish', { id: 7 })

// What is typed by its catalogue can be handed to code that is not.
expectTypeOf<Subject<Permission>>().toExtend<Subject>()
expectTypeOf<StoredPolicy<Permission>>().toExtend<StoredPolicy>()
expectTypeOf(me).toExtend<Subject>()
expectTypeOf(typed).toExtend<Catalogue>()
