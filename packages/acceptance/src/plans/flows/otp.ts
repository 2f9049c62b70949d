import { base, expecting, type Flow, post } from '../flow.js'
import { password, type World } from '../world.js'

const ofMembers = '/collections/members/auth'

/** A code that was asked for, as it is typed. */
async function codeFor(world: World, email: string, mount = '/auth') {
  const { body } = await expecting(200, world.send('POST', `${base}${mount}/otp/request`, { body: { email } }))
  const [code] = /\b\d{6}\b/.exec(await world.mailTo(email)) ?? []
  return { email, code, flow_id: body['flow_id'] }
}

const wrong = (code: string | undefined): string => (code === '000000' ? '000001' : '000000')

/** The address of somebody who has shown to read its mail. */
async function verified(world: World): Promise<string> {
  const { email } = await world.auth.users.create(world.fresh(), { verified: true })
  await expecting(200, world.send('POST', `${base}/auth/login`, { body: { email, password } }))
  return email
}

/** Somebody who has shown to read its mail, and the cookie of a browser that the account knows. */
export async function knownBrowser(world: World) {
  const { email } = await world.auth.users.create(world.fresh(), { verified: true })
  const sent = { body: { email, password }, browser: true }
  const { cookie } = await expecting(200, world.send('POST', `${base}/auth/login`, sent))
  return { body: { email }, cookie: cookie.split('; ').find((part) => part.includes('device')) ?? '', browser: true }
}

/** Signing in with codes by mail. */
export const otpFlows: readonly Flow[] = [
  post('requestOtp', 'ask for a code', '/auth/otp/request', 200, async (world) => ({
    email: (await world.signUp()).email,
  })),
  post('requestOtp', 'ask for a code: address of nobody', '/auth/otp/request', 200, (world) => ({
    email: world.fresh().email,
  })),
  {
    name: 'ask for a code: device that is known',
    route: 'requestOtp',
    prepare: async (world) => {
      const sent = await knownBrowser(world)
      return () => expecting(200, world.send('POST', `${base}/auth/otp/request`, sent))
    },
  },
  post('requestOtp', 'ask for a code: too soon', '/auth/otp/request', 200, async (world) => {
    const { email } = await codeFor(world, (await world.signUp()).email)
    return { email }
  }),
  post('verifyOtp', 'sign in with a code', '/auth/otp/verify', 200, async (world) =>
    codeFor(world, await verified(world)),
  ),
  post('verifyOtp', 'sign in with a code: no flow named', '/auth/otp/verify', 200, async (world) => {
    const { email, code } = await codeFor(world, await verified(world))
    return { email, code }
  }),
  post('verifyOtp', 'take an account over with a code: never verified', '/auth/otp/verify', 200, async (world) =>
    codeFor(world, (await world.signUp()).email),
  ),
  post('verifyOtp', 'join with a code', `${ofMembers}/otp/verify`, 200, (world) =>
    codeFor(world, world.fresh().email, ofMembers),
  ),
  post('verifyOtp', 'sign in with a code: wrong', '/auth/otp/verify', 401, async (world) => {
    const sent = await codeFor(world, await verified(world))
    return { ...sent, code: wrong(sent.code) }
  }),
  post('verifyOtp', 'sign in with a code: address of nobody', '/auth/otp/verify', 401, (world) => ({
    email: world.fresh().email,
    code: '000000',
    flow_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  })),
  post('verifyOtp', 'sign in with a code: too many tries', '/auth/otp/verify', 401, async (world) => {
    const sent = await codeFor(world, await verified(world))
    const body = { ...sent, code: wrong(sent.code) }
    for (let tried = 0; tried < 5; tried += 1) {
      await expecting(401, world.send('POST', `${base}/auth/otp/verify`, { body }))
    }
    return sent
  }),
  {
    name: 'prove oneself with a code by mail once more',
    route: 'reauthenticate',
    prepare: async (world) => {
      const { email, access } = await world.signUp()
      const { code, flow_id } = await codeFor(world, email)
      const sent = { bearer: access, body: { email_code: code, flow_id } }
      return () => expecting(204, world.send('POST', `${base}/auth/reauthenticate`, sent))
    },
  },
  post('verifyOtp', 'sign in with a code: used', '/auth/otp/verify', 401, async (world) => {
    const body = await codeFor(world, await verified(world))
    await expecting(200, world.send('POST', `${base}/auth/otp/verify`, { body }))
    return body
  }),
]
