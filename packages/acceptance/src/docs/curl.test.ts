import { HOTP, Secret } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf, textOf } from '../client.js'
import { adminToken } from '../define-customers.js'
import { type DemoServer, demoOn, startDemo } from '../demo-server.js'
import { codePattern, findInMail, tokenPattern } from '../dev-mailbox.js'
import { testsNext } from '../next/builds.js'
import { pages } from './pages.js'
import { startQuickStart } from './quick-starts.js'
import { curlCommands, type Fill, runPage } from './run-page.js'

const api = '/api/v1'
const password = 'correct horse battery'

/** The demo that pages are run against, one after the other. */
interface World {
  readonly client: Client
  readonly admin: string
}

/** Sends something that has to work. */
async function sure(sent: Promise<{ readonly status: number; readonly body: unknown }>): Promise<void> {
  const { status, body } = await sent
  if (status >= 300) throw new Error(textOf(body))
}

/** Registers a user. @returns Its access token and its id. */
async function register({ client }: World, email: string, at = `${api}/auth`) {
  const name = email.replaceAll(/\W/g, '-')
  const own = at === `${api}/auth` ? { username: name, name } : { company: 'Acme', phone: '1' }
  const { status, body } = await client.post(`${at}/register`, { email, password, ...own })
  if (status !== 201) throw new Error(textOf(body))
  return { token: textOf(body['access_token']), id: textOf(body['user']?.['id']) }
}

/** The code that the authenticator app shows after so many periods of 30 seconds from now. */
const totp = (secret: string, ahead = 0): string =>
  new HOTP({ secret: Secret.fromBase32(secret) }).generate({ counter: Math.floor(Date.now() / 30_000) + ahead })

const mailed = (client: Client, address: string, pattern: RegExp) => findInMail([client], address, pattern)

/** What stands for what each page prints, by command; made after what the page takes for granted is there. */
const demoPages: Readonly<Record<string, (world: World) => Promise<readonly (Fill | undefined)[]>>> = {
  'docs/collections.md': async ({ admin }) => [() => ({ $ADMIN_TOKEN: admin })],
  'docs/audit.md': async ({ admin }) => [() => ({ $TOKEN: admin })],
  'docs/explaining-a-refusal.md': async ({ admin }) => [() => ({ $TOKEN: admin, '…': 'u1' })],
  'docs/permissions.md': async ({ client, admin }) => {
    await sure(client.post(`${api}/roles`, { label: 'reporter' }, { bearer: admin }))
    const asAdmin = () => ({ $TOKEN: admin })
    return [asAdmin, asAdmin]
  },
  'docs/tenants.md': async (world) => {
    await sure(world.client.post(`${api}/roles`, { label: 'member' }, { bearer: world.admin }))
    const { id } = await register(world, 'guest@example.com')
    const later = new Date(Date.now() + 86_400_000).toISOString()
    return [() => ({ $TOKEN: world.admin, '…': id, '2027-01-01T00:00:00Z': later })]
  },
  'docs/records.md': async ({ client, admin }) => {
    const { status, body } = await client.post(
      `${api}/collections/products/records`,
      { title: 'Hinge' },
      { bearer: admin },
    )
    if (status !== 201) throw new Error(textOf(body))
    const id = textOf(body['id'])
    return [
      () => ({ $TOKEN: admin }),
      undefined,
      () => ({ '01a2…': id }),
      ([, , seen]) => ({
        '01a2…': id,
        $TOKEN: admin,
        '"Nc7MOD9B2vdC-qXAlPQ8Kw"': seen?.headers.get('etag') ?? 'no tag',
      }),
    ]
  },
  'docs/refresh-tokens.md': async ({ client }) => {
    const own = { email: 'tokens@example.com', password, username: 'tokens', name: 'T' }
    const { body } = await client.post(`${api}/auth/register`, own)
    return [() => ({ '01a2014d-b475-7215-8438-031c3b71c287.0.kQ…': textOf(body['refresh_token']) })]
  },
  'docs/email-codes.md': async (world) => {
    const { client } = world
    const email = 'customer@example.com'
    await register(world, email, `${api}/collections/customers/auth`)
    const fresh = await register(world, 'reader@example.com')
    return [
      undefined,
      async ([asked]) => ({
        '483921': await mailed(client, email, codePattern),
        'q0w…': textOf(asked?.body['flow_id']),
      }),
      async () => {
        const asked = await client.post(`${api}/auth/otp/request`, { email: 'reader@example.com' })
        const code = await mailed(client, 'reader@example.com', codePattern)
        return { $TOKEN: fresh.token, '483921': code, 'q0w…': textOf(asked.body['flow_id']) }
      },
    ]
  },
  'docs/invitations.md': async ({ client, admin }) => {
    await sure(client.post(`${api}/auth/invitations`, { email: 'invited@example.com' }, { bearer: admin }))
    return [async () => ({ '…': await mailed(client, 'invited@example.com', tokenPattern('accept-invitation')) })]
  },
  'docs/mail.md': async ({ admin }) => [() => ({ $ADMIN: admin })],
  'docs/mfa.md': async (world) => {
    const email = 'careful@example.com'
    const { token } = await register(world, email)
    let secret = ''
    return [
      () => ({ $TOKEN: token }),
      ([enrolled]) => {
        secret = textOf(enrolled?.body['secret'])
        return { $TOKEN: token, '492039': totp(secret) }
      },
      async () => {
        const { body } = await world.client.post(`${api}/auth/login`, { email, password })
        // The code of this period is used up.
        return { '…': textOf(body['mfa_token']), '118273': totp(secret, 1) }
      },
    ]
  },
  'docs/verification-and-recovery.md': async (world) => {
    const { client } = world
    const jane = 'jane@example.com'
    await register(world, jane)
    const mover = await register(world, 'mover@example.com')
    return [
      undefined,
      async () => ({ '…': await mailed(client, jane, tokenPattern('verify-email')) }),
      undefined,
      async () => ({ '…': await mailed(client, jane, tokenPattern('reset-password')) }),
      () => ({ $TOKEN: mover.token }),
      async () => ({ '…': await mailed(client, 'new@example.com', tokenPattern('confirm-email-change')) }),
    ]
  },
  'docs/sign-in-rules.md': async ({ client, admin }) => {
    const fields = { plan: { type: 'select', options: ['free', 'paid'], optional: true } }
    await sure(client.patch(`${api}/collections/customers`, { fields }, { bearer: admin }))
    return [() => ({ $ADMIN: admin })]
  },
  'examples/hono/README.md': async (world) => {
    const { client, admin } = world
    // As in another installation, where nobody has defined them yet.
    await sure(client.delete(`${api}/collections/customers?drop=1`, { bearer: admin }))
    const [leaver, heir] = [await register(world, 'leaver@example.com'), await register(world, 'heir@example.com')]
    return [
      () => ({ $TOKEN: admin }),
      () => ({
        $TOKEN: admin,
        '"user_id":"…"': `"user_id":"${leaver.id}"`,
        '"reassign_to":"…"': `"reassign_to":"${heir.id}"`,
      }),
      undefined,
      undefined,
      async () => ({ '<token>': await mailed(client, 'admin@example.com', tokenPattern('reset-password')) }),
    ]
  },
}

