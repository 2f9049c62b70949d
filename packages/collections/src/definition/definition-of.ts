import type { AnyCollection } from './collection.js'
import type { StoredDefinition } from './stored-definition.js'

/** The definition of a collection as JSON: `defineStored` makes the same of it. Its table is not part of it. */
export function definitionOf({ type, fields, auth, rules }: AnyCollection): StoredDefinition {
  const opened = Object.entries(rules).filter(([, rule]) => rule !== 'locked')
  return {
    type,
    fields: { ...fields },
    ...(auth === null ? {} : { auth }),
    ...(opened.length === 0 ? {} : { rules: Object.fromEntries(opened) }),
  }
}
