import type {
  ApiKeyAnswer,
  AuditEntryAnswer,
  AuthzCheckAnswer,
  BackupCodesAnswer,
  CollectionAnswer,
  CollectionChangeAnswer,
  ConfirmedEmailChangeAnswer,
  ConfirmedVerificationAnswer,
  CreatedApiKeyAnswer,
  DeletedRecordsAnswer,
  HealthAnswer,
  IdentityLinkAnswer,
  ImpersonationAnswer,
  InvitationAnswer,
  KeySetAnswer,
  MailTemplateAnswer,
  MessageAnswer,
  MfaStateAnswer,
  OAuthConnectionAnswer,
  OAuthProviderAnswer,
  PermissionAnswer,
  PermissionSnapshotAnswer,
  ReassignedAnswer,
  RoleAnswer,
  RoleAssignmentAnswer,
  RolePermissionAnswer,
  RuleAnswer,
  SentCodeAnswer,
  SessionAnswer,
  SettingAnswer,
  SettingsAnswer,
  SingleRuleAnswer,
  SshKeyAnswer,
  TotpEnrollmentAnswer,
  UserSessionAnswer,
} from '../contract/answers.js'
import {
  anything,
  constant,
  described,
  either,
  email,
  flag,
  id,
  instant,
  listOf,
  mapOf,
  members,
  nullable,
  numeric,
  object,
  oneOf,
  type Schema,
  text,
  whole,
} from './schema.js'

const created = { created_at: instant, date_created: instant }
const stamps = { ...created, updated_at: instant, date_modified: instant }
const texts = listOf(text)

const message = { message: text }

const sessionAnswer = members({
  id,
  created: instant,
  created_at: instant,
  last_used: instant,
  last_used_at: instant,
  expires_at: instant,
  user_agent: nullable(text),
  ip_address: nullable(text),
  device: nullable(described('Browser and system, such as `Firefox on Windows`.', text)),
  actor_id: nullable(described('Who acts as the user here.', id)),
  current: described('Whether it is the one that asks.', flag),
}) satisfies Schema<SessionAnswer>

const userSessionAnswer = members({
  session_id: id,
  user_id: id,
  created_at: instant,
  expires_at: instant,
  last_access: instant,
  ip_address: nullable(text),
  user_agent: nullable(text),
  device: nullable(text),
  actor_id: nullable(id),
  current: flag,
}) satisfies Schema<UserSessionAnswer>

const apiKey = {
  id,
  user_id: id,
  token_type: constant('api_key'),
  label: text,
  scopes: nullable(
    described('Permissions and wildcards that it is limited to; null for all that its owner may.', texts),
  ),
  issued_at: instant,
  expires_at: nullable(instant),
  revoked: flag,
  last_used_at: nullable(instant),
  last_used_ip: nullable(text),
  created_at: instant,
}

const field = members({ name: text, type: text, required: flag }, {}, true)

const singleRule = either(
  described('`locked`, `public`, `authenticated`, `self`, or a permission.', text),
  either(
    members({ authenticated: described('Collections whose principals may.', texts) }),
    members({ owner: described('The field that holds who may; null for a hidden one.', nullable(text)) }),
  ),
) satisfies Schema<SingleRuleAnswer>

const rule = either(singleRule, members({ any_of: listOf(singleRule) })) satisfies Schema<RuleAnswer>

const mailTemplate = nullable(
  described(
    'Texts of a kind of mail, with `{{placeholders}}`; null for those of the app.',
    members({ subject: text, text }, { html: text }) satisfies Schema<MailTemplateAnswer>,
  ),
)

const setting = {
  password_auth_enabled: flag,
  oauth_enabled: flag,
  oauth_auto_create_user: flag,
  oauth_link_by_email: flag,
  otp_enabled: flag,
  otp_create_user: flag,
  mfa_enabled: flag,
  mfa_required: described(
    'Whether everybody needs a second factor, or the labels of the roles whose holders do.',
    either(flag, texts),
  ),
  password_min_length: whole,
  password_require_upper: flag,
  password_require_number: flag,
  password_require_special: flag,
  registration: oneOf('open', 'closed', 'invite'),
  registration_answer: oneOf('explicit', 'uniform'),
  verification_required: flag,
  token_expiry_hours: numeric,
  refresh_token_expiry_days: numeric,
  session_expiry_days: numeric,
  cookie_duration: described('In seconds.', numeric),
  remember_duration: described('In seconds.', numeric),
  sign_in_rule: described(
    'Of one collection: true for everybody, false for nobody, or comparisons by field.',
    anything,
  ),
  mail_template_verification: mailTemplate,
  mail_template_password_reset: mailTemplate,
  mail_template_email_change: mailTemplate,
  mail_template_invitation: mailTemplate,
  mail_template_otp: mailTemplate,
  mail_template_password_changed: mailTemplate,
  mail_template_email_changed: mailTemplate,
  mail_template_mfa_enabled: mailTemplate,
  mail_template_mfa_disabled: mailTemplate,
  mail_template_backup_code_used: mailTemplate,
  mail_template_new_device: mailTemplate,
  mail_template_identity_linked: mailTemplate,
  mail_template_api_key_created: mailTemplate,
  mail_template_ssh_key_added: mailTemplate,
  mail_template_registration_attempted: mailTemplate,
  mail_template_account_locked: mailTemplate,
}

