import { parseContext } from '@cardea/core/options'
import * as z from 'zod/mini'
import type { AnyField, Fields } from '../field/field.js'
import { fieldSchema } from '../field/field-schema.js'
import { isIndexed, isUnique } from '../field/keys.js'
import { canonicalRules } from '../rules/canonical-rules.js'
import { type CheckedRules, ruleOperations } from '../rules/rule.js'
import { isPlainObject } from '../value/plain-object.js'
import type { AuthOptions, CollectionType } from './collection.js'
import type { CollectionMapping } from './mapping.js'
import { maxFields, refuseFieldName, refuseTableName, usersName } from './names.js'
import { readMapping, refuseMappedTable } from './read-mapping.js'
import type { SignInRule } from './sign-in-rule.js'
import { usersFields, usersIdentifiers } from './users-fields.js'

/**
 * How many keys the fields may have together: unique ones, indexes, relations, selects and e-mail addresses. Each takes an index
 * or up to 1,020 bytes of the 65,535 that all columns of a MySQL table have together, where an InnoDB table has at most 64
 * indexes.
 */
const maxKeys = 50
/** How many of them may be relations, whose columns InnoDB keeps within the 8,126 bytes of a row that it stores in one place. */
const maxRelations = 30
/** Names of identity fields are the `kind` of an identifier, a column of 32 bytes. */
const maxIdentifierLength = 32
/** How much of a name that is refused is said. */
const shownLength = 64

/** A definition after it was checked. */
export interface CheckedDefinition {
  readonly type: CollectionType
  readonly fields: Fields
  readonly auth: AuthOptions | null
  readonly rules: CheckedRules
  readonly table: string | null
  readonly mapping?: CollectionMapping
}

const flag = z.optional(z.boolean())

/** What is no mistake: less than a minute signs nobody in, and a year is a long time for a secret in a browser. */
const lifetime = (most: number) => z.optional(z.int().check(z.minimum(60), z.maximum(most)))
const year = 31_536_000

/** Settings that all collections can inherit. */
export const inheritedSettingsSchema = z.strictObject({
  password: z.optional(
    z.strictObject({
      enabled: flag,
      minLength: z.optional(z.int().check(z.minimum(8), z.maximum(64))),
      requireUpper: flag,
      requireNumber: flag,
      requireSpecial: flag,
    }),
  ),
  otp: z.optional(z.strictObject({ enabled: flag, createUser: flag })),
  mfa: z.optional(
    z.strictObject({
      enabled: flag,
      required: z.optional(
        z.union([z.boolean(), z.array(z.string().check(z.minLength(1), z.maxLength(64))).check(z.maxLength(100))]),
      ),
    }),
  ),
  oauth: z.optional(z.strictObject({ enabled: flag, createUser: flag, linkByEmail: flag })),
  lifetimes: z.optional(
    z.strictObject({
      accessSeconds: lifetime(2_592_000),
      cookieSeconds: lifetime(year),
      rememberSeconds: lifetime(year),
      idleSeconds: lifetime(year),
      absoluteSeconds: lifetime(year),
    }),
  ),
  registration: z.optional(z.enum(['open', 'closed', 'invite'])),
  registrationAnswer: z.optional(z.enum(['explicit', 'uniform'])),
  requireVerified: flag,
})

/** What it compares is looked at where rules are read, which loads later. One that is kept is ours, and nobody changes it. */
const signInSchema = z.optional(
  z.strictObject({
    rule: z.optional(
      z.pipe(
        z.custom<SignInRule>((rule) => typeof rule === 'boolean' || typeof rule === 'object', 'must be a rule'),
        z.transform((rule) => structuredClone(rule)),
      ),
    ),
  }),
)

const authSchema = z.extend(inheritedSettingsSchema, {
  identifiers: z.optional(z.array(z.string())),
  signIn: signInSchema,
})

/** Settings that can be stored: their values were checked with more than this, and it has to load at once. */
export const storableSettingsSchema = z.extend(inheritedSettingsSchema, {
  mailTemplates: z.optional(
    z.record(z.string(), z.strictObject({ subject: z.string(), text: z.string(), html: z.optional(z.string()) })),
  ),
  signIn: signInSchema,
})

// What each has to be is looked at later.
const rulesSchema = z.strictObject(Object.fromEntries(ruleOperations.map((each) => [each, z.optional(z.unknown())])))

/**
 * The schema of a collection's definition, which may come from code or from JSON.
 *
 * @param definition What it will check: which names of fields are reserved depends on its type.
 */
