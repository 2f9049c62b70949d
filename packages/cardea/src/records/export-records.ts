import type { AnyCollection } from '@cardea/collections'
import { type RecordList, readRecordList } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'
import { invalidInput } from '../accounts/invalid-input.js'
import { askedBy } from '../administration/asked-by.js'
import type { RecordExportQuery, RecordsAskedBy } from '../api/records.js'
import type { ListPlace } from '../api/users.js'
import type { Services } from '../services/services.js'
import { csvRecord, escapeCell } from '../transfer/write-csv.js'
import { lookAtActor, requireLiving } from '../users/actor.js'
import { type Asker, askerWithin, findReader, namedBy } from './asker.js'
import { parseList } from './parse-list.js'
import { parseShape, presentShape, shownMembers } from './record-shape.js'
import { conditionOf, listRule } from './rule.js'

type Shown = Readonly<Record<string, unknown>>

/** How many records are in memory at once. */
const pageSize = 500

/** Writes records in one format. */
interface Writer {
  readonly begin: string
  readonly end: string
  /** @param isFirst Whether nothing was written before. */
  write(record: Shown, isFirst: boolean): string
}

const formats: Readonly<Record<RecordExportQuery['format'], (columns: readonly string[]) => Writer>> = {
  csv: (columns) => ({
    begin: csvRecord(columns),
    end: '',
    write: (record) => csvRecord(columns.map((name) => cellOf(record[name]))),
  }),
  json: () => ({
    begin: '[',
    end: ']\n',
    write: (record, isFirst) => `${isFirst ? '\n' : ',\n'}${JSON.stringify(record)}`,
  }),
  jsonl: () => ({ begin: '', end: '', write: (record) => `${JSON.stringify(record)}\n` }),
}

/** Writes records page by page: what changes meanwhile may be in it or not, but nothing is in it twice. */
export async function* exportRecords(
  services: Services,
  collection: AnyCollection,
  { format, fields, filter, search }: RecordExportQuery,
  { by }: RecordsAskedBy = {},
): AsyncGenerator<string> {
  if (!Object.hasOwn(formats, format)) {
    throw invalidInput([{ path: 'format', code: 'invalid_value', message: 'must be csv, json or jsonl' }])
  }
  // Whoever reads on does so outside of the request.
  const request = services.context.current()
  let asker = await findReader(services, by)
  const shape = parseShape(services, collection, { fields })
  const writer = formats[format](shape.fields ?? shownMembers(collection))
  const table = services.collections.table(collection)
  let records = 0
  let after: ListPlace | undefined
  try {
    for (;;) {
      const list = await listFor(services, collection, { filter, search }, asker, after === undefined)
      const page =
        list === undefined
          ? { rows: [], next: null }
          : await readRecordList(services.storage, table, list, { limit: pageSize, after })
      const shown = await presentShape(services, collection, page.rows, shape, asker)
      const isBeginning = after === undefined
      const lines = shown.map((record, index) => writer.write(record, isBeginning && index === 0))
      records += shown.length
      const text = `${isBeginning ? writer.begin : ''}${lines.join('')}${page.next === null ? writer.end : ''}`
      if (text !== '') yield text
      if (page.next === null) return
      after = page.next
      asker = await stillAsking(services, asker)
    }
  } finally {
    // Also where whoever reads has had enough, or may read no more.
    if (records > 0) {
      const about = { at: services.clock(), collection: collection.name, principalId: null }
      services.context.outside(
        () => services.emit({ type: 'records.exported', ...about, records, ...askedBy(namedBy(asker), null) }),
        request,
      )
    }
  }
}

/** The list as whoever asks may see it now; undefined where it sees none of it. */
async function listFor(
  services: Services,
  collection: AnyCollection,
  query: Pick<RecordExportQuery, 'filter' | 'search'>,
  asker: Asker,
  isBeginning: boolean,
): Promise<RecordList | undefined> {
  const rule = listRule(collection, 'list', asker)
  // An end in the middle must not look like the end.
  if (rule === undefined && !isBeginning) throw new CardeaError('forbidden', 'This may not be read any more.')
  const list = await parseList(services, collection, query, rule === undefined ? [] : [conditionOf(rule)])
  return rule === undefined ? undefined : list
}

/**
 * Whoever asks, as it is now: a slow reader may have lost its rights, its session or its account since it began.
 *
 * @throws CardeaError `forbidden`, `session_revoked`, `token_invalid`.
 */
async function stillAsking(services: Services, asker: Asker): Promise<Asker> {
  if (asker.kind !== 'principal') return asker
  const { by } = asker
  await requireLiving(services, by)
  const acting = await lookAtActor(services, services.storage, by)
  // For whoever acts as another, both have to be looked at, as they are now.
  return (by.session?.actorId ?? null) === null
    ? askerWithin(acting)
    : await findReader(services, { ...by, versions: undefined })
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return escapeCell(typeof value === 'string' ? value : JSON.stringify(value))
}
