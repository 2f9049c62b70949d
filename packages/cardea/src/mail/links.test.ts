import { describe, expect, it } from 'vitest'
import { assertLinks, type MailLinks, mailLink } from './links.js'

const baseUrl = 'https://app.test'
const token = 'a/b+c=&d'
const link = (links: MailLinks, collection = 'users') =>
  mailLink(baseUrl, links, { kind: 'password_reset', collection, token })

describe('mailLink', () => {
  it('leads to the base URL, with the token where no server and no Referer sees it', () => {
    expect(link({})).toBe('https://app.test/reset-password#token=a%2Fb%2Bc%3D%26d')
    expect(mailLink(baseUrl, {}, { kind: 'verification', collection: 'users', token: 't' })).toBe(
      'https://app.test/verify-email#token=t',
    )
    expect(mailLink(baseUrl, {}, { kind: 'email_change', collection: 'users', token: 't' })).toBe(
      'https://app.test/confirm-email-change#token=t',
    )
  })

  it('says which collection it is about, in the page where that has a place for it', () => {
    expect(link({}, 'customers')).toBe('https://app.test/reset-password#token=a%2Fb%2Bc%3D%26d&collection=customers')
    expect(link({ passwordReset: '/{collection}/reset?step=2' }, 'customers')).toBe(
      'https://app.test/customers/reset?step=2#token=a%2Fb%2Bc%3D%26d',
    )
  })

  it('carries the token in the query where that is asked for', () => {
    expect(link({ passwordReset: '/reset?step=2', tokenIn: 'query' }, 'customers')).toBe(
      'https://app.test/reset?step=2&token=a%2Fb%2Bc%3D%26d&collection=customers',
    )
  })
})

describe('assertLinks', () => {
  it.each([
    '//evil.test/reset',
    '/\\evil.test/reset',
    '\\\\evil.test/reset',
    'https://evil.test/reset',
    'https://app.test.evil.test/reset',
    'https://app.test@evil.test/reset',
    'https://user:secret@app.test/reset',
    'http://app.test/reset',
    'https://{collection}/reset',
    'https://{collection}.app.test/reset',
    '//{collection}/reset',
    'javascript:alert(1)',
    'reset',
    '',
    '/reset#here',
    '/\t/evil.test/reset',
  ])('refuses a page at %j', (page) => {
    expect(() => assertLinks({ passwordReset: page }, baseUrl)).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        message: expect.stringContaining('mail.links.passwordReset'),
      }),
    )
  })

  it('lets no collection choose the host, listed or not', () => {
    const links = { emailChange: 'https://{collection}.test/change', origins: ['https://collection.test'] }
    expect(() => assertLinks(links, baseUrl)).toThrow(/mail\.links\.emailChange must name its host/)
  })

  it('takes pages at the base URL, and at origins that are listed', () => {
    expect(() => assertLinks({ passwordReset: 'https://app.test/reset', verification: '/v' }, baseUrl)).not.toThrow()
    const links = { emailChange: 'https://shop.test/{collection}/change' }
    expect(() => assertLinks(links, baseUrl)).toThrow('mail.links.emailChange')
    expect(() => assertLinks({ ...links, origins: ['https://shop.test'] }, baseUrl)).not.toThrow()
  })
})
