import type { RouteName } from '@cardea/http/contract'
import { codePattern } from '../../dev-mailbox.js'
import { base, expecting, type Flow } from '../flow.js'
import { type Person, password, type Sent, type World } from '../world.js'

const tokenPattern = /#token=([\w.-]{80})/
const guests = '/collections/guests/auth'

/** A flow of one request about a link or a code. */
const about = (
  route: RouteName,
  name: string,
  [path, status]: readonly [string, number],
  prepare: (world: World) => Promise<Sent> | Sent,
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const sent = await prepare(world)
    return () => expecting(status, world.send('POST', `${base}${path}`, sent))
  },
})

/** Somebody with an account at which nothing was proved, or whose address is verified. */
async function person(world: World, { verified = false } = {}): Promise<Person> {
  const somebody = await world.signUp()
  if (!verified) return somebody
  const token = await link(world, somebody.email, '/auth/request-verification', { body: { email: somebody.email } })
  await expecting(200, world.send('POST', `${base}/auth/confirm-verification`, { body: { token, password } }))
  return somebody
}

/** The token of a link that is asked for. */
async function link(world: World, address: string, path: string, sent: Sent): Promise<string> {
  const { status } = await world.send('POST', `${base}${path}`, sent)
  if (status >= 300) throw new Error(`not asked for: ${status}`)
  return await world.findInMail(address, tokenPattern)
}

const resetLink = (world: World, { email }: Person) =>
  link(world, email, '/auth/request-password-reset', { body: { email } })

const changeLink = (world: World, { email, cookie }: Person) =>
  link(world, `new.${email}`, '/auth/me/request-email-change', {
    cookie,
    body: { new_email: `new.${email}`, password },
  })

async function codeFor(world: World, email: string, path = '/auth') {
  const { body } = await expecting(200, world.send('POST', `${base}${path}/otp/request`, { body: { email } }))
  return { email, code: await world.findInMail(email, codePattern), flow_id: String(body['flow_id']) }
}

const otherCode = (code: string): string => (code === '000000' ? '000001' : '000000')
const newPassword = 'another long password'

const verifying: readonly Flow[] = [
  about('requestVerification', 'ask to verify', ['/auth/request-verification', 202], async (world) => ({
    body: { email: (await person(world)).email },
  })),
  about('requestVerification', 'ask to verify: nobody', ['/auth/request-verification', 202], (world) => ({
    body: { email: world.fresh().email },
  })),
  about('confirmVerification', 'verify by password', ['/auth/confirm-verification', 200], async (world) => {
    const { email } = await person(world)
    return { body: { token: await link(world, email, '/auth/request-verification', { body: { email } }), password } }
  }),
  about('confirmVerification', 'verify in a session', ['/auth/confirm-verification', 200], async (world) => {
    const { email, cookie } = await person(world)
    return { cookie, body: { token: await link(world, email, '/auth/request-verification', { body: { email } }) } }
  }),
  about('confirmVerification', 'verify by the link alone', ['/auth/confirm-verification', 401], async (world) => {
    const { email } = await person(world)
    return { body: { token: await link(world, email, '/auth/request-verification', { body: { email } }) } }
  }),
]

const resetting: readonly Flow[] = [
  about('requestPasswordReset', 'ask for a reset', ['/auth/request-password-reset', 200], async (world) => ({
    body: { email: (await person(world)).email },
  })),
  about('requestPasswordReset', 'ask for a reset: nobody', ['/auth/request-password-reset', 200], (world) => ({
    body: { email: world.fresh().email },
  })),
  about('confirmPasswordReset', 'reset a password', ['/auth/confirm-password-reset', 200], async (world) => ({
    body: { token: await resetLink(world, await person(world, { verified: true })), password: newPassword },
  })),
  about(
    'confirmPasswordReset',
    'reset a password: never verified',
    ['/auth/confirm-password-reset', 200],
    async (world) => ({
      body: { token: await resetLink(world, await person(world)), password: newPassword },
    }),
  ),
  about('confirmPasswordReset', 'reset a password: no such link', ['/auth/confirm-password-reset', 401], () => ({
    body: { token: `0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b.${'A'.repeat(43)}`, password: newPassword },
  })),
]

