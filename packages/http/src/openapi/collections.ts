import { type AnyCollection, type AnyField, authSettings, type CheckedRule, isAuthCollection } from 'cardea'
import { type JsonSchema, reference } from './schema.js'

/** What a field holds, as JSON shows it. */
function fieldSchema(field: AnyField): JsonSchema {
  const json = { ...valueSchema(field), ...(field.readonly === true ? { readOnly: true } : {}) }
  const isNullable = field.optional === true || field.type === 'relation'
  if (!isNullable || json.type === undefined) return json
  // An enumeration has to name null, too.
  return {
    ...json,
    type: [String(json.type), 'null'],
    ...(json.enum === undefined ? {} : { enum: [...json.enum, null] }),
  }
}

function valueSchema(field: AnyField): JsonSchema {
  switch (field.type) {
    case 'text':
      return {
        type: 'string',
        ...within('Length', field),
        ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
      }
    case 'email':
      return { type: 'string', format: 'email' }
    case 'url':
      return { type: 'string', format: 'uri', ...(field.max === undefined ? {} : { maxLength: field.max }) }
    case 'number':
      return { type: 'number', ...within('imum', field) }
    case 'bool':
      return { type: 'boolean' }
    case 'date':
      return { type: 'string', format: 'date-time' }
    case 'select':
      return { type: 'string', enum: field.options }
    case 'json':
      return { description: 'Any JSON value.' }
    case 'relation':
      return { type: 'string', description: `The id of a record of \`${field.collection}\`.` }
  }
}

const within = (
  what: 'Length' | 'imum',
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
) => ({
  ...(min === undefined ? {} : { [`min${what}`]: min }),
  ...(max === undefined ? {} : { [`max${what}`]: max }),
})

/** The fields that clients see. */
const shownFields = ({ fields }: AnyCollection) => Object.entries(fields).filter(([, { hidden }]) => hidden !== true)

const text: JsonSchema = { type: 'string' }
const uuid: JsonSchema = { type: 'string', format: 'uuid' }
const instant: JsonSchema = { type: 'string', format: 'date-time' }
const address: JsonSchema = { type: 'string', format: 'email' }
const instantOrNull: JsonSchema = { type: ['string', 'null'], format: 'date-time' }
const textOrNull: JsonSchema = { type: ['string', 'null'] }

const closed = (properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})

/** The name of a collection as the names of schemas begin: `line_items` → `LineItems`. */
export const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** The members of a record. */
function recordMembers(collection: AnyCollection): Readonly<Record<string, JsonSchema>> {
  // A table that the app has made has ids of its own, and not every instant.
  const isMapped = collection.mapping !== undefined
  const stamp = isMapped ? instantOrNull : instant
  return {
    id: isAuthCollection(collection) && !isMapped ? uuid : text,
    ...(isAuthCollection(collection) && isMapped ? { principal_id: uuid } : {}),
    ...(isAuthCollection(collection) ? { email: address, verified: { type: 'boolean' } } : {}),
    ...Object.fromEntries(shownFields(collection).map(([name, field]) => [name, fieldSchema(field)])),
    created_at: stamp,
    updated_at: stamp,
  }
}

/** The members of a user that is served: for the built-in users, roles besides. */
function userMembers(collection: AnyCollection): Readonly<Record<string, JsonSchema>> {
  const { id = uuid, ...others } = recordMembers(collection)
  if (collection.name !== 'users') return { id, ...others }
  const roles: JsonSchema = { type: 'array', items: text }
  return { id, user_id: id, ...others, role: textOrNull, role_id: textOrNull, roles }
}

/** A record as a query asks for it. Relations may come as the records that they mean. */
function viewSchema(collection: AnyCollection): JsonSchema {
  const shown = Object.entries(recordMembers(collection)).map(([name, json]): [string, JsonSchema] => {
    const field = collection.fields[name]
    if (field?.type !== 'relation') return [name, json]
    const description = `With \`expand\`, the record of \`${field.collection}\`, if it may be seen.`
    return [name, { anyOf: [json, { type: 'object', description }] }]
  })
  return {
    type: 'object',
    description: 'With `fields`, what it names; to who may write and not see, the id alone.',
    properties: Object.fromEntries(shown),
    minProperties: 1,
    additionalProperties: false,
  }
}

