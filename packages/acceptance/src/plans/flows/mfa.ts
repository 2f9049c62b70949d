import type { RouteName } from '@cardea/http/contract'
import { HOTP, Secret } from 'otpauth'
import { base, expecting, type Flow } from '../flow.js'
import { type Person, password, type World } from '../world.js'

const stepMilliseconds = 30_000

/** The code that an authenticator app shows now. */
const codeOf = (world: World, secret: string): string =>
  HOTP.generate({ secret: Secret.fromBase32(secret), counter: Math.floor(world.time.now / stepMilliseconds) })

/** Somebody with a second factor, at a time at which its next code is good. */
interface Enrolled extends Person {
  readonly secret: string
  readonly backupCodes: readonly string[]
}

async function enroll(world: World, bearer: string): Promise<string> {
  const { body } = await expecting(200, world.send('POST', `${base}/auth/mfa/totp/enroll`, { bearer }))
  return String(body['secret'])
}

async function enrolled(world: World): Promise<Enrolled> {
  const person = await world.signUp()
  const bearer = person.access
  const secret = await enroll(world, bearer)
  const sent = { bearer, body: { code: codeOf(world, secret) } }
  const { body } = await expecting(200, world.send('POST', `${base}/auth/mfa/totp/activate`, sent))
  world.time.now += stepMilliseconds
  // The contract says that it is a list of texts.
  return { ...person, secret, backupCodes: body['backup_codes'] as readonly string[] }
}

async function ticketOf(world: World, { email }: Person): Promise<string> {
  const { body } = await expecting(401, world.send('POST', `${base}/auth/login`, { body: { email, password } }))
  return String(body['mfa_token'])
}

/** Somebody who has no second factor and needs one, for a role, with the ticket of a sign-in. */
async function required(world: World): Promise<string> {
  const person = await world.signUp()
  await world.auth.permissions.assign(person.id, 'editor')
  return await ticketOf(world, person)
}

/** A flow of one request about a second factor. */
const about = (
  route: RouteName,
  name: string,
  [method, path, status]: readonly [string, string, number],
  prepare: (world: World) => Promise<{ readonly bearer?: string; readonly body: unknown }>,
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const sent = await prepare(world)
    return () => expecting(status, world.send(method, `${base}/auth${path}`, sent))
  },
})

const signingIn: readonly Flow[] = [
  about('login', 'first step of a login', ['POST', '/login', 401], async (world) => {
    const { email } = await enrolled(world)
    return { body: { email, password } }
  }),
  about('verifyMfa', 'second step of a login', ['POST', '/mfa/verify', 200], async (world) => {
    const person = await enrolled(world)
    return { body: { mfa_token: await ticketOf(world, person), code: codeOf(world, person.secret) } }
  }),
  about('verifyMfa', 'second step by a backup code', ['POST', '/mfa/verify', 200], async (world) => {
    const person = await enrolled(world)
    return { body: { mfa_token: await ticketOf(world, person), backup_code: person.backupCodes[0] } }
  }),
  about('verifyMfa', 'second step: wrong code', ['POST', '/mfa/verify', 401], async (world) => {
    const person = await enrolled(world)
    return { body: { mfa_token: await ticketOf(world, person), code: '000000' } }
  }),
  about('verifyMfa', 'second step: wrong backup code', ['POST', '/mfa/verify', 401], async (world) => {
    const mfaToken = await ticketOf(world, await enrolled(world))
    return { body: { mfa_token: mfaToken, backup_code: '0000-0000-0000-0000' } }
  }),
  about('verifyMfa', 'second step: too many codes', ['POST', '/mfa/verify', 429], async (world) => {
    const person = await enrolled(world)
    const spent = await ticketOf(world, person)
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expecting(401, world.send('POST', `${base}/auth/mfa/verify`, { body: { mfa_token: spent, code: 'x' } }))
    }
    return { body: { mfa_token: await ticketOf(world, person), code: codeOf(world, person.secret) } }
  }),
  about('verifyMfa', 'second step: ticket used', ['POST', '/mfa/verify', 401], async (world) => {
    const person = await enrolled(world)
    const body = { mfa_token: await ticketOf(world, person), code: codeOf(world, person.secret) }
    await expecting(200, world.send('POST', `${base}/auth/mfa/verify`, { body }))
    return { body }
  }),
]

