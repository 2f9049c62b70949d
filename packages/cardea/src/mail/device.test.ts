import { describe, expect, it } from 'vitest'
import { describeDevice } from './device.js'

describe('describeDevice', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
    ],
    ['curl/8.5.0', undefined],
    ['', undefined],
    [undefined, undefined],
    ['<a href=//evil>Visit evil.test</a>/1.0 (Windows NT 10.0)', 'Windows'],
    [`${'a'.repeat(1_000_000)} Windows NT 10.0`, undefined],
  ])('calls %j what people know it as', async (userAgent, name) => {
    expect(await describeDevice(userAgent)).toBe(name)
  })
})
