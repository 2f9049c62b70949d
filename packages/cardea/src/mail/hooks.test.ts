import { outbox } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import type { Hooks } from '../hooks/hooks.js'
import { createTestCardea, jane } from '../testing.fixture.js'
import { totpCode } from '../totp.fixture.js'
import type { MailMessage } from './message.js'

/** An instance in which Jane is about to get a notice: that she has set a second factor up. */
async function open(hooks: Hooks) {
  const sent: MailMessage[] = []
  const test = createTestCardea({
    auth: { mfa: { enabled: true } },
    send: async (message) => void sent.push(message),
    more: { hooks },
  })
  const { auth, clock, settle, storage } = test
  await auth.migrate()
  await auth.ready()
  const registered = await auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  const { accessToken = '', user } = registered.signIn
  const result = await auth.sessions.verify({ accessToken })
  if (!result.authenticated) throw new Error(result.code)
  const { secret } = await auth.users.mfa.enroll(result.authentication)
  await auth.users.mfa.activate(result.authentication, totpCode(secret, Math.floor(clock.now() / 30_000)))
  await settle()
  return { ...test, sent, user, waiting: () => storage.find(outbox, { limit: 'all' }) }
}

describe('hooks of mails', () => {
  it('are told of each, before and after, and of no address and no text', async () => {
    const told: [string, unknown][] = []
    const { sent, user } = await open({
      beforeMail: (about) => void told.push(['before', about]),
      afterMail: (about) => told.push(['after', about]),
    })
    const about = { kind: 'mfa_enabled', collection: 'users', principalId: user.id }
    expect(sent).toHaveLength(1)
    expect(told).toEqual([
      ['before', about],
      ['after', about],
    ])
  })

  it('drop a mail that they refuse', async () => {
    const after: unknown[] = []
    const { logger, sent, waiting } = await open({
      beforeMail: () => ({ refuse: 'No mail.' }),
      afterMail: (about) => after.push(about),
    })
    expect([sent, after, await waiting()]).toEqual([[], [], []])
    expect(logger.lines.filter((line) => !line.startsWith('info'))).toEqual([])
  })

  it('that fail keep the mail for later', async () => {
    let fails = true
    const { auth, clock, sent, waiting } = await open({
      beforeMail: () => {
        if (fails) throw new Error('hunter2')
      },
    })
    expect(sent).toEqual([])
    expect(await waiting()).toMatchObject([{ state: 'pending', attempts: 1, last_error: 'hook_failed:internal_error' }])
    fails = false
    clock.advance(3_600_000)
    expect(await auth.jobs.run()).toMatchObject({ sent: 1, remaining: 0 })
  })

  it('that come after change nothing', async () => {
    const { sent, waiting } = await open({
      afterMail: () => {
        throw new Error('hunter2')
      },
    })
    expect(sent).toHaveLength(1)
    expect(await waiting()).toEqual([])
  })
})
