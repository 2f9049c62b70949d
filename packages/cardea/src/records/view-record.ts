import type { AnyCollection } from '@cardea/collections'
import type { FoundRecord, RecordShape, RecordsAskedBy } from '../api/records.js'
import type { Services } from '../services/services.js'
import { findReader } from './asker.js'
import { tagged } from './etag.js'
import { findRow } from './find-row.js'
import { noSuchRecord, recordIdIn } from './record-id.js'
import { parseShape, presentShape } from './record-shape.js'
import { requireRule } from './rule.js'

export async function viewRecord(
  services: Services,
  collection: AnyCollection,
  id: string,
  { by, ...wanted }: RecordsAskedBy & RecordShape = {},
): Promise<FoundRecord<Readonly<Record<string, unknown>>>> {
  const asker = await findReader(services, by)
  const rule = requireRule(collection, 'view', asker)
  const shape = parseShape(services, collection, wanted)
  const row = await findRow(services, services.storage, collection, recordIdIn(collection, id), rule)
  if (row === undefined) throw noSuchRecord()
  const { record, etag } = tagged(services, collection, row)
  const [shown = record] = await presentShape(services, collection, [row], shape, asker)
  return { record: shown, etag }
}
