import { type Cardea, type ChangeHints, createCardea, type MailOptions, type OAuthOptions } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import type { Database } from './database.ts'
import type { Environment } from './environment.ts'
import { products } from './products.ts'

/** Without further user systems in code: an admin defines them at run time, by `POST /api/v1/collections`. */
export function openAuth(
  environment: Environment,
  { cardea: storage, isShared }: Pick<Database, 'cardea' | 'isShared'>,
  {
    mail,
    oauth,
    hints,
  }: {
    readonly mail?: MailOptions | undefined
    readonly oauth?: OAuthOptions | undefined
    readonly hints?: ChangeHints | undefined
  },
) {
  return createCardea({
    ...cmsPreset,
    collections: [products],
    storage,
    secret: environment.secret,
    baseUrl: environment.baseUrl,
    mail,
    oauth,
    hints,
    // Posts go to another author with the deletion of theirs, where that is asked for.
    ownership: isShared ? [{ table: 'posts', column: 'author_id' }] : [],
    // Of the built-in users, and of collections that do not say otherwise. Codes go by mail, where there is any.
    auth: { mfa: { enabled: true }, otp: { enabled: mail !== undefined } },
    sessions: environment.cookieName === undefined ? {} : { cookieName: environment.cookieName },
    logger: {
      info: (message) => console.log(message),
      warn: (message, fields) => console.warn(message, fields ?? ''),
      error: (message, fields) => console.error(message, fields ?? ''),
    },
  })
}

export type Auth = ReturnType<typeof openAuth>

/** What code of this app may ask for; a typo does not compile. */
export type AppPermission = Auth extends Cardea<infer _Users, infer _Others, infer Permission> ? Permission : never
