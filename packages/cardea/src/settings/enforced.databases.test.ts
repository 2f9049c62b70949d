import { type SettingName, settingNames } from '@cardea/collections/later'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import type { MailKind } from '../mail/kinds.js'
import {
  comeFromProvider,
  createNode,
  fresh,
  join,
  type Node,
  outcomeOf,
  password,
  sendMailOf,
} from './settings.fixture.js'

/** What a setting is changed to, and what somebody sees of it who asks another node. */
interface Enforced {
  readonly to: unknown
  /** Done before the change, so that the node knows the settings as they were; its result is handed on. */
  readonly prepare?: (node: Node) => Promise<string>
  readonly see: (node: Node, prepared: string, when: 'before' | 'after') => Promise<unknown>
  readonly before: unknown
  readonly after: unknown
  /** Other settings that it takes to see anything. */
  readonly given?: Partial<Record<SettingName, unknown>>
}

const customers = ({ auth }: Node) => auth.collections.customers
const account = async (node: Node) => (await join(node)).email
const register = (secret: string) => (node: Node) =>
  outcomeOf(customers(node).register({ email: fresh(), password: secret }))
const login = async (node: Node, email: string) => await customers(node).login({ email, password })
const hours = (milliseconds: number): number => Math.round(milliseconds / 3_600_000)

/** A code by mail to an address: how many mails went out. */
async function mailsOfCode(node: Node): Promise<number> {
  const email = fresh()
  await customers(node).requestOtp(email)
  await node.settle()
  return node.mailbox.list().filter(({ to }) => to === email).length
}

/** Texts of a kind of mail, seen on a mail of the kind. */
const template = (kind: MailKind): Enforced => {
  const secret = kind === 'otp' ? '{{code}}' : '{{link}}'
  const text = ['verification', 'password_reset', 'email_change', 'invitation', 'otp'].includes(kind) ? secret : 'Well.'
  return {
    to: { subject: `From {{collection}}: ${kind}`, text },
    given: { otp_enabled: true },
    see: async (node) => {
      const address = await sendMailOf(node, kind, 'customers')
      const subject = node.mailbox.list().find(({ to }) => to === address)?.subject
      return subject === `From customers: ${kind}` ? 'stored' : typeof subject
    },
    before: 'string',
    after: 'stored',
  }
}

/** Every setting that there is: one that nothing is written down for fails the test below. */
const enforced: Readonly<Record<SettingName, Enforced>> = {
  password_auth_enabled: {
    to: false,
    prepare: account,
    see: (node, email) => outcomeOf(login(node, email)),
    before: 'done',
    after: 'method_disabled',
  },
  oauth_enabled: {
    to: false,
    see: (node) => outcomeOf(customers(node).oauth.begin({ provider: 'company' })),
    before: 'done',
    after: 'method_disabled',
  },
  oauth_auto_create_user: {
    to: false,
    see: async (node) => (await comeFromProvider(node, fresh())).status,
    before: 'signed_in',
    after: 'failed',
  },
  oauth_link_by_email: {
    to: false,
    // Two: whoever is linked stays so.
    prepare: async (node) => `${await account(node)} ${await account(node)}`,
    see: async (node, emails, when) => {
      const [first = '', second = ''] = emails.split(' ')
      return (await comeFromProvider(node, when === 'before' ? first : second)).status
    },
    before: 'signed_in',
    after: 'failed',
  },
  otp_enabled: {
    to: true,
    see: (node) => outcomeOf(customers(node).requestOtp(fresh())),
    before: 'method_disabled',
    after: 'done',
  },
  otp_create_user: {
    to: true,
    given: { otp_enabled: true },
    see: mailsOfCode,
    before: 0,
    after: 1,
  },
  mfa_enabled: {
    to: true,
    prepare: async (node) => (await join(node)).accessToken ?? '',
    see: async (node, accessToken) => {
      const verified = await node.auth.sessions.verify({ accessToken }, { collections: ['customers'] })
      if (!verified.authenticated) throw new Error(verified.code)
      return await outcomeOf(customers(node).mfa.enroll(verified.authentication))
    },
    before: 'method_disabled',
    after: 'done',
  },
  mfa_required: {
    to: true,
    prepare: account,
    see: (node, email) => outcomeOf(login(node, email)),
    before: 'done',
    after: 'mfa_required',
  },
  password_min_length: { to: 20, see: register('sixteen letters!'), before: 'done', after: 'weak_password' },
  password_require_upper: { to: true, see: register('quite a secret 7!'), before: 'done', after: 'weak_password' },
  password_require_number: { to: true, see: register('Quite a secret!'), before: 'done', after: 'weak_password' },
  password_require_special: { to: true, see: register('QuiteASecret7'), before: 'done', after: 'weak_password' },
  registration: { to: 'closed', see: register(password), before: 'done', after: 'method_disabled' },
  registration_answer: {
    to: 'uniform',
    see: async (node) => (await customers(node).register({ email: fresh(), password })).status,
    before: 'signed_in',
    after: 'accepted',
  },
  verification_required: {
    to: true,
    prepare: account,
    see: (node, email) => outcomeOf(login(node, email)),
    before: 'done',
    after: 'email_not_verified',
  },
  token_expiry_hours: {
    to: 0.25,
    prepare: account,
    see: async (node, email) => {
      const { expiresInSeconds, refreshToken = '' } = await login(node, email)
      return [expiresInSeconds, (await customers(node).refresh(refreshToken)).expiresInSeconds]
    },
    before: [86_400, 86_400],
    after: [900, 900],
  },
  refresh_token_expiry_days: {
    to: 2,
    // Two sessions that were there before the change.
    prepare: async (node) => `${(await join(node)).refreshToken} ${(await join(node)).refreshToken}`,
    see: async (node, tokens, when) => {
      const [first = '', second = ''] = tokens.split(' ')
      const { session } = await customers(node).refresh(when === 'before' ? first : second)
      return hours(session.expiresAt - node.clock.now())
    },
    before: 168,
    after: 48,
  },
  session_expiry_days: {
    to: 1,
    prepare: account,
    see: async (node, email) => hours((await login(node, email)).session.expiresAt - node.clock.now()),
    before: 168,
    after: 24,
  },
  cookie_duration: {
    to: '2h',
    prepare: account,
    see: async (node, email) => (await login(node, email)).cookieMaxAgeSeconds,
    before: 86_400,
    after: 7_200,
  },
  remember_duration: {
    to: '1w',
    prepare: account,
    see: async (node, email) =>
      (await customers(node).login({ email, password }, { rememberMe: true })).cookieMaxAgeSeconds,
    before: 2_592_000,
    after: 604_800,
  },
  sign_in_rule: {
    to: { company: { eq: 'Acme' } },
    prepare: account,
    see: (node, email) => outcomeOf(login(node, email)),
    before: 'done',
    after: 'sign_in_not_allowed',
  },
  mail_template_verification: template('verification'),
  mail_template_password_reset: template('password_reset'),
  mail_template_email_change: template('email_change'),
  mail_template_invitation: template('invitation'),
  mail_template_otp: template('otp'),
  mail_template_password_changed: template('password_changed'),
  mail_template_email_changed: template('email_changed'),
  mail_template_mfa_enabled: template('mfa_enabled'),
  mail_template_mfa_disabled: template('mfa_disabled'),
  mail_template_backup_code_used: template('backup_code_used'),
  mail_template_new_device: template('new_device'),
  mail_template_identity_linked: template('identity_linked'),
  mail_template_api_key_created: template('api_key_created'),
  mail_template_ssh_key_added: template('ssh_key_added'),
  mail_template_registration_attempted: template('registration_attempted'),
  mail_template_account_locked: template('account_locked'),
}

