import { type Act, base, expecting, type Flow, post } from '../flow.js'
import { type Person, password, type World } from '../world.js'

const newPassword = 'another long password'

/** The token of the link that was sent last to an address. */
async function tokenOf(world: World, address: string): Promise<string> {
  const [, token] = /#token=([^&\s]+)/.exec(await world.mailTo(address)) ?? []
  if (token === undefined) throw new Error('no link in the mail')
  return token
}

/** The link that was asked for by a request. */
async function linked(world: World, path: string, status: number, email: string): Promise<string> {
  await expecting(status, world.send('POST', `${base}/auth${path}`, { body: { email } }))
  return await tokenOf(world, email)
}

const verificationOf = (world: World, email: string): Promise<string> =>
  linked(world, '/request-verification', 202, email)

const resetOf = (world: World, email: string): Promise<string> => linked(world, '/request-password-reset', 200, email)

/** Somebody whose address is verified. */
async function verified(world: World): Promise<Person> {
  const person = await world.signUp()
  const body = { token: await verificationOf(world, person.email), password }
  await expecting(200, world.send('POST', `${base}/auth/confirm-verification`, { body }))
  return person
}

/** Asks for the same link over and over. */
async function exhausted(world: World, path: string, status: number): Promise<object> {
  const { email } = await world.signUp()
  for (let asked = 0; asked < 3; asked += 1) {
    await expecting(status, world.send('POST', `${base}/auth${path}`, { body: { email } }))
  }
  return { email }
}

const verifying: readonly Flow[] = [
  post('requestVerification', 'ask for a link that verifies', '/auth/request-verification', 202, async (world) => ({
    email: (await world.signUp()).email,
  })),
  post(
    'requestVerification',
    'ask for a link that verifies: address of nobody',
    '/auth/request-verification',
    202,
    (world) => ({ email: world.fresh().email }),
  ),
  post('requestVerification', 'ask for a link that verifies: too often', '/auth/request-verification', 202, (world) =>
    exhausted(world, '/request-verification', 202),
  ),
  post('confirmVerification', 'verify an address by password', '/auth/confirm-verification', 200, async (world) => {
    const { email } = await world.signUp()
    return { token: await verificationOf(world, email), password }
  }),
  {
    name: 'verify an address by a session',
    route: 'confirmVerification',
    prepare: async (world) => {
      const { email, access } = await world.signUp()
      const body = { token: await verificationOf(world, email) }
      return () => expecting(200, world.send('POST', `${base}/auth/confirm-verification`, { body, bearer: access }))
    },
  },
  post('confirmVerification', 'verify an address: wrong password', '/auth/confirm-verification', 401, async (world) => {
    const { email } = await world.signUp()
    return { token: await verificationOf(world, email), password: 'not the password' }
  }),
  post('confirmVerification', 'verify an address: link used', '/auth/confirm-verification', 401, async (world) => {
    const { email } = await world.signUp()
    const body = { token: await verificationOf(world, email), password }
    await expecting(200, world.send('POST', `${base}/auth/confirm-verification`, { body }))
    return body
  }),
]

const resetting: readonly Flow[] = [
  post('requestPasswordReset', 'ask for a reset', '/auth/request-password-reset', 200, async (world) => ({
    email: (await world.signUp()).email,
  })),
  post('requestPasswordReset', 'ask for a reset: address of nobody', '/auth/request-password-reset', 200, (world) => ({
    email: world.fresh().email,
  })),
  post('requestPasswordReset', 'ask for a reset: too often', '/auth/request-password-reset', 200, (world) =>
    exhausted(world, '/request-password-reset', 200),
  ),
  post('confirmPasswordReset', 'reset a password', '/auth/confirm-password-reset', 200, async (world) => {
    const { email } = await verified(world)
    return { token: await resetOf(world, email), password: newPassword }
  }),
  post(
    'confirmPasswordReset',
    'take an account over by a reset: never verified',
    '/auth/confirm-password-reset',
    200,
    async (world) => {
      const { email } = await world.signUp()
      return { token: await resetOf(world, email), password: newPassword }
    },
  ),
  post('confirmPasswordReset', 'reset a password: too weak', '/auth/confirm-password-reset', 422, async (world) => {
    const { email } = await verified(world)
    return { token: await resetOf(world, email), password: 'short' }
  }),
  post('confirmPasswordReset', 'reset a password: link used', '/auth/confirm-password-reset', 401, async (world) => {
    const { email } = await verified(world)
    const body = { token: await resetOf(world, email), password: newPassword }
    await expecting(200, world.send('POST', `${base}/auth/confirm-password-reset`, { body }))
    return body
  }),
]

const requestChange = '/auth/me/request-email-change'
const confirmChange = '/auth/me/confirm-email-change'

/** Somebody who has been sent a link to a new address. */
async function changing(world: World, to?: string) {
  const person = await world.signUp()
  const newEmail = to ?? world.fresh().email
  const sent = { bearer: person.access, body: { new_email: newEmail, password } }
  await expecting(202, world.send('POST', `${base}${requestChange}`, sent))
  return { person, newEmail, token: await tokenOf(world, newEmail) }
}

const asking = (name: string, status: number, body: (world: World) => Promise<object>): Flow => ({
  name,
  route: 'requestEmailChange',
  prepare: async (world) => {
    const { access } = await world.signUp()
    const sent = { bearer: access, body: await body(world) }
    return () => expecting(status, world.send('POST', `${base}${requestChange}`, sent))
  },
})

const confirming = (name: string, status: number, prepare: (world: World) => Promise<object>): Flow => ({
  name,
  route: 'confirmEmailChange',
  prepare: async (world): Promise<Act> => {
    const sent = await prepare(world)
    return () => expecting(status, world.send('POST', `${base}${confirmChange}`, sent))
  },
})

const changingAddress: readonly Flow[] = [
  asking('ask for a link to a new address', 202, async (world) => ({ new_email: world.fresh().email, password })),
  asking('ask for a link to a new address: somebody has it', 202, async (world) => ({
    new_email: (await world.signUp()).email,
    password,
  })),
  asking('ask for a link to a new address: wrong password', 401, async (world) => ({
    new_email: world.fresh().email,
    password: 'not the password',
  })),
  confirming('change an address in a session', 200, async (world) => {
    const { person, token } = await changing(world)
    return { cookie: person.cookie, body: { token } }
  }),
  confirming('change an address without a session', 200, async (world) => ({
    body: { token: (await changing(world)).token },
  })),
  confirming('change an address: somebody was faster', 409, async (world) => {
    const { token, newEmail } = await changing(world)
    await world.auth.users.create({ ...world.fresh(), email: newEmail })
    return { body: { token } }
  }),
  confirming('change an address: link used', 401, async (world) => {
    const { token } = await changing(world)
    await expecting(200, world.send('POST', `${base}${confirmChange}`, { body: { token } }))
    return { body: { token } }
  }),
]

/** Verifying addresses, and getting back in. */
export const recoveryFlows: readonly Flow[] = [...verifying, ...resetting, ...changingAddress]
