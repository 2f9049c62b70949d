import { mailPlaceholders, type SettingName } from '@cardea/collections/later'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendMailOf } from '../settings/settings.fixture.js'
import { createTestCardea } from '../testing.fixture.js'
import { html } from './html.js'
import { type MailKind, mailKinds } from './kinds.js'
import type { MailData } from './message.js'
import { type Received, startSmtpServer, type TestSmtpServer } from './smtp.fixture.js'
import { storedTemplates } from './stored-texts.js'
import { templateOf } from './templates/built-in.js'

const secretOf = (kind: MailKind): string | undefined =>
  mailPlaceholders(kind).find((name) => name === 'link' || name === 'code')

/** Texts that say all that the kind can, each place between brackets. */
function textsOf(kind: MailKind, by: string) {
  const all = mailPlaceholders(kind)
  const said = all.filter((name) => name !== 'link' && name !== 'code').map((name) => `${name}=[{{${name}}}]`)
  const secret = secretOf(kind)
  const text = [`${by} ${kind}`, ...(secret === undefined ? [] : [`{{${secret}}}`]), ...said].join('\n')
  return { subject: `${by}: ${kind} of {{collection}}`, text, html: `<p>${text.replaceAll('\n', '<br>')}</p>` }
}

const settingOf = (kind: MailKind): SettingName => `mail_template_${kind}`

