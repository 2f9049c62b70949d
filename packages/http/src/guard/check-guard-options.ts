import { CardeaError } from '@cardea/core'
import { meantBy, parseOptions } from '@cardea/core/options'
import * as z from 'zod/mini'

const code = z.optional(z.custom((value) => typeof value === 'function', 'must be a function'))

const accepted = {
  collections: z.optional(z.array(z.string())),
  credentials: z.optional(z.enum(['session', 'any'])),
  tenant: code,
  circumstances: code,
}
const ofAuth = z.strictObject(accepted)

const schemas = {
  requireAuth: ofAuth,
  optionalAuth: ofAuth,
  requirePermission: z.strictObject({ ...accepted, resource: code, field: z.optional(z.string()) }),
  guardResource: z.strictObject({
    ...accepted,
    resource: code,
    operations: z.optional(z.record(z.string(), z.union([z.string(), z.literal(false)]))),
  }),
}

/** The guards that are built once, for a route. */
export type GuardName = keyof typeof schemas

/**
 * Sees that a guard is told nothing that it would pass over: a member that is misspelt would let in whom it is to keep out.
 *
 * @param subject The permission or resource that a guard is for, where it is for one.
 * @throws CardeaError `configuration_invalid` that names what is wrong, and what may have been meant; also for a list of
 * permissions, and for a request, which comes where a guard was put in front of a handler without being called.
 */
export function checkGuardOptions(name: GuardName, options: unknown, subject: unknown = ''): void {
  if (Array.isArray(subject)) throw invalid(name, 'takes one name and no list: put one guard behind another')
  if (typeof subject !== 'string' || !isPlain(options)) {
    throw invalid(name, `has to be called, since ${name}(…) gives the guard of a route`)
  }
  const schema = schemas[name]
  refuseUnknown(name, options, Object.keys(schema.shape))
  parseOptions(schema, options, name)
}

/** @throws CardeaError `configuration_invalid` for a member that is not known, and says which is. */
export function refuseUnknown(name: string, options: object, known = Object.keys(accepted)): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    throw invalid(name, `${key} is not a known field; ${meantBy(key, known) ?? `known are ${known.join(', ')}`}`)
  }
}

const invalid = (name: string, what: string) => new CardeaError('configuration_invalid', `${name}: ${what}`)

/** Whether something is an object of no class, in whichever realm it was made. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