export function definitionSchema(name: string, definition: unknown): z.ZodMiniType<CheckedDefinition> {
  const builtIn = name === usersName ? usersFields : {}
  // Not of plain objects alone: the schema takes others, too.
  const given = (definition as { readonly type?: unknown } | null | undefined)?.type
  return z.pipe(
    z.strictObject({
      type: z.enum(['auth', 'base']),
      fields: z.optional(
        // With the rest of what the fields are, so that all their mistakes are told at once.
        fieldsSchema((field) =>
          Object.hasOwn(builtIn, field) ? 'is a built-in field' : refuseFieldName(field, { name, type: given }),
        ),
      ),
      auth: z.optional(authSchema),
      rules: z.optional(rulesSchema),
      table: z.optional(z.string()),
      columns: z.optional(z.unknown()),
      id: z.optional(z.unknown()),
    }),
    z.transform(({ type, fields = noFields(), auth, rules = {}, table, columns, id }, context) => {
      const refuseTable = columns === undefined ? refuseTableName : refuseMappedTable
      if (table !== undefined) complain(context, ['table'], refuseTable(table))
      if (Object.values(fields).reduce((sum, field) => sum + keysOf(field), 0) > maxKeys) {
        const message = `must be at most ${maxKeys} fields that are unique, have an index, or are of the types select, email and relation; one that is unique and has an index counts twice`
        complain(context, ['fields'], message)
      }
      if (Object.values(fields).filter((field) => field.type === 'relation').length > maxRelations) {
        complain(context, ['fields'], `must be at most ${maxRelations} relations`)
      }
      const all = Object.freeze(Object.assign(noFields(), builtIn, fields, builtIn))
      const whole = {
        type,
        fields: all,
        rules: canonicalRules(rules),
        table: table ?? null,
        ...mappingOf(name, { type, fields: all, table, columns, id }, context),
      }
      if (type === 'base') {
        if (name === usersName) complain(context, ['type'], 'must be auth for users')
        if (auth !== undefined) complain(context, ['auth'], 'is for collections of the type auth')
        return { ...whole, auth: null }
      }
      const identifiers = [...(name === usersName ? usersIdentifiers : []), ...(auth?.identifiers ?? [])]
      identifiers.forEach((identifier, index) => {
        const place = ['auth', 'identifiers', index]
        complain(context, place, refuseIdentifier(identifier, all))
        if (identifiers.indexOf(identifier) < index) complain(context, place, 'is named twice')
      })
      return { ...whole, auth: freezeAuth({ ...auth, identifiers }) }
    }),
  )
}

/** What a definition says of a table that the app has made, if it does. */
function mappingOf(
  name: string,
  { table, ...said }: Parameters<typeof readMapping>[0] & { readonly table: string | undefined },
  context: z.core.ParsePayload,
): { readonly mapping?: CollectionMapping } {
  if (said.columns === undefined) {
    if (said.id !== undefined) complain(context, ['id'], 'is for a table of the app, with columns')
    return {}
  }
  if (table === undefined) complain(context, ['table'], 'is required with columns')
  if (name === usersName) complain(context, ['columns'], 'is not for users: map a collection of another name')
  return { mapping: readMapping(said, (path, message) => complain(context, [...path], message)) }
}

const keysOf = (field: AnyField): number =>
  Math.max(
    Number(isUnique(field)) + Number(isIndexed(field)),
    ['select', 'email', 'relation'].includes(field.type) ? 1 : 0,
  )

const fieldsSchema = (refuseName: (name: string) => string | undefined) =>
  z.pipe(
    z.unknown(),
    z.transform((value, context): Record<string, AnyField> => {
      const fields = noFields()
      if (!isPlainObject(value)) {
        complain(context, [], 'must be an object of fields by name')
        return fields
      }
      const entries = Object.entries(value)
      if (entries.length > maxFields) {
        complain(context, [], `must be at most ${maxFields} fields`)
        return fields
      }
      for (const [name, definition] of entries) {
        complain(context, [name.slice(0, shownLength)], refuseName(name))
        const result = fieldSchema.safeParse(definition, parseContext)
        if (result.success) fields[name] = result.data
        else {
          for (const issue of result.error.issues) {
            const path = [name.slice(0, shownLength), ...issue.path]
            // An issue of a schema can be handed on, under a longer path.
            context.issues.push({ ...issue, path } as z.core.$ZodRawIssue)
          }
        }
      }
      return fields
    }),
  )

/** Without a prototype, so that even `__proto__` is a name like any other, until it is refused. */
const noFields = (): Record<string, AnyField> => Object.create(null) as Record<string, AnyField>

function refuseIdentifier(name: string, fields: Fields): string | undefined {
  const field = fields[name]
  if (field === undefined) return 'must be the name of a field'
  if ((field.type !== 'text' && field.type !== 'email') || field.unique !== true) {
    return 'must be a unique field of the type text or email'
  }
  return name.length > maxIdentifierLength ? `must be at most ${maxIdentifierLength} characters` : undefined
}

function freezeAuth(auth: AuthOptions): AuthOptions {
  for (const group of [
    auth.password,
    auth.otp,
    auth.mfa?.required,
    auth.mfa,
    auth.oauth,
    auth.lifetimes,
    auth.identifiers,
    auth.signIn,
  ]) {
    Object.freeze(group)
  }
  return Object.freeze(auth)
}

function complain(
  { issues, value }: z.core.ParsePayload,
  path: (string | number)[],
  message: string | undefined,
): void {
  if (message !== undefined) issues.push({ code: 'custom', input: value, path, message })
}
