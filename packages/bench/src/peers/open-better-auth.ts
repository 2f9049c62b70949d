import { DatabaseSync } from 'node:sqlite'
import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import { admin } from 'better-auth/plugins'
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

/** better-auth as its documentation sets it up on `node:sqlite`, with the admin plugin for roles and permissions. */
export function openBetterAuth(file: string, setup: BetterAuthSetup = {}) {
  const database = setup.database ?? new DatabaseSync(file)
  for (const pragma of pragmas) database.exec(pragma)
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
