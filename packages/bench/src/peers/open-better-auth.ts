import { DatabaseSync } from 'node:sqlite'
import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import { admin } from 'better-auth/plugins'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { accessRoles } from './access-roles.ts'
import { cmsPermissions, cmsRoles } from './cms-roles.ts'
import { argon2Cost, baseUrl, pragmas, secret } from './settings.ts'

export interface BetterAuthSetup {
  /** `argon2` is what Cardea does; `plain` compares texts, to make many sessions quickly. Default: its own scrypt. */
  readonly hasher?: 'scrypt' | 'argon2' | 'plain'
  /** Keeps the session in a signed cookie, where its end is not seen. Off by default, as it is there. */
  readonly cookieCache?: boolean
  /** How old a session may get before a request extends it, in seconds. Default 86,400, as it is there. */
  readonly updateAge?: number
  readonly database?: DatabaseSync
}

/**
 * better-auth as its documentation sets it up, with the admin plugin for roles and permissions.
 *
 * @param location The path of a file for `node:sqlite`, or the URL of a server.
 */
export function openBetterAuth(location: string, setup: BetterAuthSetup = {}) {
  const database = setup.database ?? openDatabase(location)
  if (database instanceof DatabaseSync) for (const pragma of pragmas) database.exec(pragma)
  const { access, roles } = accessRoles(cmsPermissions, cmsRoles)
  const hashing = hashings[setup.hasher ?? 'scrypt']
  return betterAuth({
    database,
    secret,
    baseURL: baseUrl,
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, ...(hashing === undefined ? {} : { password: hashing }) },
    session: {
      updateAge: setup.updateAge ?? 86_400,
      cookieCache: { enabled: setup.cookieCache ?? false, maxAge: 86_400 },
    },
    plugins: [admin({ ac: access, roles, defaultRole: 'viewer' })],
  })
}

function openDatabase(location: string) {
  if (location.startsWith('postgres')) return new Pool({ connectionString: location })
  if (location.startsWith('mysql')) return createPool({ uri: location, timezone: 'Z' })
  return new DatabaseSync(location)
}

const hashings = {
  scrypt: undefined,
  argon2: {
    hash: (password: string) => hash(password, argon2Cost),
    verify: (input: { readonly hash: string; readonly password: string }) => verify(input.hash, input.password),
  },
  plain: {
    hash: async (password: string) => password,
    verify: async (input: { readonly hash: string; readonly password: string }) => input.hash === input.password,
  },
}

export type BetterAuthPeer = ReturnType<typeof openBetterAuth>
