import type { AuthCollection } from '@cardea/collections'
import { validate } from '@cardea/core/options'
import * as z from 'zod/mini'
import { invalidInput } from '../accounts/invalid-input.js'
import type { ExportOptions, ImportOptions } from '../api/transfer.js'
import { requireAsker } from '../later/require-asker.js'

const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most))
const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'must be base64'))
// Checked where it is used, as every caller's.
const by = z.optional(
  z.custom<NonNullable<ImportOptions['by']>>((value) => typeof value === 'object' && value !== null),
)
const callback = <F>() => z.optional(z.custom<F>((value) => typeof value === 'function', 'must be a function'))

const importSchema = z.strictObject({
  format: z.enum(['jsonl', 'csv', 'better-auth', 'supabase', 'supabase-csv', 'auth0', 'firebase', 'pocketbase']),
  onConflict: z._default(z.enum(['skip', 'update', 'fail']), 'skip'),
  dryRun: z._default(z.boolean(), false),
  fields: z._default(z.record(z.string(), z.string().check(z.minLength(1))), {}),
  ignore: z._default(z.array(z.string()), []),
  providers: z._default(z.record(z.string(), z.nullable(z.string().check(z.minLength(1), z.maxLength(64)))), {}),
  unsupportedHash: z._default(z.enum(['refuse', 'reset']), 'refuse'),
  firebase: z.optional(
    z.strictObject({
      base64_signer_key: base64,
      base64_salt_separator: base64,
      rounds: whole(1, 8),
      mem_cost: whole(1, 14),
    }),
  ),
  after: z._default(whole(0, Number.MAX_SAFE_INTEGER), 0),
  batchSize: z._default(whole(1, 1_000), 100),
  maxRecordBytes: z._default(whole(1_024, 16_777_216), 262_144),
  onRefused: callback<NonNullable<ImportOptions['onRefused']>>(),
  onProgress: callback<NonNullable<ImportOptions['onProgress']>>(),
  by,
})

/** Options of an import after defaults. */
export type ParsedImportOptions = z.infer<typeof importSchema>

/** @throws CardeaError `invalid_request` that names each wrong place, never its value. */
export function parseImportOptions(collection: AuthCollection, input: ImportOptions): ParsedImportOptions {
  requireAsker(input, false)
  const parsed = validate(importSchema, input)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const stray = Object.keys(parsed.value.fields).filter((name) => !Object.hasOwn(collection.fields, name))
  if (stray.length === 0) return parsed.value
  throw invalidInput(
    stray.map((name) => ({ path: `fields.${name}`, code: 'unknown_field', message: 'is no field of the collection' })),
  )
}

const exportSchema = z.strictObject({
  format: z.enum(['jsonl', 'csv']),
  withPasswordHashes: z._default(z.boolean(), false),
  // Checked by the list that it is for.
  filter: z.optional(
    z.custom<NonNullable<ExportOptions['filter']>>((value) => typeof value === 'object' && value !== null),
  ),
  search: z.optional(z.string()),
  by,
})

/** @throws CardeaError `invalid_request`. */
export function parseExportOptions(input: ExportOptions): z.infer<typeof exportSchema> {
  requireAsker(input, false)
  const parsed = validate(exportSchema, input)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  return parsed.value
}
