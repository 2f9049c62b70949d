import { devices } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createMailbox } from '../mail/mailbox.js'
import { createTestCardea, jane } from '../testing.fixture.js'

async function open() {
  const mailbox = createMailbox()
  const test = createTestCardea({ send: mailbox.send })
  await test.auth.migrate()
  await test.auth.ready()
  await test.auth.users.register(jane)
  const { email, password } = jane
  const login = async (userAgent: string) => {
    await test.auth.users.login({ email, password }, { userAgent, ip: '192.0.2.1' })
    await test.settle()
  }
  const mails = async () => {
    await test.auth.jobs.run()
    return mailbox.list().map(({ to, subject }) => `${to} ${subject}`)
  }
  return { ...test, login, mails }
}

describe('a sign-in from a new device', () => {
  it('is told to the owner, but not over and over to an address that may be a stranger’s', async () => {
    const { login, mails, clock } = await open()
    expect(await mails()).toEqual([])
    await login('browser')
    await login('browser')
    expect(await mails()).toEqual(['jane@example.com Your account was used on a new device'])
    for (let index = 0; index < 20; index += 1) await login(`made up ${index}`)
    expect(await mails()).toHaveLength(5)
    clock.advance(3_600_000)
    await login('one more')
    expect(await mails()).toHaveLength(6)
  })

  it('is one of several things that are told apart', async () => {
    const { login, mails, auth } = await open()
    for (let index = 0; index < 9; index += 1) await login(`made up ${index}`)
    const { id } = (await auth.users.login({ email: jane.email, password: jane.password })).user
    await auth.users.setPassword(id, 'another good password')
    expect((await mails()).filter((line) => /password was changed/.test(line))).toHaveLength(1)
  })

  it('leaves a hundred devices at most, the newest', async () => {
    const { login, clock, storage } = await open()
    for (let index = 0; index < 105; index += 1) {
      clock.advance(1_000)
      await login(`made up ${index}`)
    }
    const rows = await storage.find(devices, { limit: 'all' })
    expect(rows).toHaveLength(100)
    expect(rows.map(({ user_agent }) => user_agent)).toContain('made up 104')
    expect(rows.map(({ user_agent }) => user_agent)).not.toContain('made up 4')
  })
})
