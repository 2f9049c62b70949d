import { secureRandom } from '@cardea/core/crypto'
import { type ClosableHints, createHints } from '@cardea/core/hints'
import { within } from '../../driver/within.js'
import { invalid } from '../../storage/options.js'
import { ownPool } from '../pool.js'
import { refusePostgresUrl } from '../url.js'
import type { ListeningPool } from './client.js'
import { listen } from './listen.js'
import { type HintTimers, systemTimers } from './timers.js'

/** Options of `postgresHints`. */
export interface PostgresHintOptions {
  /**
   * The channel that all nodes of an app share, and no other app of the same database: up to 63 letters, digits and `_`.
   * Default `cardea_hints`.
   */
  readonly channel?: string
  /** For tests. */
  readonly timers?: HintTimers
}

/** Hints by way of PostgreSQL. */
export interface PostgresHints extends ClosableHints {
  /** Ends all subscriptions. For a URL it ends the connections, too: what is published afterwards reaches no other node. */
  close(): void
}

/** One listens, one tells. */
const poolSize = 2

/** How long telling may take until the hint counts as lost. */
const sendMilliseconds = 2_000

/**
 * Tells other nodes by NOTIFY what has changed, and hears it from them by LISTEN on a connection of its own, held from the
 * first subscription to the last. Nodes that have Redis need it not.
 *
 * A hint that is lost is made up for: whenever the connection is there (again), everything counts as changed.
 *
 * @param source The URL of the database that all nodes use, or a pool of `pg`, which the app closes. Not by way of a pooler that
 * hands connections on after each transaction: it forgets who listens. No replica, which takes no LISTEN.
 * @throws CardeaError `configuration_invalid`
 */
export function postgresHints(source: string | ListeningPool, options: PostgresHintOptions = {}): PostgresHints {
  const { channel, timers } = readOptions(options)
  const { pool, close } = openPool(source)
  const hints = createHints(
    {
      send: (message) => within(sendMilliseconds, notify(pool, channel, message)),
      listen: (receiver) => listen({ pool, channel, timers, ...receiver }),
    },
    Buffer.from(secureRandom(8)).toString('hex'),
  )
  return Object.freeze<PostgresHints>({
    ...hints,
    close() {
      hints.close()
      close()
    },
  })
}

async function notify(pool: () => Promise<ListeningPool>, channel: string, message: string): Promise<void> {
  const client = await (await pool()).connect()
  const ignore = (): void => undefined
  // Without a listener, a connection that is lost meanwhile would end the process.
  client.on('error', ignore)
  try {
    await client.query('select pg_notify($1, $2)', [channel, message])
  } catch (error) {
    client.release(true)
    throw error
  }
  client.removeListener('error', ignore)
  client.release()
}

function openPool(source: string | ListeningPool): {
  readonly pool: () => Promise<ListeningPool>
  readonly close: () => void
} {
  if (typeof source === 'object' && source !== null && typeof source.connect === 'function') {
    return { pool: async () => source, close: () => undefined }
  }
  const url = typeof source === 'string' ? source : ''
  if (refusePostgresUrl(url) !== undefined) {
    throw invalid('postgresHints', 'source', 'must be a URL that begins with postgres://, or a pool of pg')
  }
  const own = ownPool(url, poolSize)
  return {
    // A pool of `pg`, of which storage needs less.
    pool: async () => (await own.pool()) as unknown as ListeningPool,
    close: () => void own.close().catch(() => undefined),
  }
}

function readOptions(options: PostgresHintOptions): Required<PostgresHintOptions> {
  for (const name of Object.keys(options)) {
    if (name !== 'channel' && name !== 'timers') {
      throw invalid('postgresHints', name, 'is not an option; there are channel, timers')
    }
  }
  const { channel = 'cardea_hints', timers = systemTimers } = options
  if (typeof channel !== 'string' || !/^\w{1,63}$/.test(channel)) {
    throw invalid('postgresHints', 'channel', 'must be 1 to 63 letters, digits and _')
  }
  return { channel, timers }
}
