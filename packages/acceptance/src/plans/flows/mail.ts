import { outbox } from '@cardea/storage'
import { base, expecting, type Flow } from '../flow.js'
import { password, type World } from '../world.js'
import { knownBrowser } from './otp.js'

/** A job in the outbox; one that was given up where it is `dead`. */
async function mailOf(
  world: World,
  job: { readonly recipient?: string; readonly payload?: string; readonly state?: string },
) {
  const { email } = world.fresh()
  const now = world.time.now
  const row = { id: email, kind: 'new_device', collection: 'users', recipient: email, due_at: now, created_at: now }
  await world.storage.insert(outbox, { ...row, ...job })
  return email
}

type Expected = Readonly<Record<'sent' | 'failed' | 'dropped', number>>

const reporting = async (world: World, given: Partial<Expected>): Promise<void> => {
  const expected: Expected = { sent: 0, failed: 0, dropped: 0, ...given }
  const report = await world.auth.jobs.run()
  const asExpected =
    report.sent === expected.sent && report.failed === expected.failed && report.dropped === expected.dropped
  if (!asExpected) throw new Error(`not as expected: ${JSON.stringify(report)}`)
}

/** A mail that somebody has asked for, until it is sent, or found to be for nobody. */
const asked = (
  name: string,
  path: string,
  status: number,
  expected: Partial<Expected>,
  prepare: (world: World) => Promise<{ readonly body: object; readonly bearer?: string; readonly cookie?: string }>,
): Flow => ({
  name,
  mails: true,
  prepare: async (world) => {
    const sent = await prepare(world)
    await world.holdingMails(() => expecting(status, world.send('POST', `${base}${path}`, sent)))
    return () => reporting(world, expected)
  },
})

const known = async (world: World) => ({ body: { email: (await world.signUp()).email } })
const unknown = async (world: World) => ({ body: { email: world.fresh().email } })
const ofMembers = '/collections/members/auth'

const askedFor: readonly Flow[] = [
  asked('send a link that verifies', '/auth/request-verification', 202, { sent: 1 }, known),
  asked('send a link that verifies: address of nobody', '/auth/request-verification', 202, { dropped: 1 }, unknown),
  asked('send a link that sets a password', '/auth/request-password-reset', 200, { sent: 1 }, known),
  asked(
    'send a link that sets a password: address of nobody',
    '/auth/request-password-reset',
    200,
    { dropped: 1 },
    unknown,
  ),
  asked('send a code', '/auth/otp/request', 200, { sent: 1 }, known),
  asked('send a code to a device that is known', '/auth/otp/request', 200, { sent: 1 }, knownBrowser),
  asked('send a code to a device of another', '/auth/otp/request', 200, { sent: 1 }, async (world) => ({
    ...(await knownBrowser(world)),
    ...(await known(world)),
  })),
  asked('send a code: address of nobody', '/auth/otp/request', 200, { dropped: 1 }, unknown),
  asked('send a code to somebody new', `${ofMembers}/otp/request`, 200, { sent: 1 }, unknown),
  asked('send a link to a new address', '/auth/me/request-email-change', 202, { sent: 1 }, async (world) => ({
    bearer: (await world.signUp()).access,
    body: { new_email: world.fresh().email, password },
  })),
  asked('make an account, and send its link', `${ofMembers}/register`, 202, { sent: 1 }, async (world) => ({
    body: { email: world.fresh().email, password },
  })),
  {
    name: 'tell an owner that somebody has registered',
    mails: true,
    // One job finds that the address is taken, and makes another, which two workers may look for at once.
    counted: false,
    prepare: async (world) => {
      const body = { email: 'm8@filled.test', password }
      await world.holdingMails(() => expecting(202, world.send('POST', `${base}${ofMembers}/register`, { body })))
      return () => world.auth.jobs.run()
    },
  },
]

/** Mails on their way, and those that were given up. */
export const mailFlows: readonly Flow[] = [
  ...askedFor,
  {
    name: 'send a mail',
    mails: true,
    prepare: async (world) => {
      await mailOf(world, {})
      return () => reporting(world, { sent: 1 })
    },
  },
  {
    name: 'send a mail: not now',
    mails: true,
    prepare: async (world) => {
      await mailOf(world, { payload: 'unreadable' })
      return () => reporting(world, { failed: 1 })
    },
  },
  {
    name: 'send a mail: never',
    mails: true,
    prepare: async (world) => {
      await mailOf(world, { recipient: 'no address' })
      return () => reporting(world, { failed: 1 })
    },
  },
  {
    name: 'no mail to send',
    mails: true,
    prepare: async (world) => () => reporting(world, {}),
  },
  {
    name: 'list mails that were given up',
    prepare: async (world) => async () => {
      if ((await world.auth.jobs.deadLetters()).length !== 100) throw new Error('not a hundred')
    },
  },
  {
    name: 'try a mail again that was given up, in the background',
    mails: true,
    prepare: async (world) => {
      const id = await mailOf(world, { state: 'dead' })
      return async () => {
        if (!(await world.auth.jobs.retryDead(id))) throw new Error('not retried')
      }
    },
  },
  {
    name: 'throw away a mail that was given up',
    prepare: async (world) => {
      const id = await mailOf(world, { state: 'dead' })
      return async () => {
        if (!(await world.auth.jobs.discardDead(id))) throw new Error('not discarded')
      }
    },
  },
]
