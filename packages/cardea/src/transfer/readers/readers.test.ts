import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import type { ImportOptions } from '../../api/transfer.js'
import { codeOf } from '../../users/users.fixture.js'
import { bytesOf, createTransferApp, now } from '../transfer.fixture.js'

/** bcrypt of `abc`, from jBCrypt's tests. */
const bcrypt = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'
/** What better-auth makes of `correct horse battery`, as in the tests of `describeHash`. */
const betterAuth =
  '9f86d081884c7d659a2feaa0c55ad015:f5cea8b01781a80196604fea1d5aead78fab92cda0fabb44473f89fdbe3b84a81663bedf1646aa67bd0156f93ffc00bfa60fbd046828f20d4f12bab214874894'

const firebase = {
  base64_signer_key: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  base64_salt_separator: 'Bw==',
  rounds: 8,
  mem_cost: 14,
} as const

const ada = 'ada@example.com'

async function imported(file: string, options: ImportOptions) {
  const app = createTransferApp(createMemoryStorage({ clock: () => now }))
  await app.auth.migrate()
  await app.auth.ready()
  const report = await app.auth.users.import(bytesOf(file), { fields: { legacy_id: 'id' }, ...options })
  const { items } = await app.auth.users.profiles({ filter: { email: { eq: ada } } })
  return { auth: app.auth, report, profile: items[0] }
}

interface Case {
  readonly name: string
  readonly options: ImportOptions
  readonly file: string
  readonly password: string
  readonly createdAt: string
}

const createdAt = '2024-05-06T07:08:09.123Z'

const cases: readonly Case[] = [
  {
    name: 'better-auth',
    options: { format: 'better-auth' },
    password: 'correct horse battery',
    createdAt,
    file: JSON.stringify({
      id: 'old',
      name: 'Ada',
      email: ada,
      emailVerified: true,
      image: null,
      createdAt,
      updatedAt: createdAt,
      accounts: [
        {
          id: 'a1',
          accountId: 'old',
          providerId: 'credential',
          userId: 'old',
          password: betterAuth,
          accessToken: null,
        },
        { id: 'a2', accountId: '1815', providerId: 'google', userId: 'old', password: null, accessToken: 'token' },
      ],
    }),
  },
  {
    name: 'Supabase as JSON',
    options: { format: 'supabase', fields: { legacy_id: 'id', company: 'raw_user_meta_data.company' } },
    password: 'abc',
    createdAt,
    file: JSON.stringify([
      {
        id: 'old',
        aud: 'authenticated',
        email: ada,
        encrypted_password: bcrypt,
        email_confirmed_at: '2024-05-06 07:09:00+00',
        created_at: '2024-05-06 07:08:09.123456+00',
        banned_until: null,
        raw_user_meta_data: { full_name: 'Ada', company: 'Engines' },
        identities: [
          { provider: 'email', provider_id: 'old', identity_data: { sub: 'old' } },
          { provider: 'google', provider_id: '1815', identity_data: { sub: '1815', email: ada } },
        ],
      },
    ]),
  },
  {
    name: 'Supabase as CSV',
    options: { format: 'supabase-csv' },
    password: 'abc',
    createdAt,
    file: `id,email,encrypted_password,email_confirmed_at,created_at,raw_user_meta_data,identities\r\nold,${ada},${bcrypt},2024-05-06 07:09:00+00,2024-05-06 09:08:09.123+02,"{""full_name"": ""Ada""}","[{""provider"": ""google"", ""identity_data"": {""sub"": ""1815""}}]"\r\n`,
  },
  {
    name: 'Auth0',
    options: { format: 'auth0', fields: { legacy_id: 'user_id' } },
    password: 'abc',
    createdAt,
    file: JSON.stringify({
      user_id: 'old',
      email: ada,
      email_verified: true,
      name: 'Ada',
      created_at: createdAt,
      passwordHash: bcrypt,
      identities: [
        { provider: 'auth0', user_id: 'old', connection: 'Username-Password-Authentication', isSocial: false },
        { provider: 'google-oauth2', user_id: 1815, connection: 'google-oauth2', isSocial: true },
      ],
    }),
  },
  {
    name: 'Auth0 with a scrypt hash of its own kind',
    options: { format: 'auth0', fields: { legacy_id: 'user_id' }, providers: { elsewhere: 'google' } },
    // RFC 7914 §12.
    password: 'pleaseletmein',
    createdAt,
    file: JSON.stringify([
      {
        user_id: 'old',
        email: ada,
        email_verified: true,
        name: 'Ada',
        created_at: createdAt,
        custom_password_hash: {
          algorithm: 'scrypt',
          cost: 16_384,
          blockSize: 8,
          parallelization: 1,
          salt: { value: 'SodiumChloride', encoding: 'utf8' },
          hash: {
            value:
              '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
            encoding: 'hex',
          },
        },
        identities: [{ provider: 'elsewhere', user_id: '1815' }],
      },
    ]),
  },
  {
    name: 'Firebase',
    options: { format: 'firebase', firebase, fields: { legacy_id: 'localId' } },
    // firebase/scrypt, README.md.
    password: 'user1password',
    createdAt,
    file: JSON.stringify({
      users: [
        {
          localId: 'old',
          email: ada,
          emailVerified: true,
          passwordHash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
          salt: '42xEC+ixf3L2lw==',
          displayName: 'Ada',
          createdAt: String(Date.parse(createdAt)),
          disabled: false,
          providerUserInfo: [
            { providerId: 'password', rawId: ada, email: ada },
            { providerId: 'google.com', rawId: '1815', email: ada },
          ],
        },
      ],
    }),
  },
  {
    name: 'PocketBase',
    options: { format: 'pocketbase' },
    password: 'abc',
    createdAt,
    file: JSON.stringify([
      {
        id: 'old',
        email: ada,
        verified: 1,
        name: 'Ada',
        password: bcrypt,
        tokenKey: 'a secret of the old system',
        created: '2024-05-06 07:08:09.123Z',
        externalAuths: [{ provider: 'google', providerId: '1815' }],
      },
    ]),
  },
]

