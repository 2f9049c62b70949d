import { describe, expect, it } from 'vitest'
import { bumpEpoch, createBench, hour, signIn } from '../sessions.fixture.js'

const users = ['users'] as const

describe('renewProof', () => {
  it('says from then on how and when the principal proved who it is', async () => {
    const { sessions, advance, time, countStatements } = await createBench()
    const { session, cookieToken } = await signIn(sessions)
    const other = await signIn(sessions)
    advance(hour)
    const proof = { epoch: 0, amr: ['pwd', 'otp'], aal: 2, authTime: time.now } as const
    const statements = await countStatements(async () => {
      expect(await sessions.renewProof(session.id, proof)).toBe(true)
    })
    expect(statements).toBe(1)
    expect(await sessions.verifyCookie(cookieToken, users)).toMatchObject({
      valid: true,
      session: { amr: ['pwd', 'otp'], aal: 2, authTime: time.now },
    })
    expect(await sessions.find(other.session.id)).toMatchObject({ aal: 1, authTime: other.session.authTime })
  })

  it('changes nothing of a session that has another epoch, or is none', async () => {
    const { sessions, storage } = await createBench()
    const { session } = await signIn(sessions)
    const proof = { epoch: 1, amr: ['pwd'], aal: 2, authTime: 1 } as const
    expect(await sessions.renewProof(session.id, proof)).toBe(false)
    await bumpEpoch(storage)
    expect(await sessions.renewProof(session.id, proof)).toBe(false)
    expect(await sessions.renewProof('nobody', proof)).toBe(false)
    expect(await sessions.find(session.id)).toMatchObject({ aal: 1, authTime: session.authTime })
  })
})
