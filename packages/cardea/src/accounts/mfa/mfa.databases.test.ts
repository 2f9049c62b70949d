import { sessions } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.fixture.js'
import { jane } from '../../testing.fixture.js'
import { openMfa } from './mfa.fixture.js'

describe.each(databases)('signing in by two factors on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: readonly [Awaited<ReturnType<typeof openMfa>>, Awaited<ReturnType<typeof openMfa>>]

  beforeAll(async () => {
    database = await open()
    const [first, second] = database.nodes
    nodes = [await openMfa({ storage: first }), await openMfa({ storage: second })]
    await nodes[0].auth.users.register(jane)
  })

  afterAll(async () => {
    await Promise.all(nodes?.map(({ auth }) => auth.close()) ?? [])
    await database?.close()
  })

  /** Fifty at a time on two nodes, of which one has a single connection. */
  const race = async (work: (node: (typeof nodes)[number]) => Promise<unknown>) => {
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => work(nodes[index % 2 === 0 ? 0 : 1])),
    )
    const codes = results.map((result) => (result.status === 'fulfilled' ? 'done' : String(result.reason?.code)))
    return { won: codes.filter((code) => code === 'done').length, codes: [...new Set(codes)].sort() }
  }
  /** As long as it takes until codes are looked at again. */
  const advance = (milliseconds = 86_400_000) => {
    for (const { clock } of nodes) clock.advance(milliseconds)
  }

  it('activates, verifies, renews and disables once, however many try', async () => {
    const [{ auth, login, authenticationOf, codeOf, challenge, storage }] = nodes
    const { mfa } = auth.users
    const authentication = await authenticationOf(await login())
    const { secret } = await mfa.enroll(authentication)

    const first = codeOf(secret)
    const activated = await race((node) => node.auth.users.mfa.activate(authentication, first))
    expect(activated.won).toBe(1)
    advance()

    const { token } = await challenge()
    const second = codeOf(secret)
    const before = await storage.count(sessions)
    const verified = await race((node) => node.auth.users.mfa.verify(token, { code: second }))
    expect(verified).toEqual({ won: 1, codes: expect.not.arrayContaining(['internal_error', 'undefined']) })
    expect(await storage.count(sessions)).toBe(before + 1)
    advance()

    // Several tickets, one code.
    const tickets: string[] = []
    for (let index = 0; index < 5; index += 1) tickets.push((await challenge()).token)
    const third = codeOf(secret)
    let turn = 0
    const replayed = await race((node) => {
      turn += 1
      return node.auth.users.mfa.verify(tickets[turn % tickets.length] ?? '', { code: third })
    })
    expect(replayed.won).toBe(1)
    advance()

    const winner = await mfa.verify((await challenge()).token, { code: codeOf(secret) })
    advance(60_000)
    const current = await authenticationOf(winner)
    const code = codeOf(secret)
    const renewed = await race((node) => node.auth.users.mfa.renewBackupCodes(current, { code }))
    expect(renewed.won).toBe(1)
    expect(await mfa.state(current)).toMatchObject({ backupCodesRemaining: 10 })
    advance()
    const last = codeOf(secret)
    const disabled = await race((node) => node.auth.users.mfa.disable(current, { code: last }))
    expect(disabled.won).toBe(1)
    expect(await mfa.state(current)).toMatchObject({ enabled: false, backupCodesRemaining: 0 })
    await login()
  }, 30_000)
})
