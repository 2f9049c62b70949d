import { expectTypeOf } from 'vitest'
import {
  compilePolicy,
  declaredPolicy,
  definePermissions,
  defineRoles,
  mergePermissions,
  type mergeRoles,
  type PermissionOf,
  type PermissionPattern,
  type RoleOf,
  type Subject,
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
// @ts-expect-error a role that is not declared
defineRoles(permissions, { viewer: { inherits: ['editor'] } })
// @ts-expect-error a member that does not exist
defineRoles(permissions, { viewer: { permission: ['content:read'] } })

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

// What is typed by its catalogue can be handed to code that is not.
expectTypeOf<Subject<Permission>>().toExtend<Subject>()
expectTypeOf<StoredPolicy<Permission>>().toExtend<StoredPolicy>()
