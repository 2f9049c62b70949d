import { eq } from '@cardea/core'
import { principals } from '@cardea/storage'
import { base, expecting, type Flow, post } from '../flow.js'
import { password, type World } from '../world.js'

/** Of `password`, in passlib's documentation. */
export const hashFromElsewhere = '$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE'

const signUpFlows: readonly Flow[] = [
  post('register', 'register', '/auth/register', 201, (world) => world.fresh()),
  post('register', 'register: e-mail taken', '/auth/register', 409, async (world) => ({
    ...world.fresh(),
    email: (await world.signUp()).email,
  })),
  post('register', 'register: username taken', '/auth/register', 409, async (world) => ({
    ...world.fresh(),
    username: (await world.signUp()).username,
  })),
  post('register', 'register: wrong set-up code', '/auth/register', 403, (world) => ({
    ...world.fresh(),
    setup_code: 'no such code',
  })),
  post('register', 'register a customer', '/collections/customers/auth/register', 201, (world) => {
    const { email } = world.fresh()
    return { email, password, phone: email.replace('@', '+'), badge: email }
  }),
  post('register', 'register a customer: badge taken', '/collections/customers/auth/register', 409, (world) => ({
    email: world.fresh().email,
    password,
    badge: 'b7',
  })),
  post('register', 'register without being told', '/collections/members/auth/register', 202, (world) => ({
    email: world.fresh().email,
    password,
  })),
  post('register', 'register without being told: e-mail taken', '/collections/members/auth/register', 202, () => ({
    email: 'm7@filled.test',
    password,
  })),
]

const deviceCookie = (cookie: string): string => cookie.split('; ').find((part) => part.includes('device')) ?? ''

const loginFlows: readonly Flow[] = [
  post('login', 'login', '/auth/login', 200, async (world) => ({ email: (await world.signUp()).email, password })),
  post('login', 'login by username', '/auth/login', 200, async (world) => ({
    username: (await world.signUp()).username,
    password,
  })),
  post('login', 'login: wrong password', '/auth/login', 401, async (world) => ({
    email: (await world.signUp()).email,
    password: 'not the password',
  })),
  post('login', 'login: unknown account', '/auth/login', 401, () => ({ email: 'nobody@example.test', password })),
  {
    name: 'login: disabled',
    route: 'login',
    prepare: async (world) => {
      const { email, id } = await world.signUp()
      await world.auth.users.disable(id)
      return () => expecting(401, world.send('POST', `${base}/auth/login`, { body: { email, password } }))
    },
  },
  {
    name: 'wrong password that locks an account',
    route: 'login',
    prepare: async (world) => {
      const { id, email } = await world.auth.users.create(world.fresh(), { verified: true })
      await world.storage.update(principals, { where: eq('id', id), set: { failed_attempts: 79 } })
      const sent = { body: { email, password: 'not the password' } }
      return () => expecting(401, world.send('POST', `${base}/auth/login`, sent))
    },
  },
  {
    name: 'login that replaces a cookie',
    route: 'login',
    prepare: async (world) => {
      const { email, cookie } = await world.signUp()
      return () => expecting(200, world.send('POST', `${base}/auth/login`, { body: { email, password }, cookie }))
    },
  },
  {
    name: 'login from a browser that is known',
    route: 'login',
    prepare: async (world) => {
      const { email, cookie } = await world.signUp({ browser: true })
      const sent = { body: { email, password }, cookie: deviceCookie(cookie), browser: true }
      return () => expecting(200, world.send('POST', `${base}/auth/login`, sent))
    },
  },
  {
    name: 'wrong password from a browser that is known',
    route: 'login',
    prepare: async (world) => {
      const { email, cookie } = await world.signUp({ browser: true })
      const sent = { body: { email, password: 'not the password' }, cookie: deviceCookie(cookie), browser: true }
      return () => expecting(401, world.send('POST', `${base}/auth/login`, sent))
    },
  },
  {
    name: 'first login at a node, which does not know the roles',
    route: 'login',
    prepare: async (world) => {
      const other = world.start()
      await other.ready()
      const own = world.fresh()
      await other.users.register(own, { ip: '192.0.2.1' })
      const sent = { body: { email: own.email, password } }
      return () => expecting(200, world.send('POST', `${base}/auth/login`, sent))
    },
  },
  {
    name: 'first login from a device',
    route: 'login',
    prepare: async (world) => {
      const { email } = await world.signUp()
      const sent = { body: { email, password }, ip: '198.51.100.1', browser: true }
      return () => expecting(200, world.send('POST', `${base}/auth/login`, sent))
    },
  },
  {
    name: 'first login after wrong passwords',
    route: 'login',
    prepare: async (world) => {
      const { email } = await world.signUp()
      await expecting(401, world.send('POST', `${base}/auth/login`, { body: { email, password: 'not it' } }))
      return () => expecting(200, world.send('POST', `${base}/auth/login`, { body: { email, password } }))
    },
  },
  {
    name: 'login: too many wrong passwords',
    route: 'login',
    prepare: async (world) => {
      const { email } = await world.signUp()
      for (let guess = 0; guess < 5; guess += 1) {
        await expecting(401, world.send('POST', `${base}/auth/login`, { body: { email, password: 'not it' } }))
      }
      return () => expecting(401, world.send('POST', `${base}/auth/login`, { body: { email, password } }))
    },
  },
  {
    name: 'wrong password after which others have to wait',
    route: 'login',
    prepare: async (world) => {
      const { email } = await world.signUp()
      const sent = { body: { email, password: 'not it' } }
      for (let guess = 0; guess < 4; guess += 1) await expecting(401, world.send('POST', `${base}/auth/login`, sent))
      return () => expecting(401, world.send('POST', `${base}/auth/login`, sent))
    },
  },
  {
    name: 'login with a password hash from elsewhere, made anew',
    route: 'login',
    prepare: async (world) => {
      const { email, id } = await world.signUp()
      await world.auth.users.setPasswordHash(id, hashFromElsewhere)
      const sent = { body: { email, password: 'password' } }
      return () => expecting(200, world.send('POST', `${base}/auth/login`, sent))
    },
  },
]

