import { describe, expect, it } from 'vitest'
import { bumpEpoch, createBench, day, proofOf, second, setStatus, signIn } from '../sessions.fixture.js'

describe('list', () => {
  it('shows the own sessions that count, newest first, and no secret', async () => {
    const bench = await createBench()
    const { sessions, advance } = bench
    const first = await signIn(sessions)
    advance(second)
    const client = { ip: '192.0.2.1', userAgent: 'Phone' }
    const latest = await sessions.start(proofOf('anna'), client, { cookie: true, tokens: true })
    await signIn(sessions, 'ben')
    expect(await sessions.list('anna')).toEqual([latest.session, first.session])
    const shown = JSON.stringify(await sessions.list('anna'))
    const row = await bench.row(first.session.id)
    for (const secret of [row?.token_hash, row?.refresh_salt]) expect(shown).not.toContain(secret)
    expect(await sessions.list('anna', { limit: 1 })).toEqual([latest.session])
    expect(await sessions.list('nobody')).toEqual([])
  })

  it('leaves out what has expired', async () => {
    const { sessions, advance } = await createBench()
    await signIn(sessions)
    advance(7 * day - 1)
    expect(await sessions.list('anna')).toHaveLength(1)
    advance(1)
    expect(await sessions.list('anna')).toEqual([])
  })

  it('leaves out what an epoch or a disabled principal has ended, without losing those that live', async () => {
    const { sessions, storage } = await createBench()
    await signIn(sessions)
    await bumpEpoch(storage)
    expect(await sessions.list('anna')).toEqual([])
    const { session } = await signIn(sessions, 'anna', { epoch: 1 })
    expect(await sessions.list('anna', { limit: 1 })).toEqual([session])
    await setStatus(storage, 'disabled')
    expect(await sessions.list('anna')).toEqual([])
  })
})

describe('find', () => {
  it('shows a session by its id, and nothing that is none', async () => {
    const { sessions, advance } = await createBench()
    const { session } = await signIn(sessions)
    expect(await sessions.find(session.id)).toEqual(session)
    advance(40 * day)
    expect(await sessions.find(session.id)).toEqual(session)
    expect(await sessions.find('nobody')).toBeUndefined()
  })
})

describe('findLiving', () => {
  it('shows a session by its id while it counts', async () => {
    const { sessions, storage, advance } = await createBench()
    const { session } = await signIn(sessions)
    advance(7 * day - 1)
    expect(await sessions.findLiving(session.id)).toEqual(session)
    advance(1)
    expect(await sessions.findLiving(session.id)).toBeUndefined()
    expect(await sessions.findLiving('nobody')).toBeUndefined()
    const other = await signIn(sessions)
    expect(await sessions.findLiving(other.session.id)).toEqual(other.session)
    await bumpEpoch(storage)
    expect(await sessions.findLiving(other.session.id)).toBeUndefined()
    const third = await signIn(sessions, 'anna', { epoch: 1 })
    expect(await sessions.findLiving(third.session.id)).toEqual(third.session)
    await setStatus(storage, 'disabled')
    expect(await sessions.findLiving(third.session.id)).toBeUndefined()
  })
})
