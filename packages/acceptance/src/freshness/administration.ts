import { type Answer, type Client, textOf } from '../client.js'

const api = '/api/v1'

/** Somebody who has signed in on a node. */
export interface Account {
  readonly id: string
  readonly email: string
  readonly password: string
  readonly bearer: string
}

/** Fails where an answer is not the one that is gone on from. */
async function expecting(status: number, answer: Promise<Answer>): Promise<Answer> {
  const got = await answer
  if (got.status !== status) throw new Error(`${got.status} instead of ${status}: ${JSON.stringify(got.body)}`)
  return got
}

/** Registers somebody, who is a viewer then. */
export async function register(client: Client, name: string): Promise<Account> {
  const own = { email: `${name}@example.com`, password: 'a good password', username: name, name }
  const { body } = await expecting(201, client.post(`${api}/auth/register`, own))
  return { id: textOf(body['user_id']), bearer: textOf(body['access_token']), ...own }
}

/** The administration of roles and users on one node, by an admin's token. */
export function administrationOf(client: Client, bearer: string) {
  const post = async (path: string, body: unknown): Promise<string> => {
    const made = await expecting(201, client.post(`${api}${path}`, body, { bearer }))
    return textOf(made.body['id'])
  }
  const remove = async (path: string): Promise<void> => {
    await expecting(204, client.delete(`${api}${path}`, { bearer }))
  }
  const put = async (path: string, body: unknown): Promise<void> => {
    await expecting(200, client.send('PUT', `${api}${path}`, { bearer, body }))
  }
  return {
    createRole: (label: string) => post('/roles', { label }),
    inherit: (role: string, inherits: readonly string[]) => put(`/roles/${role}`, { inherits }),
    permissionId: async (label: string): Promise<string> => {
      const { body } = await expecting(200, client.get(`${api}/permissions/?q=${label}`, { bearer }))
      return textOf(body['permission_id'])
    },
    grant: (role: string, permission: string, more: object = {}) =>
      post('/role-permissions', { role_id: role, permission_id: permission, ...more }),
    revoke: (grant: string) => remove(`/role-permissions/${grant}`),
    assign: (user: string, role: string) => post('/role-assignments', { user_id: user, role_id: role }),
    unassign: (assignment: string) => remove(`/role-assignments/${assignment}`),
    createKey: async (user: string) => {
      const { body } = await expecting(
        201,
        client.post(`${api}/tokens`, { user_id: user, token_type: 'api_key' }, { bearer }),
      )
      return { id: textOf(body['id']), key: textOf(body['raw_token']) }
    },
    revokeKey: (id: string) => put(`/tokens/${id}`, { revoked: true }),
    setStatus: async (user: string, status: 'active' | 'disabled'): Promise<void> => {
      await expecting(200, client.send('PATCH', `${api}/users/${user}`, { bearer, body: { status } }))
    },
  }
}

export type Administration = ReturnType<typeof administrationOf>
