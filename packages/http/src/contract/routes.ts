import { accountRoutes } from './routes/account.js'
import { auditRoutes } from './routes/audit.js'
import { authzRoutes } from './routes/authz.js'
import { collectionRoutes } from './routes/collections.js'
import { invitationRoutes } from './routes/invitations.js'
import { keyRoutes } from './routes/keys.js'
import { memberRoutes } from './routes/members.js'
import { mfaRoutes } from './routes/mfa.js'
import { oauthRoutes } from './routes/oauth.js'
import { recordRoutes } from './routes/records.js'
import { recoveryRoutes } from './routes/recovery.js'
import { roleRoutes } from './routes/roles.js'
import { serviceRoutes } from './routes/service.js'
import { sessionRoutes } from './routes/sessions.js'
import { settingsRoutes } from './routes/settings.js'
import { signInRoutes } from './routes/sign-in.js'
import { userRoutes } from './routes/users.js'

/** Every route, as data. The router, access checks, limits and validation work from this table, and so do clients. */
export const routeContracts = {
  ...signInRoutes,
  ...mfaRoutes,
  ...oauthRoutes,
  ...accountRoutes,
  ...recoveryRoutes,
  ...invitationRoutes,
  ...memberRoutes,
  ...sessionRoutes,
  ...userRoutes,
  ...collectionRoutes,
  ...recordRoutes,
  ...settingsRoutes,
  ...keyRoutes,
  ...roleRoutes,
  ...authzRoutes,
  ...auditRoutes,
  ...serviceRoutes,
} as const

/** The name of a route. */
export type RouteName = keyof typeof routeContracts
