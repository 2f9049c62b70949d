import { type Client, textOf } from '../client.js'
import { adminCredentials } from '../demo-server.js'

const api = '/api/v1'

/** What a request can name that there is: a value in its right place gets further than noise does. */
export interface FuzzWorld {
  /** Values of `Authorization` and `Cookie` that are somebody's, or were. */
  readonly bearers: readonly string[]
  readonly cookies: readonly string[]
  /** Ids of users, sessions, keys and roles. */
  readonly ids: readonly string[]
  /** Right values of fields, by their names. */
  readonly fields: ReadonlyMap<string, readonly unknown[]>
}

/** Makes an account of this name, and what belongs to it and to the admin. */
export async function prepareFuzz(client: Client, name: string): Promise<FuzzWorld> {
  const admin = await client.post(`${api}/auth/login`, adminCredentials)
  const own = { email: `${name}@example.com`, password: 'a password of the fuzz', username: name, name }
  const user = await client.post(`${api}/auth/register`, own)
  const ended = await client.post(`${api}/auth/login`, { email: own.email, password: own.password })
  await client.post(`${api}/auth/logout`, undefined, { bearer: ended.body['access_token'] })
  const key = await client.post(
    `${api}/tokens`,
    { user_id: admin.body['user_id'], token_type: 'api_key', label: 'fuzz' },
    { bearer: admin.body['access_token'] },
  )
  for (const { status, body } of [admin, user, ended]) {
    if (status !== 200 && status !== 201) throw new Error(`not prepared: ${JSON.stringify(body)}`)
  }
  const given = (values: readonly unknown[]): readonly string[] =>
    values.filter((value) => value !== undefined).map(textOf)
  const bearerOf = (value: unknown): string => `Bearer ${textOf(value)}`
  return {
    bearers: [
      bearerOf(admin.body['access_token']),
      bearerOf(user.body['access_token']),
      bearerOf(ended.body['access_token']),
      bearerOf(key.body['raw_token']),
      bearerOf(user.body['refresh_token']),
    ],
    cookies: [admin.cookie, user.cookie, ended.cookie].filter((cookie) => cookie !== undefined),
    // An owner has as many keys as there can be, in the end.
    ids: given([admin.body['user_id'], user.body['user_id'], user.body['session_id'], key.body['id']]),
    fields: new Map<string, readonly unknown[]>([
      // Not the admin's: too many wrong guesses would end what it can do here.
      ['email', [own.email, 'nobody@example.com']],
      ['password', [own.password, 'a wrong password']],
      ['current_password', [own.password]],
      ['new_password', ['another password, long enough']],
      ['new_email', ['next@example.com']],
      ['refresh_token', [user.body['refresh_token']]],
      ['user_id', [user.body['user_id'], admin.body['user_id']]],
      ['code', ['123456']],
      ['provider', ['local']],
      ['token_type', ['api_key']],
      ['label', ['a label']],
      ['scopes', [['content:read'], []]],
      ['name', ['things', 'customers', 'Somebody']],
      ['type', ['auth', 'base']],
      ['username', ['somebody']],
    ]),
  }
}