/** The settings, for the bodies that change them. */
export const settingSchemas: Readonly<Record<string, Schema<unknown>>> = setting

/** What is answered, by name, as far as it is the same in every app. Users and records stand in `collections.ts`. */
export const answerSchemas = {
  Message: members(message) satisfies Schema<MessageAnswer>,
  SentCode: members({ ...message, flow_id: text }) satisfies Schema<SentCodeAnswer>,
  ConfirmedVerification: members({
    ...message,
    verified: constant(true),
  }) satisfies Schema<ConfirmedVerificationAnswer>,
  ConfirmedEmailChange: members({ ...message, email }) satisfies Schema<ConfirmedEmailChangeAnswer>,
  TotpEnrollment: members({
    secret: described('In base 32.', text),
    otpauth_uri: text,
    qr_svg: described('The same as a picture to scan.', text),
  }) satisfies Schema<TotpEnrollmentAnswer>,
  BackupCodes: members({
    backup_codes: described('Shown this once.', texts),
  }) satisfies Schema<BackupCodesAnswer>,
  MfaState: members({
    enabled: flag,
    methods: texts,
    backup_codes_remaining: whole,
    required: flag,
  }) satisfies Schema<MfaStateAnswer>,
  OAuthProvider: members({
    name: text,
    label: text,
    kind: text,
    login_url: text,
  }) satisfies Schema<OAuthProviderAnswer>,
  OAuthConnection: members({
    id,
    provider: text,
    label: text,
    email: nullable(text),
    created_at: instant,
    updated_at: instant,
  }) satisfies Schema<OAuthConnectionAnswer>,
  PermissionSnapshot: members(
    {
      version: constant(1),
      id: text,
      roles: listOf(members({ id: text, label: text })),
      validUntil: nullable(whole),
      allowed: described('`resource:operation,operation`', texts),
      conditional: described(
        'Permissions that depend on an object, with the places of their allows and denies among the grants.',
        listOf(anything) as Schema<PermissionSnapshotAnswer['conditional']>,
      ),
      grants: listOf(members({}, { when: anything, fields: texts })),
      values: object,
    },
    { tenant: text, bypass: constant(true) },
  ) satisfies Schema<PermissionSnapshotAnswer>,
  Invitation: members({
    id,
    email,
    fields: object,
    role: nullable(text),
    invited_by: nullable(id),
    created_at: instant,
    expires_at: instant,
    holds: described('Whether its link can be used.', flag),
  }) satisfies Schema<InvitationAnswer>,
  Session: sessionAnswer,
  UserSession: userSessionAnswer,
  Impersonation: members({
    access_token: text,
    token_type: constant('bearer'),
    expires_in: described('In seconds.', whole),
    expires_at: instant,
    session_id: id,
    actor_id: id,
    user: object,
  }) satisfies Schema<ImpersonationAnswer>,
  IdentityLink: members({
    id,
    user_oauth_id: id,
    user_id: id,
    provider: text,
    oauth_provider: text,
    subject: text,
    oauth_provider_user_id: text,
    email: nullable(text),
    created_at: instant,
    date_created: instant,
    updated_at: instant,
  }) satisfies Schema<IdentityLinkAnswer>,
  Reassigned: members({
    deleted_user_id: id,
    reassigned_to: id,
    reassigned: described('How many rows, by table.', mapOf(whole)),
  }) satisfies Schema<ReassignedAnswer>,
  ApiKey: members(apiKey) satisfies Schema<ApiKeyAnswer>,
  CreatedApiKey: members({
    ...apiKey,
    raw_token: described('The key itself, shown this once.', text),
  }) satisfies Schema<CreatedApiKeyAnswer>,
  SshKey: members({
    id,
    user_id: id,
    label: text,
    type: text,
    fingerprint: text,
    public_key: text,
    created_at: instant,
  }) satisfies Schema<SshKeyAnswer>,
  Role: members({
    role_id: id,
    id,
    label: text,
    description: text,
    system_protected: flag,
    inherits: texts,
    tenant: nullable(text),
    ...stamps,
  }) satisfies Schema<RoleAnswer>,
  Permission: members({
    permission_id: id,
    id,
    label: text,
    description: text,
    system_protected: flag,
    origin: oneOf('app', 'cardea', 'collection', 'custom'),
    ...stamps,
  }) satisfies Schema<PermissionAnswer>,
  RolePermission: members({
    id,
    role_id: id,
    permission_id: nullable(id),
    permission: text,
    effect: oneOf('allow', 'deny'),
    condition: described('When it holds; null for always.', anything),
    fields: nullable(texts),
    ...created,
  }) satisfies Schema<RolePermissionAnswer>,
  RoleAssignment: members({
    id,
    user_id: id,
    role_id: id,
    role: text,
    scope: nullable(members({ tenant: nullable(text), resource_type: nullable(text), resource_id: nullable(text) })),
    expires_at: nullable(instant),
    ...created,
  }) satisfies Schema<RoleAssignmentAnswer>,
  AuthzCheck: members({
    allowed: flag,
    decision: oneOf('allowed', 'denied', 'conditional'),
    explain: members({
      bypass: flag,
      because: listOf(
        members({
          role: nullable(text),
          inherited_from: nullable(text),
          scope: nullable(members({ tenant: text, resource_type: text, resource_id: text })),
          grant: text,
          effect: oneOf('allow', 'deny'),
          condition: anything,
          fields: nullable(texts),
          result: oneOf('holds', 'fails', 'unknown', 'depends'),
        }),
      ),
      missing: texts,
    }),
  }) satisfies Schema<AuthzCheckAnswer>,
  Collection: members({
    id: nullable(id),
    name: text,
    type: oneOf('auth', 'base'),
    fields: listOf(field),
    schema: members({ fields: listOf(field) }),
    auth: nullable(
      members(
        {
          password: members({ enabled: flag }),
          registration: oneOf('open', 'closed', 'invite'),
          require_verified: flag,
          identifiers: texts,
        },
        {
          effective: described('All settings as they are in force, for who may read settings.', members(setting)),
        },
      ),
    ),
    rules: described(
      'Who may do what with its records, beside those who hold the permission for it.',
      members({ list: rule, view: rule, create: rule, update: rule, delete: rule }),
    ),
    system: flag,
    version: whole,
    created: nullable(instant),
    created_at: nullable(instant),
    updated: nullable(instant),
    updated_at: nullable(instant),
  }) satisfies Schema<CollectionAnswer>,
  CollectionChange: members({
    collection: text,
    version: whole,
    dry_run: flag,
    added: texts,
    changed: texts,
    dropped: texts,
    renamed: listOf(members({ from: text, to: text })),
    steps: listOf(members({ summary: text, sql: text })),
    lost: listOf(members({ field: text, rows: whole })),
    obstacles: listOf(members({ path: text, field: text, rows: whole, message: text })),
  }) satisfies Schema<CollectionChangeAnswer>,
  Settings: members(
    {
      ...setting,
      sources: mapOf(oneOf('collection', 'definition', 'global', 'options', 'default')),
    },
    {
      overrides: described(
        'Of what all collections inherit: the collections that have a value of their own, by setting.',
        mapOf(texts),
      ),
    },
  ) satisfies Schema<SettingsAnswer>,
  DeletedRecords: members({
    deleted: whole,
    kept: described('How many had to stay, such as the last administrator, though a rule lets them go.', whole),
    more: described('Whether there are others: a call deletes so many at most.', flag),
  }) satisfies Schema<DeletedRecordsAnswer>,
  Setting: members({ key: text, value: anything, category: constant('auth') }) satisfies Schema<SettingAnswer>,
  AuditEntry: members({
    id: text,
    type: text,
    outcome: oneOf('success', 'failure'),
    at: instant,
    collection: nullable(text),
    user_id: nullable(text),
    actor_id: nullable(text),
    session_id: nullable(text),
    key_id: nullable(text),
    ip_address: nullable(text),
    user_agent: nullable(text),
    request_id: nullable(text),
    count: whole,
    details: object,
  }) satisfies Schema<AuditEntryAnswer>,
  Health: members(
    { status: constant('ok') },
    { rate_limits: described('How limits are counted, where that is outside the process.', oneOf('ok', 'degraded')) },
  ) satisfies Schema<HealthAnswer>,
  KeySet: members({
    keys: listOf(
      members(
        {
          kty: oneOf('OKP', 'EC'),
          crv: oneOf('Ed25519', 'P-256'),
          x: text,
          kid: text,
          alg: oneOf('EdDSA', 'ES256'),
          use: constant('sig'),
        },
        { y: text },
      ),
    ),
  }) satisfies Schema<KeySetAnswer>,
} as const

/** The name of an answer that is the same in every app. */
export type AnswerName = keyof typeof answerSchemas
