import { CardeaError } from '@cardea/core'
import { isResource } from '../catalogue/permission-label.js'

/** Where an assignment holds: everywhere, in a tenant, or for one object, of a tenant or of none. */
export interface AssignmentScope {
  /** 1 to 64 bytes. Default: everywhere. */
  readonly tenant?: string
  /** The resource of the permissions that it is about: the part before the colon. Together with `resourceId`. */
  readonly resourceType?: string
  /** The object's id as text, at most 255 bytes. */
  readonly resourceId?: string
}

/** A scope as it is stored: empty texts for what is not limited. */
export interface StoredScope {
  readonly tenant: string
  readonly resource_type: string
  readonly resource_id: string
}

export const everywhere: StoredScope = Object.freeze({ tenant: '', resource_type: '', resource_id: '' })

export const isEverywhere = ({ tenant, resource_type: type, resource_id: id }: StoredScope): boolean =>
  tenant === '' && type === '' && id === ''

const parts = [
  ['tenant', 'tenant'],
  ['resourceType', 'resource_type'],
  ['resourceId', 'resource_id'],
] as const

/** Control characters, and halves of surrogate pairs, which no database can hold. */
const unprintable = /[\p{Cc}\p{Cs}]/u

/** Whether a column of so many bytes can hold a value. */
export const isText = (value: unknown, maximumBytes: number): value is string =>
  typeof value === 'string' && Buffer.byteLength(value) <= maximumBytes && !unprintable.test(value)

/**
 * What limits rights must not count for nothing because its name is misspelt.
 *
 * @throws CardeaError `invalid_request`
 */
export function refuseUnknown(given: object, members: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !members.includes(name))
  if (unknown !== undefined) throw invalid(unknown, `is not a known field; there are ${members.join(', ')}`)
}

/** @throws CardeaError `invalid_request` for what can name no tenant. The empty text is none, and fine. */
export function checkTenant(tenant: unknown): string {
  if (isText(tenant, 64)) return tenant
  throw invalid('tenant', 'must be a text of at most 64 bytes without control characters')
}

/**
 * A scope is left out for everywhere. What names a part of it and has no value for that is a mistake: a tenant that was not
 * found must not come to mean all of them.
 *
 * @throws CardeaError `invalid_request`
 */
export function parseScope(scope: AssignmentScope | undefined): StoredScope {
  if (scope === undefined) return everywhere
  refuseUnknown(scope, ['tenant', 'resourceType', 'resourceId'])
  for (const [name, path] of parts) {
    if (Object.hasOwn(scope, name) && (scope[name] ?? '') === '') {
      throw invalid(path, 'must not be empty; leave it out for everywhere')
    }
  }
  const { resourceType = '', resourceId = '' } = scope
  const tenant = checkTenant(scope.tenant ?? '')
  if (resourceType === '' && resourceId === '') return { ...everywhere, tenant }
  if (!isResource(resourceType)) throw invalid('resource_type', 'must be the resource of a permission')
  if (resourceId === '' || !isText(resourceId, 255)) {
    throw invalid('resource_id', 'must be a text of 1 to 255 bytes without control characters')
  }
  return { tenant, resource_type: resourceType, resource_id: resourceId }
}

function invalid(path: string, message: string): CardeaError {
  return new CardeaError('invalid_request', `${path} ${message}`, { issues: [{ path, code: 'invalid', message }] })
}
