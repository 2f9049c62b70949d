import { closeSync, createReadStream, openSync, readFileSync, writeSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import type { FirebaseHashConfig, ImportFormat, ImportOptions, ImportReport, RefusedRecord } from 'cardea'
import { CliError, type ExitCode } from '../../cli-error.js'
import { type InstanceOptions, withInstance } from '../../config/with-instance.js'
import type { CliIo } from '../../io.js'
import type { Printer } from '../../output/printer.js'
import { openCheckpoint } from './checkpoint.js'
import { collectionOf } from './collection-of.js'

export interface ImportUsersOptions extends InstanceOptions {
  readonly format?: ImportFormat | undefined
  readonly collection: string
  readonly onConflict: 'skip' | 'update' | 'fail'
  readonly dryRun?: boolean | undefined
  readonly field?: Readonly<Record<string, string>> | undefined
  readonly ignore?: readonly string[] | undefined
  readonly provider?: Readonly<Record<string, string>> | undefined
  readonly unsupportedHash: 'refuse' | 'reset'
  readonly firebaseHashConfig?: string | undefined
  readonly batchSize?: number | undefined
  readonly checkpoint?: string | undefined
  readonly refused?: string | undefined
}

const endings: Readonly<Record<string, ImportFormat>> = { '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.csv': 'csv' }

/** Imports users of a file. @returns 1 where a record was refused. */
export async function importUsers(
  io: CliIo,
  printer: Printer,
  file: string,
  options: ImportUsersOptions,
): Promise<ExitCode> {
  const format = options.format ?? endings[extname(file).toLowerCase()]
  if (format === undefined) throw new CliError('usage', `--format: ${file} does not say by its ending what it is`)
  const checkpoint =
    options.checkpoint === undefined ? undefined : openCheckpoint(resolve(io.cwd(), options.checkpoint))
  const refused = options.refused === undefined ? undefined : openRefused(resolve(io.cwd(), options.refused))
  const dryRun = options.dryRun === true
  try {
    const report = await withInstance(io, options, async ({ auth }) => {
      const api = await collectionOf(auth, options.collection)
      const source = file === '-' ? io.streamStdin() : createReadStream(resolve(io.cwd(), file))
      const importing: ImportOptions = {
        ...importOptions(io, options, format),
        after: checkpoint?.records ?? 0,
        onRefused: (record) => refused?.write(record),
        onProgress: ({ records }) => {
          if (!dryRun) checkpoint?.save(records)
        },
      }
      return await readable(file, api.import(source, importing))
    })
    tell(printer, report)
    return report.refused === 0 ? 0 : 1
  } finally {
    refused?.close()
  }
}

function importOptions(io: CliIo, options: ImportUsersOptions, format: ImportFormat): ImportOptions {
  const { field, ignore, provider = {}, firebaseHashConfig, batchSize, onConflict, unsupportedHash } = options
  // Nothing behind the sign leaves a provider out.
  const providers = Object.fromEntries(
    Object.entries(provider).map(([theirs, ours]) => [theirs, ours === '' ? null : ours]),
  )
  return {
    format,
    onConflict,
    unsupportedHash,
    dryRun: options.dryRun === true,
    providers,
    ...(field === undefined ? {} : { fields: field }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(firebaseHashConfig === undefined ? {} : { firebase: readHashConfig(resolve(io.cwd(), firebaseHashConfig)) }),
  }
}

/** A file that is not there is a mistake of whoever typed its name. */
async function readable<Result>(file: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR') throw error
    throw new CliError('usage', `${file} cannot be read`, { cause: error })
  }
}

/** What the console shows, or the same as JSON. Its values are secret: no error holds them. */
function readHashConfig(path: string): FirebaseHashConfig {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CliError('usage', `--firebase-hash-config: ${path} cannot be read`, { cause })
  }
  const found = new Map([...text.matchAll(/"?(\w+)"?\s*:\s*"?([^",\s}]+)"?/g)].map(([, name, value]) => [name, value]))
  return {
    base64_signer_key: found.get('base64_signer_key') ?? '',
    base64_salt_separator: found.get('base64_salt_separator') ?? '',
    rounds: Number(found.get('rounds')),
    mem_cost: Number(found.get('mem_cost')),
  }
}

function openRefused(path: string) {
  let descriptor: number
  try {
    descriptor = openSync(path, 'a', 0o600)
  } catch (cause) {
    throw new CliError('usage', `--refused: ${path} cannot be written`, { cause })
  }
  return {
    write: (record: RefusedRecord) => {
      writeSync(descriptor, `${JSON.stringify(record)}\n`)
    },
    close: () => closeSync(descriptor),
  }
}

/** Which option takes in records that were refused, by the code of what is wrong with them. */
const adviceFor: Readonly<Record<string, string>> = {
  unknown_provider:
    '--provider theirs=ours says what a provider is called here, and --provider theirs= leaves its accounts out.',
  unsupported_hash: '--unsupported-hash reset takes users without the password that cannot be checked.',
}

function tell(printer: Printer, report: ImportReport): void {
  if (printer.json) {
    printer.data(report)
    return
  }
  const { records, imported, updated, skipped, refused, refusedFor, withoutPassword, dryRun, firstRefused } = report
  for (const { line, issues } of firstRefused) {
    printer.note(
      `line ${line}: ${issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ')}`,
    )
  }
  if (refused > firstRefused.length) printer.note(`… and ${refused - firstRefused.length} more; --refused keeps all`)
  for (const [code, advice] of Object.entries(adviceFor)) if (Object.hasOwn(refusedFor, code)) printer.note(advice)
  const would = dryRun ? 'would be ' : ''
  printer.line(
    `${records} records: ${imported} ${would}imported, ${updated} ${would}updated, ${skipped} there already, ${refused} refused`,
  )
  if (withoutPassword > 0)
    printer.note(`${withoutPassword} without a password: they set one by a link for a new password.`)
}