const changing: readonly Flow[] = [
  about('requestEmailChange', 'ask to change an address', ['/auth/me/request-email-change', 202], async (world) => {
    const { email, cookie } = await person(world)
    return { cookie, body: { new_email: `new.${email}`, password } }
  }),
  about('confirmEmailChange', 'change an address', ['/auth/me/confirm-email-change', 200], async (world) => ({
    body: { token: await changeLink(world, await person(world)) },
  })),
  about(
    'confirmEmailChange',
    'change an address in a session',
    ['/auth/me/confirm-email-change', 200],
    async (world) => {
      const somebody = await person(world)
      return { cookie: somebody.cookie, body: { token: await changeLink(world, somebody) } }
    },
  ),
  about('confirmEmailChange', 'change an address: taken', ['/auth/me/confirm-email-change', 409], async (world) => {
    const somebody = await person(world)
    const token = await changeLink(world, somebody)
    const heir = { ...world.fresh(), email: `new.${somebody.email}` }
    await expecting(201, world.send('POST', `${base}/auth/register`, { body: heir }))
    return { body: { token } }
  }),
]

const codes: readonly Flow[] = [
  about('requestOtp', 'ask for a code', ['/auth/otp/request', 200], async (world) => ({
    body: { email: (await person(world)).email },
  })),
  about('requestOtp', 'ask for a code: nobody', ['/auth/otp/request', 200], (world) => ({
    body: { email: world.fresh().email },
  })),
  about('requestOtp', 'ask for a code: too soon', ['/auth/otp/request', 200], async (world) => {
    const { email } = await person(world)
    await codeFor(world, email)
    return { body: { email } }
  }),
  about('verifyOtp', 'sign in by a code', ['/auth/otp/verify', 200], async (world) => ({
    body: await codeFor(world, (await person(world, { verified: true })).email),
  })),
  about('verifyOtp', 'sign in by a code without its flow', ['/auth/otp/verify', 200], async (world) => {
    const { email, code } = await codeFor(world, (await person(world, { verified: true })).email)
    return { body: { email, code } }
  }),
  about('verifyOtp', 'sign in by a code: never verified', ['/auth/otp/verify', 200], async (world) => ({
    body: await codeFor(world, (await person(world)).email),
  })),
  about('verifyOtp', 'sign in by a code: wrong', ['/auth/otp/verify', 401], async (world) => {
    const sent = await codeFor(world, (await person(world)).email)
    return { body: { ...sent, code: otherCode(sent.code) } }
  }),
  about('verifyOtp', 'sign in by a code: nobody', ['/auth/otp/verify', 401], (world) => ({
    body: { email: world.fresh().email, code: '123456', flow_id: 'no such flow' },
  })),
  about('verifyOtp', 'become somebody by a code', [`${guests}/otp/verify`, 200], async (world) => ({
    body: await codeFor(world, world.fresh().email, guests),
  })),
  about('reauthenticate', 'prove an address once more', ['/auth/reauthenticate', 204], async (world) => {
    const { email, cookie } = await person(world, { verified: true })
    const { code, flow_id } = await codeFor(world, email)
    return { cookie, body: { email_code: code, flow_id } }
  }),
]

const quietly: readonly Flow[] = [
  about('register', 'register, told by mail', [`${guests}/register`, 202], (world) => ({
    body: { email: world.fresh().email, password },
  })),
  about('register', 'register, told by mail: taken', [`${guests}/register`, 202], async (world) => {
    const { email } = world.fresh()
    await world.observe(() => world.send('POST', `${base}${guests}/register`, { body: { email, password } }))
    return { body: { email, password } }
  }),
]

/** Links and codes that go by mail; what sends the mail runs in the background, and is counted as well. */
export const recoveryFlows: readonly Flow[] = [...verifying, ...resetting, ...changing, ...codes, ...quietly]
