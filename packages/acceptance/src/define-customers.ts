import type { Client } from './client.js'
import { adminCredentials } from './demo-server.js'

/** The access token of the demo's admin. */
export async function adminToken(client: Client): Promise<string> {
  const { status, body } = await client.post('/api/v1/auth/login', adminCredentials)
  if (status !== 200) throw new Error(`the admin was not signed in: ${JSON.stringify(body)}`)
  const token: unknown = body['access_token']
  return typeof token === 'string' ? token : ''
}

/** The collection of FastCMS's documentation, as it is created there. */
export const customersDefinition = {
  name: 'customers',
  type: 'auth',
  schema: {
    fields: [
      { name: 'company', type: 'text' },
      { name: 'phone', type: 'text' },
    ],
  },
} as const

/** Defines the collection of customers at run time. */
export async function defineCustomers(client: Client): Promise<void> {
  const bearer = await adminToken(client)
  const { status, body } = await client.post('/api/v1/collections', customersDefinition, { bearer })
  if (status !== 201) throw new Error(`customers were not defined: ${JSON.stringify(body)}`)
}
