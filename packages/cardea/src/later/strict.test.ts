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

const password = 'correct horse battery'

/** An instance with a role of run time, and the id of somebody. */
async function withHelper(): Promise<{ readonly auth: Auth; readonly id: string }> {
  const { auth } = createTestCardea()
  await auth.migrate()
  await auth.ready()
  await auth.permissions.roles.create({ label: 'helper' })
  const { id } = await auth.users.create({ email: 'ann@example.test', password, name: 'Ann' })
  return { auth, id }
}

describe('options that are misspelt', () => {
  let auth: Auth
  let id: string

  beforeAll(async () => {
    ;({ auth, id } = await withHelper())
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

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function read(lines: AsyncIterable<string>): Promise<void> {
  for await (const _ of lines);
}

describe('who asks', () => {
  let auth: Auth
  let id: string

  beforeAll(async () => {
    ;({ auth, id } = await withHelper())
  })

  afterAll(() => auth.close())

  const asks: readonly (readonly [name: string, call: (options: never) => Promise<unknown>])[] = [
    ['permissions.assign', (options) => auth.permissions.assign(id, 'helper', options)],
    ['permissions.roles.create', (options) => auth.permissions.roles.create({ label: 'other' }, options)],
    ['apiKeys.create', (options) => auth.apiKeys.create({ principalId: id }, Object(options).by)],
    ['sshKeys.add', (options) => auth.sshKeys.add({ principalId: id, publicKey: 'none' }, Object(options).by)],
    ['users.delete', (options) => auth.users.delete(id, options)],
    ['users.create', (options) => auth.users.create({ email: 'bob@example.test', password, name: 'Bob' }, options)],
    ['users.invitations.create', (options) => auth.users.invitations.create({ email: 'c@example.test' }, options)],
    ['users.import', (options) => auth.users.import(nothing(), misspelt({ format: 'jsonl', ...Object(options) }))],
    ['users.export', (options) => read(auth.users.export(misspelt({ format: 'jsonl', ...Object(options) })))],
  ]
  const recordsOf = async () => {
    const records = await auth.recordsOf('users')
    if (records === undefined) throw new Error('there are users')
    return records
  }
  const onRecords: typeof asks = [
    ['records.list', async (options) => await (await recordsOf()).list({}, options)],
    ['records.count', async (options) => await (await recordsOf()).count({}, options)],
    ['records.view', async (options) => await (await recordsOf()).view(id, options)],
    [
      'records.create',
      async (options) => await (await recordsOf()).create({ email: 'd@example.test', password }, options),
    ],
    ['records.update', async (options) => await (await recordsOf()).update(id, { name: 'x' }, options)],
    ['records.delete', async (options) => await (await recordsOf()).delete(id, options)],
    ['records.deleteMany', async (options) => await (await recordsOf()).deleteMany({ all: true }, options)],
    ['records.export', async (options) => await read((await recordsOf()).export({ format: 'csv' }, options))],
  ]

  it.each([...asks, ...onRecords])(
    'is not the app where %s is told of undefined, or of no authentication',
    async (_, call) => {
      const before = await stateOf(auth)
      const found = await auth.verify({ bearerToken: 'of nobody' })
      for (const by of [undefined, found, {}, 'somebody', { principalId: 5 }]) {
        await expect(call(misspelt({ by }))).rejects.toMatchObject({
          code: 'configuration_invalid',
          message: expect.stringMatching(/^by /),
        })
      }
      expect(await stateOf(auth)).toEqual(before)
    },
  )

  it.each(asks)('is somebody where %s takes nobody', async (_, call) => {
    await expect(call(misspelt({ by: null }))).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  it.each(onRecords)('may be nobody for %s', async (_, call) => {
    await expect(call(misspelt({ by: null }))).rejects.toMatchObject({
      code: expect.not.stringMatching('configuration'),
    })
  })
})

describe('strict', () => {
  const operation = strict((_services, first: unknown, second?: unknown) => [first, second], { at: 2, members: ['by'] })
  const call = operation.bind(undefined, misspelt({}))

  it('leaves alone what it knows, what is not given, and the other arguments', () => {
    const by = { principalId: 'somebody' }
    expect(call({ anything: 1 }, { by })).toEqual([{ anything: 1 }, { by }])
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