it('has something to see for every setting that is documented', () => {
  expect(Object.keys(enforced)).toEqual([...settingNames])
})

describe.each(firstWhereQuick(databases))('settings that change at run time, on $name:', ({ open }) => {
  let database: TestDatabase
  let nodes: readonly [Node, Node]

  beforeAll(async () => {
    database = await open()
    nodes = [createNode(database.nodes[0]), createNode(database.nodes[1])]
    await nodes[0].auth.migrate()
    await Promise.all(nodes.map(({ auth }) => auth.ready()))
  })

  afterAll(async () => {
    await Promise.all(nodes.map(({ auth }) => auth.close()))
    await database?.close()
  })

  it.each(Object.entries(enforced))('%s is in force with the next request of another node', async (name, setting) => {
    const [here, there] = nodes
    const change = (changes: Readonly<Record<string, unknown>>) =>
      here.auth.settings.change(changes, { collection: 'customers' })
    const { given = {}, prepare = async () => '', see } = setting
    const defaults = Object.fromEntries(settingNames.map((each) => [each, null]))
    await change({ ...defaults, ...given })
    const prepared = await prepare(there)
    expect(await see(there, prepared, 'before')).toEqual(setting.before)
    const { sources } = await change({ [name]: setting.to })
    expect(sources).toMatchObject({ [name]: 'collection' })
    expect(await see(there, prepared, 'after')).toEqual(setting.after)
    // And back again, of which the node, as far as it knows, would refuse to hear.
    await change({ [name]: null })
    const again = await prepare(here)
    expect(await see(there, again, 'before')).toEqual(setting.before)
    await Promise.all(nodes.map(({ settle }) => settle()))
  })

  it('of passwords is in force for whoever was invited, too', async () => {
    const [here, there] = nodes
    const { invitations } = there.auth.collections.customers
    const email = fresh()
    await invitations.create({ email })
    await there.settle()
    const { text = '' } = there.mailbox.list().find(({ to }) => to === email) ?? {}
    const token = decodeURIComponent(/token=([^\s&]+)/.exec(text)?.[1] ?? '')
    await here.auth.settings.change({ password_auth_enabled: false }, { collection: 'customers' })
    expect(await outcomeOf(invitations.accept(token, { password }))).toBe('method_disabled')
    await here.auth.settings.change({ password_auth_enabled: null }, { collection: 'customers' })
    expect(await outcomeOf(invitations.accept(token, { password }))).toBe('done')
  })
})
