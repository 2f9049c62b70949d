import type { HintReceiver } from '@cardea/core/hints'
import { within } from '../../driver/within.js'
import type { ListeningClient, ListeningPool } from './client.js'
import type { HintTimers } from './timers.js'

/** How long after a connection has ended, or could not be made, another one is tried. */
const pauseMilliseconds = 1_000

/** How often the connection is looked at. One that a network dropped without a word would be silent for ever. */
const lookMilliseconds = 15_000

/** How long the server has to answer. */
const answerMilliseconds = 2_000

/** How long making the connection may take: a pool of the app may have no limit of its own. */
const openMilliseconds = 5_000

export interface ListenOptions extends HintReceiver {
  readonly pool: () => Promise<ListeningPool>
  readonly channel: string
  readonly timers: HintTimers
}

/**
 * Listens on a connection of its own, which LISTEN needs, for as long as it takes: when it has ended, another one is made.
 *
 * @returns What ends it.
 */
export function listen(options: ListenOptions): () => void {
  let isOver = false
  let endConnection: () => void = () => undefined
  let stopWaiting: () => void = () => undefined
  const begin = (): void => {
    endConnection = connect(options, () => {
      if (!isOver) stopWaiting = options.timers.after(pauseMilliseconds, begin)
    })
  }
  begin()
  return () => {
    isOver = true
    stopWaiting()
    endConnection()
  }
}

/**
 * One connection, until it ends.
 *
 * @param ended Called once, when it is of no use any more.
 * @returns What ends it.
 */
function connect({ pool, channel, timers, onMessage, onListening }: ListenOptions, ended: () => void): () => void {
  let client: ListeningClient | undefined
  let isOver = false
  let stopLooking: () => void = () => undefined
  const end = (): void => {
    if (isOver) return
    isOver = true
    stopLooking()
    // It listens, so nobody else can use it.
    client?.release(true)
    ended()
  }
  const look = (query: string): Promise<unknown> => within(answerMilliseconds, client?.query(query) ?? noConnection())
  const keepLooking = (): void => {
    stopLooking = timers.after(lookMilliseconds, () => {
      look('select 1').then(() => {
        if (!isOver) keepLooking()
      }, end)
    })
  }
  const open = async (): Promise<void> => {
    const made = await (await pool()).connect()
    if (isOver) {
      made.release(true)
      return
    }
    client = made
    // Without a listener, the loss of the connection would end the process.
    client.on('error', end)
    client.on('end', end)
    client.on('notification', (message) => {
      if (!isOver && message.channel === channel) onMessage(message.payload)
    })
    client.unref?.()
    // Quoted, since what has capitals would be another channel without. The name has no quotes.
    await look(`listen "${channel}"`)
    if (isOver) return
    keepLooking()
    onListening()
  }
  within(openMilliseconds, open()).catch(end)
  return end
}

const noConnection = (): Promise<never> => Promise.reject(new Error('there is no connection'))