const settingUp: readonly Flow[] = [
  about('enrollTotp', 'set up a second factor', ['POST', '/mfa/totp/enroll', 200], async (world) => {
    const { access } = await world.signUp()
    return { bearer: access, body: {} }
  }),
  about('enrollTotp', 'set up a second factor once more', ['POST', '/mfa/totp/enroll', 200], async (world) => {
    const { access } = await world.signUp()
    await enroll(world, access)
    return { bearer: access, body: {} }
  }),
  about('enrollTotp', 'set up a second factor: there is one', ['POST', '/mfa/totp/enroll', 409], async (world) => ({
    bearer: (await enrolled(world)).access,
    body: {},
  })),
  about('enrollTotp', 'set up a second factor with a ticket', ['POST', '/mfa/totp/enroll', 200], async (world) => ({
    body: { mfa_token: await required(world) },
  })),
  about('activateTotp', 'confirm a second factor', ['POST', '/mfa/totp/activate', 200], async (world) => {
    const { access } = await world.signUp()
    const secret = await enroll(world, access)
    return { bearer: access, body: { code: codeOf(world, secret) } }
  }),
  about('activateTotp', 'confirm a second factor: wrong code', ['POST', '/mfa/totp/activate', 401], async (world) => {
    const { access } = await world.signUp()
    await enroll(world, access)
    return { bearer: access, body: { code: '000000' } }
  }),
  about('activateTotp', 'confirm a second factor with a ticket', ['POST', '/mfa/totp/activate', 200], async (world) => {
    const mfaToken = await required(world)
    const sent = { body: { mfa_token: mfaToken } }
    const { body } = await expecting(200, world.send('POST', `${base}/auth/mfa/totp/enroll`, sent))
    return { body: { mfa_token: mfaToken, code: codeOf(world, String(body['secret'])) } }
  }),
]

const owning: readonly Flow[] = [
  {
    name: 'look at second factors',
    route: 'mfaState',
    prepare: async (world) => {
      const { access } = await enrolled(world)
      return () => expecting(200, world.send('GET', `${base}/auth/mfa`, { bearer: access }))
    },
  },
  about('renewBackupCodes', 'renew backup codes', ['POST', '/mfa/backup-codes', 200], async (world) => {
    const { access, secret } = await enrolled(world)
    return { bearer: access, body: { code: codeOf(world, secret) } }
  }),
  about('disableMfa', 'take a second factor away', ['DELETE', '/mfa/totp', 204], async (world) => {
    const { access, secret } = await enrolled(world)
    return { bearer: access, body: { code: codeOf(world, secret) } }
  }),
  {
    name: 'reset a second factor',
    prepare: async (world) => {
      const { id } = await enrolled(world)
      return () => world.auth.users.mfa.reset(id)
    },
  },
  about('reauthenticate', 'prove the password once more', ['POST', '/reauthenticate', 204], async (world) => {
    const { access } = await world.signUp()
    return { bearer: access, body: { password } }
  }),
  about('reauthenticate', 'prove the password once more: wrong', ['POST', '/reauthenticate', 401], async (world) => {
    const { access } = await world.signUp()
    return { bearer: access, body: { password: 'not the password' } }
  }),
  about('reauthenticate', 'prove a second factor once more', ['POST', '/reauthenticate', 204], async (world) => {
    const { access, secret } = await enrolled(world)
    return { bearer: access, body: { code: codeOf(world, secret) } }
  }),
]

/** What second factors do. */
export const mfaFlows: readonly Flow[] = [...signingIn, ...settingUp, ...owning]
