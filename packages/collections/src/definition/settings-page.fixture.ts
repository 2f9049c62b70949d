import * as z from 'zod/mini'
import { inheritedSettingsSchema } from './definition-schema.js'
import { mailPlaceholders } from './mail-texts.js'
import { namedSettings, type SettingName, type SettingUnit, secondsOf, settingNames } from './setting-names.js'
import { presentSettings } from './setting-values.js'

/** What each does. The rest of the page comes from the schema. */
const purposes: Readonly<Partial<Record<SettingName, string>>> = {
  password_auth_enabled: 'Whether a password signs in, and whether anybody can register or reset one.',
  oauth_enabled: 'Whether the providers of the `oauth` option sign in, where there are any.',
  oauth_auto_create_user: 'Whether somebody who comes from a provider for the first time gets an account.',
  oauth_link_by_email: 'Whether a provider is linked to the account that has the same verified address.',
  otp_enabled: 'Whether a code by mail signs in. Needs mail.',
  otp_create_user: 'Whether a code for an address that nobody has makes an account.',
  mfa_enabled: 'Whether a second factor can be set up. Who has one is asked for it in any case.',
  mfa_required: 'Who cannot do without a second factor: everybody, or the holders of the roles of these labels.',
  password_min_length: 'Smallest length of a new password, in characters.',
  password_require_upper: 'Whether a new password needs an upper-case letter.',
  password_require_number: 'Whether a new password needs a digit.',
  password_require_special: 'Whether a new password needs a character that is neither letter nor digit.',
  registration: 'Who can make an account.',
  registration_answer:
    'What registering with an address that is taken is answered with: at once, or to everybody alike and by mail. The latter needs mail.',
  verification_required: 'Whether signing in needs a verified address. Needs mail.',
  token_expiry_hours: 'Life of an access token; never longer than its session.',
  refresh_token_expiry_days: 'After how long a session ends that is neither used nor refreshed.',
  session_expiry_days: 'After how long a session ends, however much it is used.',
  cookie_duration: 'Life of the session cookie, for the browser and the server.',
  remember_duration: 'The same, where the user asked to be remembered.',
  sign_in_rule: 'What has to hold of the record of whoever signs in or refreshes a session. Of one collection only.',
}

const mailTemplate = 'mail_template_'

/** What is no value of a type that JSON Schema has. */
const special: Readonly<Partial<Record<SettingName, string>>> = {
  sign_in_rule: '[true, false or comparisons](sign-in-rules.md)',
}

interface Schema {
  readonly type?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
}

/** docs/settings.md as it has to be. */
export function settingsPage(): string {
  // What zod writes of a schema is one.
  const schema = z.toJSONSchema(inheritedSettingsSchema) as Schema
  const { values } = presentSettings([])
  const rows = settingNames.map((name) => {
    if (name.startsWith(mailTemplate)) return templateRow(name)
    const { path, unit }: { readonly path: string; readonly unit?: SettingUnit } = namedSettings[name]
    const [group = '', member] = path.split('.')
    const found = schema.properties?.[group]
    const own = member === undefined ? found : found?.properties?.[member]
    const takenHere = special[name] ?? (own === undefined ? undefined : takes(own, unit))
    const purpose = purposes[name]
    if (takenHere === undefined || purpose === undefined) throw new Error(`nothing is written about ${path}`)
    return `| \`${name}\` | ${takenHere} | ${JSON.stringify(values[name])} | \`${path}\` | ${purpose} |`
  })
  return [head, ...rows, tail].join('\n')
}

/** Code has functions for these. */
function templateRow(name: string): string {
  const kind = name.slice(mailTemplate.length)
  const placeholders = mailPlaceholders(kind).map((each) => `\`{{${each}}}\``)
  return `| \`${name}\` | [texts](mail.md#texts-at-run-time) | null | \`mail.templates.${kind}\` | What a mail of this kind says: ${placeholders.join(', ')}. |`
}

function takes({ type, minimum = 0, maximum = 0, enum: values, anyOf }: Schema, unit: SettingUnit | undefined): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  if (anyOf !== undefined) return 'true, false or a list of labels'
  if (type === 'boolean') return 'true or false'
  if (unit === undefined) return `${minimum} to ${maximum}`
  const most = maximum / secondsOf(unit)
  return unit === 'duration' ? `${minimum} to ${maximum} seconds` : `${unit}, from a minute to ${most}`
}

const head = `<!-- Written by \`npm run docs:reference\` from the schema of settings; a test says when it is out of date. -->
# Settings

How people sign up and in, by the names of FastCMS. Code says it in \`auth\` of \`createCardea\`, for all collections, and in
\`auth\` of a definition, for one. Whoever has \`config:update\` changes it at run time:

| request | permission |
|---|---|
| \`GET /settings/auth\`, \`GET /collections/{name}/settings\` | \`config:read\` |
| \`PATCH /settings/auth\`, \`PATCH /collections/{name}/settings\` | \`config:update\` |
| \`POST /settings\` with \`{key, value, category: "auth"}\` | \`config:update\` |

A \`PATCH\` takes any of them, all or nothing; null has one inherited again. The answer is all of them as they are in force, and
in \`sources\` where each comes from. The first of these that says something wins, so what is more special does, and what was stored
over what code says in the same place:

| source | |
|---|---|
| \`collection\` | stored for the collection |
| \`definition\` | \`auth\` of its definition |
| \`global\` | stored for all, by \`/settings/auth\` |
| \`options\` | \`auth\`, \`passwords\` or \`sessions.lifetimes\` of \`createCardea\` |
| \`default\` | the table below |

A change for all does not reach a collection that has a value of its own: that one was set to differ, such as a collection of
staff that must not use codes by mail. \`GET\` and \`PATCH /settings/auth\` name those collections in \`overrides\`, by setting, so that
whoever changes something for all sees where it changes nothing. To change it there, too, change it in the settings of that
collection, which come before its definition. \`GET /collections/{name}\` shows what the definition says and, to holders of
\`config:read\`, all settings of the collection as they are in force in \`auth.effective\`.

| setting | takes | default | in code | what it does |
|---|---|---|---|---|`

const tail = `
Fractions of hours and days count to the second: 0.25 hours are 15 minutes, which are better than 24 hours for apps that refresh.
Durations are in seconds, or a number and \`s\`, \`m\`, \`h\`, \`d\` or \`w\`, such as \`1w\`. In code all lifetimes are in seconds.

**When.** Every node acts by a change with its next request: the version of settings comes with the read that a request makes
anyway, and what reads nothing before it decides, such as registering, asks for it. In stateless mode, requests with an access
token alone learn of it from the next request that reads; Cardea's own routes go by the fields of a collection of run time as they are in every
mode. Lifetimes are for sessions that begin, and for those that are
refreshed; the end of a session that \`session_expiry_days\` gave it never moves. Tokens that were made before live on for as long
as they were made for, or until the key that signed them has retired.

**What is refused.** What code could not say either (422, with the place); what would leave \`users\` no way in, counting no
provider that is not configured and no code while there is no mail; what needs mail while there is none; roles that there are not;
a rule that names no field of the collection, or that whoever sets it does not meet; texts of mails that are not as
[mail.md](mail.md#texts-at-run-time) says. A change of a collection is refused with 409 where the stored rule names what would be gone.

**What is kept.** Each change is the event \`settings.changed\`, with the names of what has changed and not the values. Where this
version does not understand what is stored, as after going back to an older one, registration is closed until it is set anew, and a
rule that is not understood lets nobody in.

In code it is \`auth.settings.find\` and \`auth.settings.change\`.
`
