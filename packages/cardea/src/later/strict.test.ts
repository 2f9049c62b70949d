import { own } from '@cardea/permissions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestCardea } from '../testing.fixture.js'
import { strict } from './strict.js'

type Auth = ReturnType<typeof createTestCardea>['auth']

/** As JavaScript has it, and objects that were put together elsewhere: nothing that a compiler looks at. */
const misspelt = (members: Record<string, unknown>): never => members as never

const calls: readonly (readonly [name: string, member: string, call: (auth: Auth, id: string) => Promise<unknown>])[] =
  [
    [
      'permissions.grants.add',
      'condition',
      ({ permissions }) => permissions.grants.add('helper', 'content:read', misspelt({ condition: own('author_id') })),
    ],
    [
      'permissions.grants.add',
      'feilds',
      ({ permissions }) => permissions.grants.add('helper', 'content:read', misspelt({ feilds: ['title'] })),
    ],
    [
      'permissions.assign',
      'expires',
      ({ permissions }, id) => permissions.assign(id, 'helper', misspelt({ expires: 1 })),
    ],
    [
      'permissions.roles.create',
      'inherit',
      ({ permissions }) => permissions.roles.create(misspelt({ label: 'other', inherit: ['helper'] })),
    ],
    [
      'permissions.roles.delete',
      'as',
      ({ permissions }) => permissions.roles.delete('helper', misspelt({ as: 'somebody' })),
    ],
    [
      'apiKeys.create',
      'scope',
      ({ apiKeys }, principalId) => apiKeys.create(misspelt({ principalId, scope: ['content:read'] })),
    ],
    ['users.delete', 'asked_by', ({ users }, id) => users.delete(id, misspelt({ asked_by: 'somebody' }))],
    ['users.profiles', 'where', ({ users }) => users.profiles(misspelt({ where: { name: 'Ann' } }))],
    ['users.identityLinks', 'principal_id', ({ users }, id) => users.identityLinks(misspelt({ principal_id: id }))],
    ['users.list', 'where', ({ users }) => users.list(misspelt({ where: { name: 'Ann' } }))],
  ]

describe('options that are misspelt', () => {
  let auth: Auth
  let id: string

  beforeAll(async () => {
    ;({ auth } = createTestCardea())
    await auth.migrate()
    await auth.ready()
    await auth.permissions.roles.create({ label: 'helper' })
    const user = await auth.users.create({ email: 'ann@example.test', password: 'correct horse battery', name: 'Ann' })
    id = user.id
  })

  afterAll(() => auth.close())

  it.each(calls)('are refused by %s: %s, and nothing is done', async (_, member, call) => {
    const before = await stateOf(auth)
    await expect(call(auth, id)).rejects.toMatchObject({
      code: 'unknown_field',
      issues: [{ path: member, code: 'unknown_field' }],
    })
    expect(await stateOf(auth)).toEqual(before)
  })

  it('are refused where they limit what somebody may', async () => {
    const limited = auth.permissions.subject(id, misspelt({ activeRole: ['helper'] }))
    await expect(limited).rejects.toMatchObject({ issues: [{ path: 'activeRole' }] })
    const scoped = auth.permissions.assign(id, 'helper', { scope: misspelt({ tenantId: 'acme' }) })
    await expect(scoped).rejects.toMatchObject({ issues: [{ path: 'tenantId' }] })
    expect((await auth.permissions.rolesOf(id)).map(({ label }) => label)).not.toContain('helper')
  })
})

describe('strict', () => {
  const operation = strict((_services, first: unknown, second?: unknown) => [first, second], { at: 2, members: ['by'] })
  const call = operation.bind(undefined, misspelt({}))

  it('leaves alone what it knows, what is not given, and the other arguments', () => {
    expect(call({ anything: 1 }, { by: 2 })).toEqual([{ anything: 1 }, { by: 2 }])
    expect(call({}, undefined)).toEqual([{}, undefined])
    expect(call({}, null)).toEqual([{}, null])
  })

  it('names what it knows', () => {
    expect(() => call({}, { bye: 1 })).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ message: expect.stringContaining('there are by') })],
      }),
    )
  })
})

/** What the calls would have changed. */
async function stateOf({ permissions, users }: Auth): Promise<unknown> {
  return [
    await permissions.grants.count(),
    await permissions.assignments.count(),
    (await permissions.roles.list()).map(({ label }) => label),
    await users.count(),
  ]
}
