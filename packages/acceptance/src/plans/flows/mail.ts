import { outbox } from '@cardea/storage'
import type { Flow } from '../flow.js'
import type { World } from '../world.js'

/** A job in the outbox; one that was given up where it is `dead`. */
async function mailOf(
  world: World,
  job: { readonly recipient?: string; readonly payload?: string; readonly state?: string },
) {
  const { email } = world.fresh()
  const now = world.time.now
  const row = { id: email, kind: 'new_device', collection: 'users', recipient: email, due_at: now, created_at: now }
  await world.storage.insert(outbox, { ...row, ...job })
  return email
}

const reporting = async (world: World, expected: { readonly sent: number; readonly failed: number }): Promise<void> => {
  const report = await world.auth.jobs.run()
  const asExpected = report.sent === expected.sent && report.failed === expected.failed
  if (!asExpected) throw new Error(`not as expected: ${JSON.stringify(report)}`)
}

/** Mails on their way, and those that were given up. */
export const mailFlows: readonly Flow[] = [
  {
    name: 'send a mail',
    mails: true,
    prepare: async (world) => {
      await mailOf(world, {})
      return () => reporting(world, { sent: 1, failed: 0 })
    },
  },
  {
    name: 'send a mail: not now',
    mails: true,
    prepare: async (world) => {
      await mailOf(world, { payload: 'unreadable' })
      return () => reporting(world, { sent: 0, failed: 1 })
    },
  },
  {
    name: 'send a mail: never',
    mails: true,
    prepare: async (world) => {
      await mailOf(world, { recipient: 'no address' })
      return () => reporting(world, { sent: 0, failed: 1 })
    },
  },
  {
    name: 'no mail to send',
    mails: true,
    prepare: async (world) => () => reporting(world, { sent: 0, failed: 0 }),
  },
  {
    name: 'list mails that were given up',
    prepare: async (world) => async () => {
      if ((await world.auth.jobs.deadLetters()).length !== 100) throw new Error('not a hundred')
    },
  },
  {
    name: 'try a mail again that was given up, in the background',
    mails: true,
    prepare: async (world) => {
      const id = await mailOf(world, { state: 'dead' })
      return async () => {
        if (!(await world.auth.jobs.retryDead(id))) throw new Error('not retried')
      }
    },
  },
  {
    name: 'throw away a mail that was given up',
    prepare: async (world) => {
      const id = await mailOf(world, { state: 'dead' })
      return async () => {
        if (!(await world.auth.jobs.discardDead(id))) throw new Error('not discarded')
      }
    },
  },
]
