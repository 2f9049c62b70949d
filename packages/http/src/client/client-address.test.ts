import { describe, expect, it } from 'vitest'
import { createClientAddress, type TrustProxy } from './client-address.js'

const find = (trust: TrustProxy | undefined, socket: string | null | undefined, forwarded?: string) =>
  createClientAddress(trust)(socket, new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }))

describe('createClientAddress', () => {
  it('tells of requests that say they came through a proxy, where nothing is said of proxies', () => {
    const toldBy = (trust: TrustProxy | undefined, headers: Record<string, string>): number => {
      let told = 0
      createClientAddress(trust, () => {
        told += 1
      })('10.0.0.1', new Headers(headers))
      return told
    }
    const forwarded = { 'x-forwarded-for': '1.2.3.4' }
    expect(toldBy(undefined, forwarded)).toBe(1)
    expect(toldBy(undefined, { forwarded: 'for=1.2.3.4' })).toBe(1)
    expect(toldBy(undefined, { 'x-real-ip': '1.2.3.4' })).toBe(0)
    for (const trust of [0, 1, ['10.0.0.0/8']]) expect(toldBy(trust, forwarded)).toBe(0)
  })

  it('believes nobody by default', () => {
    expect(find(undefined, '10.0.0.1', '1.2.3.4')).toBe('10.0.0.1')
    expect(find(0, '10.0.0.1', '1.2.3.4')).toBe('10.0.0.1')
    expect(find([], '10.0.0.1', '1.2.3.4')).toBe('10.0.0.1')
    expect(find(undefined, null, '1.2.3.4')).toBeNull()
    expect(find(undefined, undefined, '1.2.3.4')).toBeNull()
    expect(find(undefined, 'not an address')).toBeNull()
  })

  it.each([
    [1, '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    [2, '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    [1, '1.2.3.4', '1.2.3.4'],
    [2, '1.2.3.4', '1.2.3.4'],
    [3, '', '10.0.0.1'],
    [1, '1.2.3.4, unknown', '10.0.0.1'],
    [2, 'unknown, 1.2.3.4', '1.2.3.4'],
    [1, '1.2.3.4,', '10.0.0.1'],
    [1, '1.2.3.4:4711', '1.2.3.4'],
    [1, '[2001:db8::1]:4711', '2001:db8:0:0:0:0:0:1'],
    [1, '"1.2.3.4"', '10.0.0.1'],
  ])('walks %i proxies back through %j to %s', (proxies, forwarded, client) => {
    expect(find(proxies, '10.0.0.1', forwarded)).toBe(client)
  })

  it.each([
    [['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    [['10.0.0.1'], '10.0.0.1', '1.2.3.4, 10.0.0.2', '10.0.0.2'],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', '1.2.3.4', '1.2.3.4'],
    [['::ffff:10.0.0.1'], '10.0.0.1', '1.2.3.4', '1.2.3.4'],
    [['2001:db8::/32'], '2001:DB8::1', '1.2.3.4', '1.2.3.4'],
    [['10.0.0.0/8'], '192.0.2.1', '1.2.3.4', '192.0.2.1'],
    [['10.0.0.0/8'], '10.0.0.1', 'garbage, 10.0.0.2', '10.0.0.2'],
    [['0.0.0.0/0'], '10.0.0.1', '1.2.3.4, 5.6.7.8', '1.2.3.4'],
  ])('walks back through %j only', (trust, socket, forwarded, client) => {
    expect(find(trust, socket, forwarded)).toBe(client)
  })

  it('cannot check a proxy whose address it does not know', () => {
    expect(find(['10.0.0.0/8'], null, '1.2.3.4')).toBeNull()
    expect(find(1, null, '1.2.3.4')).toBe('1.2.3.4')
  })

  it.each([
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '2001:db8::/129',
    '::ffff:10.0.0.0/104',
    '',
  ])('refuses %j in the list', (entry) => {
    expect(() => createClientAddress([entry])).toThrow('trustProxy')
  })
})
