// Both parts are always inferred: a label that is put together from them again is the label itself, and the compiler need not
// compare it with a pattern, which took most of the time.
/** The part of a permission before the colon. */
export type ResourceOf<P extends string> = P extends `${infer Resource}:${infer _Operation}` ? Resource : never

/** The part of a permission after the colon. */
export type OperationOf<P extends string> = P extends `${infer _Resource}:${infer Operation}` ? Operation : never

/** A permission of a union, or a wildcard that stands for at least one of them. */
export type PatternOf<P extends string> = P | '*' | WildcardOf<P>

/** Both in one pass: with thousands of permissions, each pass over them shows. */
type WildcardOf<P extends string> = P extends `${infer Resource}:${infer Operation}`
  ? `${Resource}:*` | `*:${Operation}`
  : never

/** Both parts of a label are limited to 64 characters, so that it fits its column. */
const resourcePattern = /^[a-z0-9_]{1,64}$/
const operationPattern = /^[a-z]{1,64}$/

/** Names that mean something else as a key of an object. The engine uses maps alone; those who receive labels may not. */
const unsafeResources: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Both in one, for lists of thousands. */
const labelPattern = /^(?!(?:__proto__|constructor|prototype):)[a-z0-9_]{1,64}:[a-z]{1,64}$/

/** Whether a text can be the part of a permission before the colon: `[a-z0-9_]`, 1 to 64 characters. */
export const isResource = (value: unknown): value is string =>
  typeof value === 'string' && resourcePattern.test(value) && !unsafeResources.has(value)

/** Whether a text can be the part of a permission after the colon: `[a-z]`, 1 to 64 characters. */
export const isOperation = (value: unknown): value is string =>
  typeof value === 'string' && operationPattern.test(value)

/** A permission or wildcard, taken apart; `*` stands for any. */
export interface ParsedPattern {
  readonly resource: string
  readonly operation: string
}

/** Takes `resource:operation`, `resource:*`, `*:operation` or `*` apart; undefined for anything else. */
export function parsePattern(pattern: unknown): ParsedPattern | undefined {
  if (typeof pattern !== 'string') return undefined
  if (pattern === '*') return { resource: '*', operation: '*' }
  const colon = pattern.indexOf(':')
  if (colon === -1) return undefined
  const resource = pattern.slice(0, colon)
  const operation = pattern.slice(colon + 1)
  if (resource === '*') return isOperation(operation) ? { resource, operation } : undefined
  if (!isResource(resource)) return undefined
  return operation === '*' || isOperation(operation) ? { resource, operation } : undefined
}

/** Whether a text is one permission: `resource:operation`, without wildcards. */
export const isPermissionLabel = (value: unknown): value is string =>
  typeof value === 'string' && labelPattern.test(value)

/** Whether a parsed pattern is a wildcard. */
export const isWildcard = (pattern: ParsedPattern): boolean => pattern.resource === '*' || pattern.operation === '*'

/** Whether one pattern stands for everything that another does, now and after more permissions have been declared. */
export const coversPattern = (wide: ParsedPattern, narrow: ParsedPattern): boolean =>
  (wide.resource === '*' || wide.resource === narrow.resource) &&
  (wide.operation === '*' || wide.operation === narrow.operation)