describe('texts of mails that were stored', () => {
  let server: TestSmtpServer
  let test: ReturnType<typeof createTestCardea>

  /** As the server has received it. */
  const mailOf = async (kind: MailKind, collection: string): Promise<Received> => {
    const address = await sendMailOf(test, kind, collection)
    const mail = server.received.findLast(({ to }) => to[0] === address)
    if (mail === undefined) throw new Error('no mail')
    return mail
  }
  const store = (changes: Readonly<Record<string, unknown>>, collection?: string) =>
    test.auth.settings.change(changes, { collection })

  beforeAll(async () => {
    server = await startSmtpServer()
    const own = { subject: 'by a function', text: 'by a function', html: html`<p>by a function</p>` }
    const templates = { mfa_enabled: () => own }
    const mail = { transport: server.url, from: 'Shop <shop@example.com>', collections: { customers: { templates } } }
    test = createTestCardea({ also: 'vendors', auth: { otp: { enabled: true } }, more: { mail } })
    await test.auth.migrate()
    await test.auth.ready()
  })
  afterAll(async () => {
    await test.auth.close()
    await server.close()
  })

  it.each(firstWhereQuick(mailKinds, 4))(
    'say what a mail of %s says to the collection that they are of, and to no other',
    async (kind) => {
      const before = await mailOf(kind, 'customers')
      await store({ [settingOf(kind)]: textsOf(kind, 'stored') }, 'customers')
      const [own, other] = [await mailOf(kind, 'customers'), await mailOf(kind, 'vendors')]
      expect(own.email.subject).toBe(`stored: ${kind} of customers`)
      expect(own.email.text).toMatch(new RegExp(`^stored ${kind}\n`))
      for (const part of [own.email.text, own.email.html]) {
        expect(part).toContain('app_name=[localhost]')
        expect(part).not.toMatch(/\{\{|undefined|null/)
      }
      const secret = secretOf(kind)
      if (secret === 'link') {
        expect(own.email.text).toMatch(/\nhttp:\/\/localhost:3000\/\S+#token=\S+/)
        expect(own.email.html).toMatch(/<br>http:\/\/localhost:3000\/[^\s<]+#token=/)
      }
      if (secret === 'code') expect(own.email.text).toMatch(/\n\d{6}\n/)
      expect(other.email.subject).not.toContain('stored')
      if (kind !== 'mfa_enabled')
        expect(other.email.subject).toBe(before.email.subject?.replace('customers', 'vendors'))
      await store({ [settingOf(kind)]: null }, 'customers')
      expect((await mailOf(kind, 'customers')).email.subject).toBe(before.email.subject)
    },
  )

  it('come before functions of the same collection, and those before texts for all', async () => {
    const texts = (subject: string) => ({ mail_template_mfa_enabled: { subject, text: 'x' } })
    const subjectIn = async (name: string) => (await mailOf('mfa_enabled', name)).email.subject
    const seen = async () => [await subjectIn('customers'), await subjectIn('vendors')]
    expect(await seen()).toEqual(['by a function', 'Two-step sign-in was turned on'])
    await store(texts('for all'))
    expect(await seen()).toEqual(['by a function', 'for all'])
    await store(texts('of customers'), 'customers')
    expect(await seen()).toEqual(['of customers', 'for all'])
    await store({ mail_template_mfa_enabled: null }, 'customers')
    await store({ mail_template_mfa_enabled: null })
    expect(await seen()).toEqual(['by a function', 'Two-step sign-in was turned on'])
  })

  it('are refused as a whole where one of them could do more than say something', async () => {
    const { auth } = test
    const good = { subject: 'Code', text: '{{code}}' }
    for (const bad of [
      { ...good, subject: 'Code\r\nBcc: evil@evil.test' },
      { ...good, html: '<script>{{code}}</script>' },
      { ...good, text: '{{link}}' },
      { ...good, text: 'no code' },
      { ...good, from: 'evil@evil.test' },
      { subject: 'Code' },
      'text',
    ]) {
      const work = store({ mail_template_otp: bad, mail_template_invitation: null }, 'customers')
      await expect(work, JSON.stringify(bad)).rejects.toMatchObject({
        code: expect.stringMatching(/^(invalid_request|unknown_field)$/),
      })
    }
    expect((await auth.settings.find({ collection: 'customers' })).values.mail_template_otp).toBeNull()
  })
})

describe('storedTemplates', () => {
  const told: MailData<'identity_linked'> = {
    appName: '<b>{{ip}}</b> & "more"',
    collection: '$& $1',
    locale: undefined,
    name: 'The Owner',
    at: 0,
    time: 'now\r\nBcc: evil@evil.test',
    device: undefined,
    ip: "'; --",
    provider: '{{name}}',
  }
  const fill = (subject: string, text: string, markup?: string) =>
    templateOf('identity_linked', storedTemplates({ identity_linked: { subject, text, html: markup } }))(told)

  it('replace each placeholder once, with what it is told as it is', async () => {
    const { subject, text } = await fill('{{collection}}', '{{app_name}} {{ provider }} {{device}}.')
    expect([subject, text]).toEqual(['$& $1', '<b>{{ip}}</b> & "more" {{name}} .'])
  })

  it('escape it in markup, and make markup of a text where there is none', async () => {
    const { html: own } = await fill('x', 'x', '<p title="x">{{app_name}} {{ip}}</p>')
    expect(String(own)).toBe('<p title="x">&lt;b&gt;{{ip}}&lt;/b&gt; &amp; &quot;more&quot; &#39;; --</p>')
    const { html: made } = await fill('x', 'One <i>\n{{app_name}}\n\nTwo')
    expect(String(made)).toContain('<p>One &lt;i&gt;<br>\n&lt;b&gt;{{ip}}&lt;/b&gt; &amp; &quot;more&quot;</p>')
    expect(String(made)).toContain('<p>Two</p>')
  })

  it('make a link of the link', async () => {
    const texts = { verification: { subject: 'x', text: 'Go:\n\n{{link}}\n' } }
    const data = { ...told, link: 'https://app.test/verify#token=a&b', minutes: 60 }
    const { html: made } = await templateOf('verification', storedTemplates(texts))(data)
    const address = 'https://app.test/verify#token=a&amp;b'
    expect(String(made)).toContain(`<p><a href="${address}">${address}</a></p>`)
  })

  it('say something of every kind that there is', () => {
    for (const kind of mailKinds) expect(mailPlaceholders(kind).length, kind).toBeGreaterThan(2)
  })
})