/** The code that makes the first admin, which the program logs. */
async function setupCodeOf(server: DemoServer): Promise<string> {
  const logged = () => /"setup_code\\": \\"([^\\]+)/.exec(server.output())?.[1]
  await expect.poll(logged, { timeout: 60_000 }).toBeDefined()
  return logged() ?? ''
}

/** Pages that begin with a program, whose commands are sent to that program. */
const quickStarts: Readonly<Record<string, (server: DemoServer) => readonly (Fill | undefined)[]>> = {
  'docs/express.md': (server) => [
    undefined,
    undefined,
    undefined,
    undefined,
    (answers) => ({ $TOKEN: textOf(answers[1]?.body['access_token']) }),
    (answers) => ({ $TOKEN: textOf(answers[1]?.body['access_token']) }),
    async () => ({ '…': await setupCodeOf(server) }),
    (answers) => ({ $ADMIN_TOKEN: textOf(answers[6]?.body['access_token']) }),
  ],
  'docs/hono.md': (server) => [
    undefined,
    undefined,
    undefined,
    undefined,
    (answers) => ({ $TOKEN: textOf(answers[2]?.body['access_token']) }),
    undefined,
    undefined,
    undefined,
    undefined,
    async () => ({ '…': await setupCodeOf(server) }),
    (answers) => ({ $ADMIN_TOKEN: textOf(answers[9]?.body['access_token']) }),
  ],
}

/** Pages that begin with an app of Next, which takes long to build: the demo has the same routes, and is built anyway. */
const nextQuickStarts = ['docs/next.md']

describe('the commands that pages print', () => {
  let server: DemoServer
  let world: World

  beforeAll(async () => {
    server = await startDemo({ DATABASE_URL: 'sqlite::memory:' })
    const client = clientOf(server.url)
    world = { client, admin: await adminToken(client) }
  })
  afterAll(async () => await server?.stop())

  it('are run here, all of them', () => {
    const withCommands = pages.filter((page) => curlCommands(page).length > 0)
    const run = [...Object.keys(demoPages), ...Object.keys(quickStarts), ...nextQuickStarts]
    expect(run.toSorted()).toEqual(withCommands.toSorted())
  })

  it.each(Object.entries(demoPages))('of %s work against the demo', async (page, prepare) => {
    await runPage(page, world.client, await prepare(world))
  })

  it.each(Object.entries(quickStarts))('of %s work against the program that it begins with', async (page, fills) => {
    const own = await startQuickStart(page)
    try {
      await runPage(page, clientOf(own.url), fills(own))
    } finally {
      await own.stop('SIGKILL')
    }
  })
  it.runIf(testsNext).each(nextQuickStarts)('of %s work against the demo on Next', async (page) => {
    const demo = await startDemo({ DATABASE_URL: 'sqlite::memory:' }, undefined, demoOn('next'))
    try {
      await runPage(page, clientOf(demo.url), [])
    } finally {
      await demo.stop('SIGKILL')
    }
  })
})
