import { describe, expect, it } from 'vitest'
import { redact } from './redact.js'

describe('redact', () => {
  const env = {
    CARDEA_SECRET: '0f9e8d7c6b5a49382716',
    CARDEA_ADMIN_PASSWORD: 'correct horse',
    DATABASE_URL: 'postgres://me:p%40ssw0rd-long@db.test/app',
  }

  it.each([
    ['secret=0f9e8d7c6b5a49382716!', 'secret=***!'],
    ['password "correct horse"', 'password "***"'],
    ['user me, p@ssw0rd-long or p%40ssw0rd-long', 'user me, *** or ***'],
    ['at postgres://me:p%40ssw0rd-long@db.test/app', 'at postgres://***@db.test/app'],
    ['at mysql://other:word@db.test/app?x=1 and redis://x@y', 'at mysql://***@db.test/app?x=1 and redis://***@y'],
  ])('turns %j into %j', (text, redacted) => {
    expect(redact(text, env)).toBe(redacted)
  })

  it('leaves alone what holds no secret', () => {
    const text = 'https://app.test/@me, jane@example.com, select * from x where a = $1'
    expect(redact(text, env)).toBe(text)
    expect(redact('the word short stands here', { CARDEA_ADMIN_PASSWORD: 'short' })).toBe('the word short stands here')
    expect(redact('not a URL', { DATABASE_URL: 'not a URL' })).toBe('not a URL')
  })
})
