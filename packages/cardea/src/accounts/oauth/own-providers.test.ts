import { describe, expect, it } from 'vitest'
import type { OAuthOptions } from '../../options/oauth-options.js'
import { createTestCardea } from '../../testing.fixture.js'
import { anna, createTestProvider } from './oauth.fixture.js'

const names = (providers: readonly { readonly name: string }[]) => providers.map(({ name }) => name)

describe('providers of a collection', () => {
  it('are those of all, those that it names, or clients of its own with the same name', async () => {
    const [company, other] = [createTestProvider('company'), createTestProvider('other')]
    // Another client at the same company.
    const own = createTestProvider('company')
    const oauth = {
      providers: [company.provider, other.provider],
      collections: { customers: [own.provider, 'other'], vendors: ['other'] },
    }
    const { auth } = createTestCardea({ also: 'vendors', more: { baseUrl: 'https://app.test', oauth } })
    await auth.migrate()
    await auth.ready()
    const { customers } = auth.collections
    const vendors = await auth.findCollection('vendors')
    if (vendors === undefined) throw new Error('vendors')
    expect(names(auth.users.oauth.providers())).toEqual(['company', 'other'])
    expect(names(customers.oauth.providers())).toEqual(['company', 'other'])
    expect(names(vendors.oauth.providers())).toEqual(['other'])
    await expect(vendors.oauth.begin({ provider: 'company' })).rejects.toMatchObject({ code: 'not_found' })

    // Each has asked its own client, and no code of one counts at the other.
    const clients = [
      [auth.users, company, own],
      [customers, own, company],
    ] as const
    for (const [people, client, another] of clients) {
      const before = [client.exchanges(), another.exchanges()]
      const { url, state, browserToken } = await people.oauth.begin({ provider: 'company' })
      const callback = { provider: 'company', params: { state, code: client.agree(url, anna) }, browserToken }
      expect((await people.oauth.callback(callback)).status).toBe('signed_in')
      expect([client.exchanges(), another.exchanges()]).toEqual([(before[0] ?? 0) + 1, before[1]])
      const again = await people.oauth.begin({ provider: 'company' })
      const stolen = { state: again.state, code: another.agree(again.url, anna) }
      const refused = { provider: 'company', params: stolen, browserToken: again.browserToken }
      expect(await people.oauth.callback(refused)).toMatchObject({ status: 'failed', code: 'oauth_failed' })
    }
    // The same person at the company, and an account in each collection.
    expect((await customers.list()).items).toHaveLength(1)
    expect((await auth.users.list()).items).toHaveLength(1)
  })

  it('are refused where a name is that of none, or of two', () => {
    const [company, own] = [createTestProvider('company').provider, createTestProvider('company').provider]
    const make = (collections: OAuthOptions['collections']) => () =>
      createTestCardea({
        more: { oauth: { providers: [company], ...(collections === undefined ? {} : { collections }) } },
      })
    expect(make({ customers: ['compnay'] })).toThrow(/oauth\.collections\.customers\.0 names no provider/)
    expect(make({ customers: ['company', own] })).toThrow(/oauth\.collections\.customers\.1 has the name of another/)
    expect(make({ customers: ['company', 'company'] })).toThrow(
      /oauth\.collections\.customers\.1 has the name of another/,
    )
    expect(make({ customers: [{ name: 'x' } as never] })).toThrow(/oauth\.collections\.customers\.0/)
    expect(make({ customers: [] })).not.toThrow()
  })
})
