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
  'sign_in_rule',
  'mail_template_verification',
  'mail_template_password_reset',
  'mail_template_email_change',
  'mail_template_invitation',
  'mail_template_otp',
  'mail_template_password_changed',
  'mail_template_email_changed',
  'mail_template_mfa_enabled',
  'mail_template_mfa_disabled',
  'mail_template_backup_code_used',
  'mail_template_new_device',
  'mail_template_identity_linked',
  'mail_template_api_key_created',
  'mail_template_ssh_key_added',
  'mail_template_registration_attempted',
  'mail_template_account_locked',
] as const

const shared = {
  mount: 'api',
  credentials: 'any',
  principals: 'any',
  query: [],
  status: 200,
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
