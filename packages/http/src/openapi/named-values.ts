import { settingSchemas } from './answers.js'
import type { JsonSchema } from './schema.js'

const text: JsonSchema = { type: 'string' }
const listed: JsonSchema = { type: 'array', items: { type: 'object' } }
const fields: JsonSchema = {
  description: 'A list of fields, or fields by name.',
  anyOf: [listed, { type: 'object', additionalProperties: { type: 'object' } }],
}

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })

/**
 * What fields of bodies hold that their route's own schema says nothing of, since it is checked elsewhere: by the definition of a
 * collection, by the rules of settings.
 */
export const bodyValues: Readonly<Record<string, JsonSchema>> = {
  // Of a definition of a collection.
  name: text,
  type: { type: 'string', enum: ['auth', 'base'] },
  fields,
  schema: fields,
  auth: { type: 'object' },
  rules: { type: 'object' },
  table: text,
  // Of an account.
  email: { type: 'string', format: 'email' },
  password: { type: 'string', format: 'password' },
  setup_code: text,
  role: text,
  ...Object.fromEntries(Object.entries(settingSchemas).map(([name, { json }]) => [name, orNull(json)])),
}

const count = (minimum: number, maximum?: number): JsonSchema => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
})

/** What parameters of queries are. */
export const queryValues: Readonly<Record<string, { readonly description?: string; readonly schema: JsonSchema }>> = {
  limit: { description: 'How many at most; with `offset` or `cursor`.', schema: count(1, 1_000) },
  offset: { description: 'How many to leave out.', schema: count(0) },
  page: { description: 'Which page, from 1 up.', schema: count(1) },
  per_page: { description: 'How many a page has.', schema: count(1, 1_000) },
  cursor: { description: 'Where to go on: `next_cursor` of the part before; empty for the beginning.', schema: text },
  sort: { description: 'Names of fields, `-` before one for descending.', schema: text },
  search: { description: 'A text that is looked for.', schema: text },
  fields: { description: 'Names of the members that are wanted, with commas between them.', schema: text },
  expand: { description: 'Names of relations that are wanted as records, with commas between them.', schema: text },
  format: {
    description: '`jsonl` unless it says otherwise.',
    schema: { type: 'string', enum: ['csv', 'json', 'jsonl'] },
  },
  all: {
    description: 'That all are meant, where there is neither a filter nor a search.',
    schema: { type: 'string', enum: ['1', 'true'] },
  },
  tenant: { description: 'The tenant that is meant.', schema: text },
  scope: { description: '`others` keeps the session that asks.', schema: { type: 'string', enum: ['others', 'all'] } },
  drop: {
    description: 'Whether to drop the table with all records.',
    schema: { type: 'string', enum: ['0', '1', 'false', 'true'] },
  },
  dry_run: {
    description: 'Whether only to say what would be done.',
    schema: { type: 'string', enum: ['0', '1', 'false', 'true'] },
  },
  redirect_to: { description: 'Where the browser comes back to.', schema: text },
  code_challenge: { description: 'S256, as in RFC 7636.', schema: text },
  from: { schema: { type: 'string', format: 'date-time' } },
  to: { schema: { type: 'string', format: 'date-time' } },
}

/** Values for examples, by the name of what has them. */
export const exampleValues: Readonly<Record<string, unknown>> = {
  id: '019bc0f2-6e00-7c3a-9f1e-5b0a7d2c4e10',
  user_id: '019bc0f2-6e00-7c3a-9f1e-5b0a7d2c4e10',
  reassign_to: '019bc0f2-6e00-7a51-8c7d-1f2e3d4c5b6a',
  role_id: '019bc0f2-6e00-7d44-b2aa-9e8d7c6b5a41',
  permission_id: '019bc0f2-6e00-7b0b-a5f3-2c3d4e5f6071',
  session_id: '019bc0f2-6e00-7e77-8d10-0a1b2c3d4e5f',
  email: 'anna@example.com',
  new_email: 'anne@example.com',
  username: 'anna',
  name: 'Anna',
  password: 'correct horse battery',
  password_confirm: 'correct horse battery',
  current_password: 'correct horse battery',
  old_password: 'correct horse battery',
  new_password: 'another horse battery',
  new_password_confirm: 'another horse battery',
  code: '492039',
  backup_code: 'k7qm-2x9d-pw4t',
  flow_id: 'kW3v0p2Qm8yN5r1T',
  access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…',
  refresh_token: '019bc0f2-6e00-7e77-8d10-0a1b2c3d4e5f.1.mJ2c…',
  expires_in: 86_400,
  message: 'A message has been sent to the address.',
  role: 'editor',
  roles: ['editor'],
  role_label: 'editor',
  label: 'editor',
  permission: 'content:read',
  allowed: ['content:create,read,update'],
  inherits: ['viewer'],
  scopes: ['content:read'],
  ip_address: '192.0.2.1',
  device: 'Firefox on Linux',
  methods: ['totp', 'backup_code'],
  backup_codes: ['k7qm-2x9d-pw4t', 'w5rt-8h3j-zn6c'],
  secret: 'JBSWY3DPEHPK3PXP',
  public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… anna@laptop',
  key: 'otp_enabled',
  value: true,
  sources: { otp_enabled: 'global' },
  detail: 'What is wrong, in a sentence.',
}
