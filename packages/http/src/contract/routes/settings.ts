import type { RouteContract } from '../route.js'

/** The settings by their names, in the order in which they are served. */
const names = [
  'password_auth_enabled',
  'oauth_enabled',
  'oauth_auto_create_user',
  'oauth_link_by_email',
  'otp_enabled',
  'otp_create_user',
  'mfa_enabled',
  'mfa_required',
  'password_min_length',
  'password_require_upper',
  'password_require_number',
  'password_require_special',
  'registration',
  'registration_answer',
  'verification_required',
  'token_expiry_hours',
  'refresh_token_expiry_days',
  'session_expiry_days',
  'cookie_duration',
  'remember_duration',
] as const

const answer = [...names, 'sources'] as const

const shared = {
  mount: 'api',
  credentials: 'any',
  principals: 'any',
  query: [],
  status: 200,
  answer,
  errors: [],
} as const
/** How settings are looked at, wherever they are. */
const shown = { ...shared, method: 'GET', access: { permission: 'config:read' }, limit: 'default', body: null } as const
/** How they are changed. */
const changed = {
  ...shared,
  method: 'PATCH',
  access: { permission: 'config:update' },
  limit: 'account',
  body: { required: [], optional: names },
} as const

export const settingsRoutes = {
  showSettings: {
    ...shown,
    path: '/settings/auth',
  },
  updateSettings: {
    ...changed,
    path: '/settings/auth',
  },
  setSetting: {
    method: 'POST',
    mount: 'api',
    path: '/settings',
    access: { permission: 'config:update' },
    credentials: 'any',
    principals: 'any',
    limit: 'account',
    query: [],
    body: { required: ['key', 'value'], optional: ['category'] },
    status: 200,
    answer: ['key', 'value', 'category'],
    errors: [],
  },
  showCollectionSettings: {
    ...shown,
    path: '/collections/{name}/settings',
  },
  updateCollectionSettings: {
    ...changed,
    path: '/collections/{name}/settings',
  },
} as const satisfies Readonly<Record<string, RouteContract>>
