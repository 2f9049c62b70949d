import { createHash } from 'node:crypto'
import type { RouteName } from '@cardea/http/contract'
import { type Act, base, expecting, type Flow, unknownId } from '../flow.js'
import type { Got, Person, World } from '../world.js'

interface Begun {
  readonly state: string
  readonly cookie: string
}

const own = `${base}/auth/oauth`
/** Of a collection that nobody signs in to by mail. */
const ofCustomers = `${base}/collections/customers/auth/oauth`

async function begin(world: World, query = '', person?: Person, mount = own): Promise<Begun> {
  const sent = person === undefined ? {} : { bearer: person.access }
  const got = await expecting(302, world.send('GET', `${mount}/login?provider=company${query}`, sent))
  return { state: new URL(got.location).searchParams.get('state') ?? '', cookie: got.cookie }
}

const comeBack = (
  { state, cookie }: Begun,
  world: World,
  code: string,
  path = '/callback/company',
  mount = own,
): Promise<Got> =>
  expecting(302, world.send('GET', `${mount}${path}?state=${state}&code=${encodeURIComponent(code)}`, { cookie }))

/** Comes back to where all is well. */
async function arrive(begun: Begun, world: World, code: string, path?: string): Promise<Got> {
  const got = await comeBack(begun, world, code, path)
  if (got.location.includes('error=')) throw new Error(`sent to ${got.location}`)
  return got
}

const flow = (route: RouteName, name: string, prepare: (world: World) => Promise<Act>): Flow => ({
  name,
  route,
  prepare,
})

/** Somebody who has come through a provider before. */
async function known(
  world: World,
): Promise<{ readonly code: string; readonly email: string; readonly cookie: string }> {
  const { email } = world.fresh()
  const code = `${email}|${email}|verified`
  const { cookie } = await arrive(await begin(world), world, code)
  return { code, email, cookie }
}

const verifier = 'the-verifier-that-a-page-keeps-for-a-minute-or-so'
const challenge = createHash('sha256').update(verifier).digest('base64url')

async function codeForTokens(world: World): Promise<string> {
  const { code } = await known(world)
  const { location } = await arrive(await begin(world, `&mode=token&code_challenge=${challenge}`), world, code)
  return new URL(location).searchParams.get('code') ?? ''
}

async function twoLinks(world: World) {
  const person = await world.signUp()
  for (const subject of ['one', 'two']) {
    await arrive(await begin(world, '&intent=link', person), world, `${person.id}-${subject}`)
  }
  const [first] = await world.auth.users.oauth.connections(person.id)
  return { person, id: first?.id ?? unknownId }
}

/** Signing in through providers. */
export const oauthFlows: readonly Flow[] = [
  flow('listProviders', 'list providers', async (world) => () => expecting(200, world.send('GET', `${own}/providers`))),
  flow('beginOAuth', 'begin at a provider', async (world) => () => begin(world)),
  flow('beginOAuth', 'begin to link a provider', async (world) => {
    const person = await world.signUp()
    return () => begin(world, '&intent=link', person)
  }),
  flow('finishOAuth', 'come from a provider: known', async (world) => {
    const { code } = await known(world)
    const begun = await begin(world)
    return () => arrive(begun, world, code, '/callback')
  }),
  flow('finishOAuthOf', 'come from a provider: new', async (world) => {
    const { email } = world.fresh()
    const begun = await begin(world)
    return () => arrive(begun, world, `${email}|${email}|verified`)
  }),
  flow('finishOAuthOf', 'come from a provider: linked by address', async (world) => {
    const { email } = await known(world)
    const begun = await begin(world)
    return () => arrive(begun, world, `another-${email}|${email}|verified`)
  }),
  flow('finishOAuthOf', 'come from a provider: the account was never verified', async (world) => {
    const { email } = await world.signUp()
    const begun = await begin(world)
    return () => arrive(begun, world, `${email}|${email}|verified`)
  }),
  flow('finishOAuthOf', 'come from a provider: the address is taken, and not verified', async (world) => {
    const { email } = await world.signUp()
    const begun = await begin(world)
    return () => comeBack(begun, world, `${email}|${email}|not`)
  }),
  flow('finishOAuthOf', 'come from a provider: no such state', async (world) => async () => {
    await expecting(400, world.send('GET', `${own}/callback/company?state=${unknownId}.${'A'.repeat(43)}&code=x`))
  }),
  flow('finishOAuthOf', 'come from a provider to link', async (world) => {
    const person = await world.signUp()
    const begun = await begin(world, '&intent=link', person)
    return () => arrive(begun, world, `${person.id}-linked`)
  }),
  flow('finishOAuthOf', 'come from a provider to link: linked already', async (world) => {
    const { person } = await twoLinks(world)
    const begun = await begin(world, '&intent=link', person)
    return () => arrive(begun, world, `${person.id}-one`)
  }),
  flow('finishOAuthOf', 'come from a provider to be fresh', async (world) => {
    const { person } = await twoLinks(world)
    const begun = await begin(world, '&intent=reauth', person)
    return () => arrive(begun, world, `${person.id}-one`)
  }),
  flow('finishOAuthOf', 'come from a provider for a code', async (world) => {
    const { code } = await known(world)
    const begun = await begin(world, `&mode=token&code_challenge=${challenge}`)
    return () => arrive(begun, world, code)
  }),
  flow('postedOAuth', 'have an answer posted', async (world) => async () => {
    await expecting(303, world.send('POST', `${own}/callback/company`, { form: 'state=x&code=y' }))
  }),
  flow('exchangeOAuth', 'exchange a code for tokens', async (world) => {
    const body = { code: await codeForTokens(world), code_verifier: verifier }
    return () => expecting(200, world.send('POST', `${own}/exchange`, { body }))
  }),
  flow('exchangeOAuth', 'exchange a code for tokens: wrong verifier', async (world) => {
    const body = { code: await codeForTokens(world), code_verifier: `${verifier}x` }
    return () => expecting(401, world.send('POST', `${own}/exchange`, { body }))
  }),
  flow('listConnections', 'list connections', async (world) => {
    const { person } = await twoLinks(world)
    return () => expecting(200, world.send('GET', `${own}/connections`, { bearer: person.access }))
  }),
  {
    name: 'find the tokens of a provider',
    prepare: async (world) => {
      const { person, id } = await twoLinks(world)
      return async () => {
        if ((await world.auth.users.oauth.tokens(person.id, id)) === undefined) throw new Error('no tokens')
      }
    },
  },
  flow('removeConnection', 'take a connection away', async (world) => {
    const { person, id } = await twoLinks(world)
    return () => expecting(204, world.send('DELETE', `${own}/connections/${id}`, { bearer: person.access }))
  }),
  flow('removeConnection', 'take a connection away: the last', async (world) => {
    // Without a password: the ones made by a provider have none.
    const { email } = world.fresh()
    const begun = await begin(world, '', undefined, ofCustomers)
    const { cookie } = await comeBack(begun, world, `${email}|${email}|verified`, '/callback/company', ofCustomers)
    const cookieToken = /session[^=;]*=([^;]+)/.exec(cookie)?.[1] ?? ''
    const person = await world.auth.sessions.verify({ cookieToken }, { collections: ['customers'] })
    if (!person.authenticated) throw new Error('no session')
    const { principalId } = person.authentication
    const [only] = await world.auth.collections.customers.oauth.connections(principalId)
    return () => expecting(409, world.send('DELETE', `${ofCustomers}/connections/${only?.id}`, { cookie }))
  }),
]