/** What the fields of a collection take, and which of them have to be there. */
export function inputFields(collection: AnyCollection): {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: readonly string[]
} {
  const taken = shownFields(collection).filter(([, field]) => field.readonly !== true)
  return {
    properties: Object.fromEntries(
      taken.map(([name, field]) => [
        name,
        { ...fieldSchema(field), ...(field.default === undefined ? {} : { default: field.default }) },
      ]),
    ),
    required: taken.flatMap(([name, field]) => (field.optional === true || field.default !== undefined ? [] : [name])),
  }
}

/** What whoever makes a record need not say, since a rule takes it from who asks. */
export const filledFields = ({ rules: { create } }: AnyCollection): ReadonlySet<string> =>
  new Set(singleRules(create).flatMap((rule) => (typeof rule === 'object' && 'owner' in rule ? [rule.owner] : [])))

const singleRules = (rule: CheckedRule) => (typeof rule === 'object' && 'anyOf' in rule ? rule.anyOf : [rule])

/** By which one signs in: the address, and what the collection has besides. */
export const identifiersOf = (collection: AnyCollection): readonly string[] => {
  if (!isAuthCollection(collection)) return []
  const shown = new Set(shownFields(collection).map(([name]) => name))
  return ['email', ...authSettings(collection).identifiers.filter((name) => name !== 'email' && shown.has(name))]
}

/** The schemas that a collection adds to a document, by name. */
export function collectionSchemas(collection: AnyCollection): Readonly<Record<string, JsonSchema>> {
  const name = pascalCase(collection.name)
  const record = userMembers(collection)
  const records = { [`${name}Record`]: closed(record), [`${name}View`]: viewSchema(collection) }
  if (!isAuthCollection(collection)) return records
  const isBuiltIn = collection.name === 'users'
  const user = reference(`${name}Record`)
  const beside = isBuiltIn
    ? { user_id: uuid, email: address, username: textOrNull, created_at: instant }
    : ({} as Readonly<Record<string, JsonSchema>>)
  const tokens = ['access_token', 'refresh_token', 'token_type']
  return {
    ...records,
    [`${name}SignIn`]: {
      ...closed(
        {
          access_token: text,
          refresh_token: text,
          token_type: { const: 'bearer' },
          expires_in: { type: 'integer', description: 'Life of the access token in seconds.' },
          expires_at: instant,
          session_id: uuid,
          user,
          ...beside,
        },
        tokens,
      ),
      description: 'The tokens are absent where they go into cookies alone.',
    },
    [`${name}Waiting`]: {
      ...closed({ verification_required: { const: true }, user, ...beside }),
      description: 'The address has to be verified first: nobody is signed in.',
    },
    [`${name}NotAllowed`]: {
      ...closed({ sign_in_not_allowed: { const: true }, user, ...beside }),
      description: 'The sign-in rule does not let the new account in, or not yet: nobody is signed in.',
    },
    ...(isBuiltIn ? administered(record) : {}),
  }
}

/** Users as those see them who administer users. */
function administered(record: Readonly<Record<string, JsonSchema>>): Readonly<Record<string, JsonSchema>> {
  const user = {
    ...record,
    status: { type: 'string', enum: ['active', 'disabled'] },
    date_created: instant,
    date_modified: instant,
  }
  const listOf = (name: string): JsonSchema => ({ type: 'array', items: reference(name) })
  return {
    AdministeredUser: closed(user),
    UserProfile: closed({
      ...user,
      role_label: textOrNull,
      oauth: listOf('IdentityLink'),
      ssh_keys: listOf('SshKey'),
      sessions: listOf('UserSession'),
      tokens: listOf('ApiKey'),
    }),
  }
}
