import { builtInUsers, collectionTable, defineCollection, text as textField } from '@cardea/collections'
import {
  defineTable,
  integer,
  nullable,
  references,
  systemTables,
  type Table,
  text,
  withDefault,
} from '@cardea/storage'

const principalId = () => references(text(36), 'cardea_principals', 'id', 'cascade')

/** A table of which the second version asks for less than the first: SQLite has to write it anew. */
const notes = defineTable('cardea_notes', {
  columns: { id: text(36), principal_id: principalId(), body: text(200), level: withDefault(integer(), 3) },
  primaryKey: ['id'],
  unique: { body: ['principal_id', 'body'] },
  initialRows: [],
})
const widerNotes = defineTable('cardea_notes', {
  columns: {
    ...notes.columns,
    body: nullable(text(200)),
    state: withDefault(text(16), "it's new"),
    topic: nullable(text(64)),
  },
  primaryKey: ['id'],
  unique: { body: ['principal_id', 'body'], topic: ['topic'] },
  indexes: { state: ['state'] },
  afterDelete: {
    table: 'cardea_principals',
    where: { column: 'id', deleted: 'principal_id' },
    set: { status: "gone's" },
    increment: { epoch: 1 },
  },
})

const customers = defineCollection('customers', { type: 'auth', fields: { phone: textField({ unique: true }) } })
const widerCustomers = defineCollection('customers', {
  type: 'auth',
  fields: { ...customers.fields, company: textField({ optional: true }) },
})

/** Cardea's own tables, a collection and {@link notes}, as an app has them first and a version later. */
export const versions: Readonly<Record<1 | 2, readonly Table[]>> = {
  1: [...systemTables, collectionTable(builtInUsers()), collectionTable(customers), notes],
  2: [...systemTables, collectionTable(builtInUsers()), collectionTable(widerCustomers), widerNotes],
}
