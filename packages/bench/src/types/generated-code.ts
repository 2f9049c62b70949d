/**
 * Code as apps have it, with a catalogue of so many permissions: roles with wildcards, conditions and fields, and handlers
 * that ask.
 *
 * @param typed Whether the permissions are typed by the catalogue. Without, the same code takes any text, and shows what the
 * types cost.
 */
export function permissionCode(count: number, typed: boolean): string {
  const labels = Array.from({ length: count }, (_, number) => labelOf(number))
  const label = (number: number): string => `'${labels[number % count] ?? ''}'`
  const resource = (number: number): string => `resource${number % Math.ceil(count / operations.length)}`
  const lines = typed ? typedHead : untypedHead
  const resources = Array.from({ length: Math.ceil(count / operations.length) }, (_, number) => {
    const own = labels.slice(number * operations.length, (number + 1) * operations.length)
    return `  ${resource(number)}: [${own.map((text) => `'${text.split(':', 2)[1] ?? ''}'`).join(', ')}],`
  })
  const roles = Array.from({ length: roleCount }, (_, number) => {
    const plain = Array.from({ length: 9 }, (_, place) => label(number * 37 + place * 11))
    const wild = [`'${resource(number)}:*'`, `'*:${operations[number % operations.length] ?? ''}'`]
    const when = `{ permission: ${label(number * 53)}, when: own('author_id'), fields: ['title'] }`
    const inherits = number === 0 ? '' : `inherits: ['role${number - 1}'], `
    return `  role${number}: { ${inherits}permissions: [${[...plain, ...wild, when].join(', ')}], deny: [${label(number * 7)}] },`
  })
  const questions = Array.from({ length: askCount }, (_, number) => [
    `  me.can(${label(number * 61)}, post),`,
    `  me.can(${label(number * 59)}),`,
    `  me.canAll([${label(number * 13)}, ${label(number * 17)}]),`,
    `  me.authorize(${label(number * 19)}, post),`,
    `  me.filter(${label(number * 23)}),`,
  ]).flat()
  return [
    ...lines,
    'export const permissions = definePermissions({',
    ...resources,
    '})',
    'export const roles = defineRoles(permissions, {',
    ...roles,
    '})',
    typed ? 'declare const me: Subject<PermissionOf<typeof permissions>>' : 'declare const me: Me',
    'declare const post: { readonly author_id: string }',
    'export const answers = [',
    ...questions,
    ']',
    '',
  ].join('\n')
}

const roleCount = 20
const askCount = 60
const operations = ['read', 'create', 'update', 'delete', 'admin']

const labelOf = (number: number): string =>
  `resource${Math.floor(number / operations.length)}:${operations[number % operations.length] ?? ''}`

const typedHead = [
  `import { definePermissions, defineRoles, own, type PermissionOf, type Subject } from '@cardea/permissions'`,
]

const untypedHead = [
  `import { own, type PermissionOf, type Subject } from '@cardea/permissions'`,
  'export type Unused = Subject | PermissionOf<never>',
  'type Grant = string | { readonly permission: string; readonly when?: object; readonly fields?: readonly string[] }',
  'interface Role { readonly permissions?: readonly Grant[]; readonly deny?: readonly Grant[]; readonly inherits?: readonly string[] }',
  'interface Me {',
  '  can(permission: string, object?: object | null, field?: string): boolean',
  '  canAll(permissions: readonly string[], object?: object | null): boolean',
  '  authorize(permission: string, object?: object | null, field?: string): void',
  '  filter(permission: string, field?: string): boolean | object',
  '}',
  'declare function definePermissions(resources: Readonly<Record<string, readonly string[]>>): object',
  'declare function defineRoles(catalogue: object, roles: Readonly<Record<string, Role>>): object',
]

/** An app with ten collections of ten fields and 200 permissions, which asks for some of them. */
export const appCode = (): string =>
  [
    `import { createCardea, defineCollection, text } from 'cardea'`,
    `import { definePermissions, defineRoles } from '@cardea/permissions'`,
    `import { sqlite } from '@cardea/kysely/sqlite'`,
    'const permissions = definePermissions({',
    ...Array.from(
      { length: 40 },
      (_, number) => `  resource${number}: [${operations.map((operation) => `'${operation}'`).join(', ')}],`,
    ),
    '})',
    'const roles = defineRoles(permissions, {',
    `  viewer: { permissions: ['*:read'] },`,
    `  editor: { permissions: ['resource1:*', 'resource2:update'], inherits: ['viewer'] },`,
    '})',
    ...Array.from({ length: 10 }, (_, number) => {
      const fields = Array.from({ length: 10 }, (_, place) => `field${place}: text({ optional: true })`).join(', ')
      return `const collection${number} = defineCollection('collection${number}', { type: 'auth', fields: { ${fields} } })`
    }),
    'const collections = [',
    ...Array.from({ length: 10 }, (_, number) => `  collection${number},`),
    '] as const',
    `export const auth = createCardea({ storage: sqlite('app.db'), secret: 'a secret', baseUrl: 'http://localhost:3000', permissions, roles, collections: [...collections] })`,
    'export async function handle(id: string): Promise<boolean> {',
    '  const me = await auth.permissions.subject(id)',
    ...Array.from(
      { length: 20 },
      (_, number) => `  if (me.can('resource${number}:${operations[number % 5] ?? ''}')) return true`,
    ),
    '  return false',
    '}',
    '',
  ].join('\n')