const refreshed = (world: World, token: string, status: number, cookie?: string) =>
  expecting(
    status,
    world.send('POST', `${base}/auth/refresh`, {
      body: { refresh_token: token },
      ...(cookie === undefined ? {} : { cookie }),
    }),
  )

const refreshFlows: readonly Flow[] = [
  {
    name: 'refresh',
    route: 'refresh',
    prepare: async (world) => {
      const { refresh } = await world.signUp()
      return () => refreshed(world, refresh, 200)
    },
  },
  {
    name: 'refresh with a cookie',
    route: 'refresh',
    prepare: async (world) => {
      const { refresh, cookie } = await world.signUp()
      return () => refreshed(world, refresh, 200, cookie)
    },
  },
  {
    name: 'refresh: previous token, within the grace',
    route: 'refresh',
    prepare: async (world) => {
      const { refresh } = await world.signUp()
      await refreshed(world, refresh, 200)
      return () => refreshed(world, refresh, 200)
    },
  },
  {
    name: 'refresh: replayed',
    route: 'refresh',
    prepare: async (world) => {
      const { refresh } = await world.signUp()
      const { body } = await refreshed(world, refresh, 200)
      await refreshed(world, String(body['refresh_token']), 200)
      return () => refreshed(world, refresh, 401)
    },
  },
  {
    name: 'refresh: session gone',
    route: 'refresh',
    prepare: async (world) => {
      const { refresh, id } = await world.signUp()
      await world.auth.sessions.revokeAll(id)
      return () => refreshed(world, refresh, 401)
    },
  },
  {
    name: 'refresh: expired',
    route: 'refresh',
    prepare: async (world) => {
      const { refresh } = await world.signUp()
      const { now } = world.time
      world.time.now += 31 * 24 * 3_600_000
      return async () => {
        await refreshed(world, refresh, 401)
        world.time.now = now
      }
    },
  },
]

/** Signing up, in, and on. */
export const signInFlows: readonly Flow[] = [...signUpFlows, ...loginFlows, ...refreshFlows]
