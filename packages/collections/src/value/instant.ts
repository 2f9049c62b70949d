import * as z from 'zod/mini'

const dateTime = z.iso.datetime({ offset: true })
const dateOnly = z.iso.date()
const maxTextLength = 40
const earliest = Date.parse('0000-01-01T00:00:00.000Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Reads an instant in ISO 8601: a date and time with an offset or `Z`, or a date alone for its midnight in UTC. What is
 * finer than a millisecond is cut off.
 *
 * @returns Milliseconds since 1970, or undefined when the text is none, or not within the years 0000 to 9999 in UTC.
 * @see RFC 3339 §5.6
 */
export function parseInstant(value: string): number | undefined {
  if (value.length > maxTextLength) return undefined
  if (!dateTime.safeParse(value).success && !dateOnly.safeParse(value).success) return undefined
  const instant = Date.parse(value)
  return instant >= earliest && instant <= latest ? instant : undefined
}

/** Writes an instant in ISO 8601, UTC, with milliseconds. */
export const formatInstant = (instant: number): string => new Date(instant).toISOString()
