import { describe, expect, it } from 'vitest'
import { mailKinds } from '../kinds.js'
import { templateOf } from './built-in.js'

const hostile = `<a href=//evil>"'`
/** All that any template is told, and all of it hostile. */
const data = {
  appName: hostile,
  collection: 'users',
  locale: undefined,
  name: 'The Owner',
  link: `https://app.test/"><script>`,
  code: hostile,
  minutes: 60,
  at: 0,
  time: hostile,
  device: hostile,
  ip: hostile,
  remaining: 3,
  provider: hostile,
}

describe('the built-in templates', () => {
  it.each(mailKinds)('escape all that they are told, and do not let %s carry an owner’s words', async (kind) => {
    const { subject, text, html } = await templateOf(kind)(data)
    const markup = String(html)
    expect(subject).not.toBe('')
    expect(markup).toContain('&lt;a href=//evil&gt;')
    expect(markup).not.toContain('<a href=//evil')
    expect(markup).not.toContain('<script')
    expect(subject + text + markup).not.toContain(data.name)
    expect(text).not.toContain('undefined')
  })

  it('say the same in text and in HTML', async () => {
    const told = { ...data, appName: 'App', link: 'https://app.test/reset-password#token=t' }
    const { text, html } = await templateOf('password_reset')(told)
    expect(text).toContain('\n\nhttps://app.test/reset-password#token=t\n\n')
    expect(String(html)).toContain('<a href="https://app.test/reset-password#token=t"')
    expect(text).toContain('for 1 hour.')
    expect((await templateOf('otp')({ ...data, code: '123456', minutes: 10 })).text).toMatch(/\n123456\n.*10 minutes/s)
  })

  it.each(mailKinds)('say of which collection the account is, where it is none of the users: %s', async (kind) => {
    const told = { ...data, appName: 'App', collection: 'shop_customers' }
    const { text, html } = await templateOf(kind)(told)
    expect(text).toContain('App (shop customers)')
    expect(String(html)).toContain('App (shop customers)')
    expect((await templateOf(kind)({ ...told, collection: 'users' })).text).not.toMatch(/users|customers/)
  })

  it('leave out what is not known', async () => {
    const told = { ...data, appName: 'App', time: 'now', device: undefined, ip: undefined }
    const { text } = await templateOf('account_locked')({ ...told, minutes: undefined })
    expect(text).not.toContain('undefined')
    expect(text).toContain('\n\nnow.\n\n')
  })
})

describe('templateOf', () => {
  it('takes the first that there is, as it is', async () => {
    const own = { otp: () => ({ subject: 'own', text: '', html: '' }) }
    const app = { otp: () => ({ subject: 'app', text: '', html: '' }) }
    expect(templateOf('otp', own, app)).toBe(own.otp)
    expect(templateOf('otp', {}, app)).toBe(app.otp)
    expect(await templateOf('otp', undefined, undefined)(data)).toMatchObject({
      subject: expect.stringMatching(/code/),
    })
  })
})
