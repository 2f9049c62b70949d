import type { ListValue } from './list-value.js'

/** Longer ones are none of ours. */
const longestCursor = 2_048

/** The place of an element in a list, for the client to bring back: no secret, and nothing is taken on trust from it. */
export const encodeCursor = (values: readonly ListValue[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url')

/** @returns The values; null for the beginning, which an empty cursor means; undefined for what is no cursor. */
export function decodeCursor(cursor: string): readonly ListValue[] | null | undefined {
  if (cursor === '') return null
  if (cursor.length > longestCursor) return undefined
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(values) && values.every(isListValue) ? values : undefined
  } catch {
    return undefined
  }
}

const isListValue = (value: unknown): value is ListValue =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)
