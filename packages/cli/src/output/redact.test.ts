import { describe, expect, it } from 'vitest'
import { redact, redactedJson } from './redact.js'

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

  const odd = (password: string) => ({ DATABASE_URL: `postgres://me:${password}@db.test/app` })

  it.each([
    'p@ssword-of-some-length',
    'pass/word-of-some-length',
    'p@ss/word@of#some?length:and&more=x',
    'pass#word-of-some-length',
    'pass?word-of-some-length',
    '0#word-of-some-length',
    '0?word-of-some-length',
    'pass%word-of-some-length',
    'pass%e4word-of-some-length',
    'pass"word\'of`some\\length',
    'pass word of some length',
    '$&word-of-some-length',
    'short@ly',
    'a/b',
    'x',
  ])('hides the password %j however somebody quotes it', (password) => {
    const env = odd(password)
    const url = env.DATABASE_URL
    const inJson = redactedJson({ error: { message: `cannot read ${url}`, causes: [url] } }, env)
    expect(JSON.parse(inJson)).toEqual({
      error: { message: 'cannot read postgres://***@db.test/app', causes: ['postgres://***@db.test/app'] },
    })
    for (const text of [url, `'${url}'`, JSON.stringify({ url }), `input: '${url.replaceAll("'", "\\'")}'`]) {
      expect(redact(`Invalid URL ${text}`, env)).toContain('//***@db.test/app')
      if (password.length > 3) expect(redact(text, env)).not.toMatch(/pass|word|length|ssw|short|ly/)
    }
    if (password.length >= 8) expect(redact(`the password ${password} is wrong`, env)).toBe('the password *** is wrong')
  })

  it.each([
    ['p@ss/word', 'getaddrinfo ENOTFOUND ss', 'getaddrinfo ENOTFOUND ***'],
    ['p@ss/word', 'database "word@db.test/app" does not exist', 'database "***@db.test/app" does not exist'],
    ['p@hidden', 'connect ECONNREFUSED hidden:5432', 'connect ECONNREFUSED ***:5432'],
    ['p@ss/wo', 'database "wo@db.test/app" does not exist', 'database "***@db.test/app" does not exist'],
  ])('hides what a driver made of the password %j: %j', (password, text, redacted) => {
    expect(redact(text, odd(password))).toBe(redacted)
  })

  it.each(['a', 'st', 'the', 'or', 'a/b', 's@t'])('takes the short password %j for no part of a word', (password) => {
    const text = 'postgres: the table auth_users was migrated or restored at a host: (a, st) create table "a"'
    expect(redact(text, odd(password))).toBe(text)
  })

  it('reads an @ in the parameters of a URL as what it is', () => {
    const env = { DATABASE_URL: 'mysql://me:a-long-password@db.test/table?user_name=jane@example.com' }
    expect(redact('create table users at db.test for me', env)).toBe('create table users at db.test for me')
    expect(redact('a-long-password', env)).toBe('***')
  })

  it('finds a user in URLs that are not ours, and none in addresses of the web and of files', () => {
    for (const password of ['p@ss/word', 'p"w', "p'w", 'p#w', '%']) {
      expect(redact(`at redis://me:${password}@cache.test/0 again`, {})).toBe('at redis://***@cache.test/0 again')
    }
    const text = 'at file:///app/node_modules/@cardea/cli/x.js and https://cdn.test/npm/x@1.2.3'
    expect(redact(text, {})).toBe(text)
  })

  it('leaves alone what holds no secret', () => {
    const text = 'https://app.test/@me, jane@example.com, select * from x where a = $1'
    expect(redact(text, env)).toBe(text)
    expect(redact('the word short stands here', { CARDEA_ADMIN_PASSWORD: 'short' })).toBe('the word short stands here')
    expect(redact('not a URL', { DATABASE_URL: 'not a URL' })).toBe('not a URL')
  })
})
