import { describe, expect, it } from 'vitest'
import { serverOf } from './server-of.js'

describe('serverOf', () => {
  it.each([
    ['smtp://user:s3cr3t@mail.example:2525', 'mail.example:2525'],
    ['smtp://user:s3cr3t@mail.example', 'mail.example:587'],
    ['smtps://mail.example/?pool=true', 'mail.example:465'],
    ['smtp://us@er:p@ss@mail.example:25', 'mail.example:25'],
  ])('is the host and port of %s', (url, server) => {
    expect(serverOf(url)).toBe(server)
    expect(serverOf({ url })).toBe(server)
  })

  it('is what options say', () => {
    const auth = { user: 'user', pass: 's3cr3t' }
    expect(serverOf({ host: 'mail.example', port: 25, auth })).toBe('mail.example:25')
    expect(serverOf({ host: 'mail.example', secure: true, auth })).toBe('mail.example:465')
    expect(serverOf({ service: 'Gmail', auth })).toBe('Gmail')
    expect(serverOf({ sendmail: true, auth })).toBeUndefined()
  })

  it.each([
    'smtp://user:12/34@mail.example',
    'smtp://user:12#34@mail.example',
    'smtp://user:12?34@mail.example',
    'smtp://user:a@12/34@mail.example',
    'smtp://user:pa/ss@mail.example',
    'user:s3cr3t',
  ])('says nothing of %s, of which it may be the password', (url) => {
    expect(serverOf(url)).toBeUndefined()
  })

  it('knows nothing of a function', () => {
    expect(serverOf(async () => undefined)).toBeUndefined()
  })
})
