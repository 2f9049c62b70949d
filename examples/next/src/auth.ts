import { consoleLogger, type Demo, type Nodes, products } from '@cardea-examples/shared'
import { type Cardea, createCardea } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'

/** Without user systems of its own in code: an admin defines them at run time, by `POST /api/v1/collections`. */
export function openAuth({ environment, database, mail, oauth }: Demo, nodes?: Nodes) {
  return createCardea({
    ...cmsPreset,
    collections: [products],
    storage: database.cardea,
    secret: environment.secret,
    baseUrl: environment.baseUrl,
    mail: mail.options,
    oauth,
    hints: nodes?.hints,
    // Posts go to another author with the deletion of theirs, where that is asked for.
    ownership: database.isShared ? [{ table: 'posts', column: 'author_id' }] : [],
    // Of the built-in users, and of collections that do not say otherwise. Codes go by mail, where there is any.
    auth: { mfa: { enabled: true }, otp: { enabled: mail.options !== undefined } },
    sessions: environment.cookieName === undefined ? {} : { cookieName: environment.cookieName },
    logger: consoleLogger,
  })
}

export type Auth = ReturnType<typeof openAuth>

/** What code of this app may ask for; a typo does not compile. */
export type AppPermission = Auth extends Cardea<infer _Users, infer _Others, infer Permission> ? Permission : never
