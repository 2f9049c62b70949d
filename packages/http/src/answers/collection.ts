import { type AnyField, authSettings, type CollectionInfo, isAuthCollection } from 'cardea'
import type { CollectionAnswer, FieldAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'

/** A definition as served, without what it hides. */
export function collectionAnswer(info: CollectionInfo): CollectionAnswer {
  const { collection } = info
  const shown = Object.entries(collection.fields).filter(([, field]) => field.hidden !== true)
  const fields = shown.map(([name, field]) => fieldAnswer(name, field))
  const names = new Set(['email', ...shown.map(([name]) => name)])
  const created = info.createdAt === null ? null : toIso(info.createdAt)
  const updated = info.updatedAt === null ? null : toIso(info.updatedAt)
  return {
    id: info.id,
    name: collection.name,
    type: collection.type,
    fields,
    schema: { fields },
    auth: isAuthCollection(collection) ? authAnswer(authSettings(collection), names) : null,
    system: info.system,
    version: info.version,
    created,
    created_at: created,
    updated,
    updated_at: updated,
  }
}

function fieldAnswer(name: string, { optional, hidden: _hidden, ...rest }: AnyField): FieldAnswer {
  return { name, ...rest, required: optional !== true }
}

function authAnswer(
  { password, registration, requireVerified, identifiers }: ReturnType<typeof authSettings>,
  shown: ReadonlySet<string>,
): CollectionAnswer['auth'] {
  return {
    password: { enabled: password.enabled },
    registration,
    require_verified: requireVerified,
    identifiers: identifiers.filter((name) => shown.has(name)),
  }
}