describe('readers of other systems', () => {
  it.each(cases)('bring a user of $name over, who signs in with the same password', async (one) => {
    const { auth, report, profile } = await imported(one.file, one.options)
    expect(report).toMatchObject({ records: 1, imported: 1, refused: 0, withoutPassword: 0 })
    expect(profile).toMatchObject({
      user: { name: 'Ada', verified: true, status: 'active', created_at: one.createdAt },
      identityLinks: [{ provider: 'google', subject: '1815' }],
    })
    // The id of the old system is kept where the mapping says so, and this one is new.
    expect(await auth.users.count({ search: 'old' })).toBe(0)
    expect(profile?.user.id).not.toBe('old')
    expect(await codeOf(auth.users.login({ email: ada, password: `${one.password}?` }))).toBe('invalid_credentials')
    expect(await codeOf(auth.users.login({ email: ada, password: one.password }))).toBe('none')
  })

  it('take what is disabled there for disabled, and an address that nobody has proved for that', async () => {
    const disabled: readonly (readonly [ImportOptions['format'], object])[] = [
      ['better-auth', { banned: true }],
      ['supabase', { banned_until: '2999-01-01 00:00:00+00' }],
      ['supabase', { deleted_at: '2024-01-01 00:00:00+00' }],
      ['auth0', { blocked: true }],
      ['firebase', { disabled: true }],
    ]
    for (const [format, more] of disabled) {
      const { profile } = await imported(JSON.stringify([{ email: ada, ...more }]), { format, fields: {} })
      expect([format, profile?.user.status, profile?.user.verified]).toEqual([format, 'disabled', false])
    }
  })

  it('let in whose ban is over, and nobody else', async () => {
    const past = '2024-05-06 07:08:09.123+00'
    const banned: readonly (readonly [ImportOptions['format'], object, 'active' | 'disabled'])[] = [
      ['better-auth', { banned: true, banExpires: null }, 'disabled'],
      ['better-auth', { banned: true, banExpires: createdAt }, 'active'],
      ['better-auth', { banned: 1, banExpires: past }, 'active'],
      ['better-auth', { banned: 1, banExpires: Date.parse(createdAt) }, 'active'],
      ['better-auth', { banned: true, banExpires: '2999-01-01T00:00:00.000Z' }, 'disabled'],
      ['better-auth', { banned: false, banExpires: '2999-01-01T00:00:00.000Z' }, 'active'],
      // What cannot be read ends no ban, nor do seconds, which as milliseconds are of 1970.
      ['better-auth', { banned: true, banExpires: 'soon' }, 'disabled'],
      ['better-auth', { banned: true, banExpires: Date.parse('2999-01-01') / 1000 }, 'disabled'],
      ['supabase', { banned_until: past }, 'active'],
      ['supabase', { banned_until: 'infinity' }, 'disabled'],
      ['supabase', { banned_until: past, deleted_at: past }, 'disabled'],
    ]
    for (const [format, more, status] of banned) {
      const { profile } = await imported(JSON.stringify([{ email: ada, ...more }]), { format, fields: {} })
      expect([format, more, profile?.user.status]).toEqual([format, more, status])
    }
  })

  it('refuse a hash that cannot be checked, or send its user to a link', async () => {
    const files: readonly (readonly [ImportOptions['format'], object])[] = [
      ['auth0', { custom_password_hash: { algorithm: 'md5', hash: { value: '5f4dcc3b5aa765d61d8327deb882cf99' } } }],
      ['auth0', { custom_password_hash: { algorithm: 'scrypt', cost: 3, hash: { value: 'ab', encoding: 'hex' } } }],
      ['firebase', { passwordHash: 'lSrfV15c', salt: '42xEC+ixf3L2lw==' }],
      ['supabase', { encrypted_password: 'secret-5f4dcc3b' }],
    ]
    for (const [format, more] of files) {
      const file = JSON.stringify([{ email: ada, ...more }])
      const refused = await imported(file, { format, fields: {} })
      expect([format, refused.report.refusedFor]).toEqual([format, { unsupported_hash: 1 }])
      expect(JSON.stringify(refused.report)).not.toContain('5f4dcc3b')
      const reset = await imported(file, { format, fields: {}, unsupportedHash: 'reset' })
      expect(reset.report).toMatchObject({ imported: 1, withoutPassword: 1 })
    }
  })

  it('keep nothing of a project of Firebase in a hash', async () => {
    const { auth } = await imported(cases[5]?.file ?? '', { format: 'firebase', firebase, fields: {} })
    let text = ''
    for await (const part of auth.users.export({ format: 'jsonl', withPasswordHashes: true })) text += part
    expect(text).toContain('$firebase-scrypt$ln=14,r=8$42xEC+ixf3L2lwc$')
    expect(text).not.toContain(firebase.base64_signer_key.slice(0, 20))
  })

  it('refuse accounts at providers that are not there, unless they are left out', async () => {
    const file = JSON.stringify({ email: ada, identities: [{ provider: 'corp', subject: '1' }] })
    const at = (providers: Readonly<Record<string, string | null>>) =>
      imported(file, { format: 'jsonl', fields: {}, providers })
    expect((await at({})).report.refusedFor).toEqual({ unknown_provider: 1 })
    expect((await at({ corp: 'constructor' })).report.refusedFor).toEqual({ unknown_provider: 1 })
    expect((await at({ corp: null })).report.imported).toBe(1)
    const others = JSON.stringify({
      email: ada,
      identities: ['discord', 'google', 'twitch', 'hunter2@example.com'].map((provider) => ({
        provider,
        subject: '1',
      })),
    })
    const [refused] = (await imported(others, { format: 'jsonl', fields: {} })).report.firstRefused
    expect(refused?.issues).toEqual([
      {
        path: 'identities',
        code: 'unknown_provider',
        message: 'name a provider that this collection does not have (discord, twitch)',
      },
    ])
    expect((await at({ corp: 'google' })).profile?.identityLinks).toMatchObject([{ provider: 'google', subject: '1' }])
  })

  it('refuse dangerous records with places and codes, and never say a value', async () => {
    const records = [
      { email: 'hunter2' },
      { email: `${ada}\u0000` },
      { email: ada, company: 'x\u0000hunter2' },
      { email: ada, username: 'no spaces hunter2' },
      { email: ada, admin: 'hunter2' },
      { email: ada, password: 'hunter2' },
      { email: ada, verified: 'hunter2' },
      { email: ada, status: 'hunter2' },
      { email: ada, roles: 'hunter2' },
      { email: ada, created_at: 'hunter2' },
      { email: ada, created_at: now + 1 },
      { email: ada, password_hash: 'hunter2' },
      { email: ada, identities: 'hunter2' },
      { email: ada, identities: [{ provider: 'google', subject: 'x\ud800' }] },
      { email: ada, identities: [{ provider: 'google', subject: 'x'.repeat(256) }] },
      { email: ada, extra: { constructor: { prototype: 'hunter2' } } },
      { email: ada, legacy_id: 'x\ud800' },
      { 'hunter\n2': 1, email: ada },
    ]
    const { report } = await imported(records.map((record) => JSON.stringify(record)).join('\n'), {
      format: 'jsonl',
      fields: {},
    })
    expect([report.imported, report.refused]).toEqual([0, records.length])
    expect(report.firstRefused.map(({ issues }) => issues[0]?.path)).toEqual([
      'email',
      'email',
      'company',
      'username',
      'admin',
      'password',
      'verified',
      'status',
      'roles',
      'created_at',
      'created_at',
      'password_hash',
      'identities',
      'identities',
      'identities',
      expect.stringContaining('extra'),
      'legacy_id',
      'hunter\ufffd2',
    ])
    expect(JSON.stringify(report).replaceAll('hunter\ufffd2', '')).not.toContain('hunter2')
  })

  it('refuse wrong options by name, never by value', async () => {
    const wrong: readonly object[] = [
      { format: 'xml' },
      { format: 'csv', unknown: 1 },
      { format: 'csv', batchSize: 0 },
      { format: 'csv', after: -1 },
      { format: 'csv', fields: { nothing: 'x' } },
      { format: 'firebase', firebase: { ...firebase, base64_signer_key: 'hunter2!' } },
    ]
    for (const options of wrong) {
      // What JavaScript may pass.
      const work = imported('', { fields: {}, ...options } as unknown as ImportOptions)
      await expect(work).rejects.toMatchObject({ code: expect.stringMatching(/^(?:invalid_request|unknown_field)$/) })
      expect(await work.catch((error: Error) => JSON.stringify(error))).not.toContain('hunter2')
    }
  })
})
