import { addressPrefix, canonicalAddress } from '@cardea/core/network'
import type { CardeaEvent } from '../api/events.js'
import type { Noted } from './audit-row.js'

const minuteMilliseconds = 60_000
/** Failures of one kind from one network in a minute that have a row each. */
const mostOfNetwork = 20

/** Failures that wait for a row that they share. */
interface Gathering {
  seen: number
  held: CardeaEvent | undefined
  count: number
  /** When the next row is due; twice as many each time, so that a flood of n takes no more than log n. */
  step: number
}

/** Lets single events through, and gathers floods of failures. */
export interface FailureGatherer {
  /** @returns What is to be written now. */
  take(event: CardeaEvent): readonly Noted[]
  /** @returns All that is still held. */
  end(): readonly Noted[]
}

/**
 * Anybody can make a server report failures, as fast as it answers. Of each minute the first of a kind and network have a
 * row each, until there are `perMinute` of all kinds; those that follow share rows that say how many they were. Failures that
 * are about nobody, or about whoever causes them, cost least, so they take no more than half of the room: a flood of them hides
 * none at the account of somebody else.
 */
export function createFailureGatherer(perMinute: number): FailureGatherer {
  const gatherings = new Map<string, Gathering>()
  let minute = Number.NEGATIVE_INFINITY
  let single = 0
  let cheap = 0

  const end = (): readonly Noted[] => {
    const rest = [...gatherings.values()].flatMap(({ held, count }) =>
      held === undefined ? [] : [{ event: held, count }],
    )
    gatherings.clear()
    single = 0
    cheap = 0
    return rest
  }
  const gather = (event: CardeaEvent): readonly Noted[] => {
    const isCheap = event.principalId === null || event.type === 'access.denied'
    const hasRoom = single < perMinute && !(isCheap && cheap >= perMinute / 2)
    const key = hasRoom ? `${event.type}|${networkOf(event)}` : event.type
    const gathering = gatherings.get(key) ?? { seen: 0, held: undefined, count: 0, step: mostOfNetwork }
    gatherings.set(key, gathering)
    gathering.seen += 1
    if (hasRoom && gathering.seen <= mostOfNetwork) {
      single += 1
      if (isCheap) cheap += 1
      return [{ event, count: 1 }]
    }
    const held = gathering.held === undefined ? event : common(gathering.held, event)
    const count = gathering.count + 1
    if (count < gathering.step) {
      Object.assign(gathering, { held, count })
      return []
    }
    Object.assign(gathering, { held: undefined, count: 0, step: gathering.step * 2 })
    return [{ event: held, count }]
  }
  return {
    take(event) {
      const now = Math.floor(event.at / minuteMilliseconds)
      const before = now === minute ? [] : end()
      minute = now
      return [...before, ...(event.outcome === 'failure' ? gather(event) : [{ event, count: 1 }])]
    },
    end,
  }
}

const networkOf = ({ ip }: CardeaEvent): string => {
  const address = ip === null ? null : canonicalAddress(ip)
  return address === null ? '' : addressPrefix(address)
}

/** What two events of a kind have in common, at the time of the later; what differs is nobody's. */
function common(earlier: CardeaEvent, later: CardeaEvent): CardeaEvent {
  const same = Object.entries(later).map(([name, value]: [string, unknown]) => {
    const before: unknown = Reflect.get(earlier, name)
    return name === 'at' || before === value ? [name, value] : [name, null]
  })
  // Of the same kind, with values of both or none.
  return Object.fromEntries(same) as CardeaEvent
}
