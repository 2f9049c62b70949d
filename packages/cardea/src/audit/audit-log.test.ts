import { CardeaError } from '@cardea/core'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createAuditLog } from './audit-log.js'
import { completeEvent } from './complete-event.js'

const event = completeEvent(
  { type: 'password.changed', at: 1_000, collection: 'users', principalId: null },
  { ip: '192.0.2.1' },
)

/** A log over storage whose every insert is let go by the test. */
function setUp() {
  const memory = createMemoryStorage()
  const attempts: { readonly succeed: () => void; readonly fail: () => void }[] = []
  const insert = async (): Promise<number> =>
    await new Promise<number>((resolve, reject) => {
      attempts.push({ succeed: () => resolve(1), fail: () => reject(new CardeaError('unavailable', 'away')) })
    })
  const storage = Object.assign(Object.create(memory), { insert })
  let ids = 0
  const log = createAuditLog(true, {
    storage,
    clock: () => 1_000,
    createId: () => {
      ids += 1
      return `01a2014d-b475-7215-8438-${String(ids).padStart(12, '0')}`
    },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    background: () => undefined,
  })
  const add = () => {
    const state = { done: false }
    void log.add(event).then(() => {
      state.done = true
    })
    return state
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { add, attempts, turn }
}

describe('whoever has an event kept', () => {
  it('waits until it is written', async () => {
    const { add, attempts, turn } = setUp()
    const first = add()
    await turn()
    expect([first.done, attempts.length]).toEqual([false, 1])
    attempts[0]?.succeed()
    await turn()
    expect(first.done).toBe(true)
  })

  it('waits no more once storage turns out to be away, and not at all while it is', async () => {
    const { add, attempts, turn } = setUp()
    const first = add()
    await turn()
    // Its turn comes after the attempt that is under way.
    const second = add()
    await turn()
    expect([first.done, second.done]).toEqual([false, false])
    attempts[0]?.fail()
    await turn()
    expect([first.done, second.done]).toEqual([true, true])
    // The next attempt hangs, too, and nobody has to wait for how it ends.
    expect(attempts).toHaveLength(2)
    const third = add()
    await turn()
    expect(third.done).toBe(true)
    attempts[1]?.succeed()
    await turn()
    // Storage is back, so what comes now is waited for again.
    const fourth = add()
    await turn()
    expect(fourth.done).toBe(false)
    for (let round = 0; round < 2; round += 1) {
      attempts.at(-1)?.succeed()
      await turn()
    }
    expect(fourth.done).toBe(true)
  })
})
