import { CardeaError } from '@cardea/core'
import type { AnyRecordsApi, ListFilter, RecordExportQuery, WrittenRecord } from 'cardea'
import * as z from 'zod/mini'
import type { HeaderList } from '../answers/answer.js'
import { routeContracts } from '../contract/routes.js'
import { isTagIn, tagsIn } from '../credentials/entity-tags.js'
import { answerPage } from '../lists/answer-page.js'
import { type ListQuery, refusal, unknownField } from '../lists/list-form.js'
import { isFormParameter, readRecordQuery } from '../lists/record-query.js'
import { defineRoute, type Exchange, type RouteAnswer } from './route.js'
import { streamOf } from './stream-of.js'

const parameter = z.optional(z.string())
const named = (names: readonly string[]) => z.object(Object.fromEntries(names.map((name) => [name, parameter])))
/** Filters are named by the fields of the collection. */
const openQuery = (names: readonly string[]) => z.catchall(named(names), z.string())
/** Which fields there are is for the collection to say, and what they hold. */
const fieldsBody = z.looseObject({})

export const listRecords = defineRoute(routeContracts.listRecords, {
  query: openQuery(routeContracts.listRecords.query),
  async handle(exchange, { query }) {
    const records = await recordsOf(exchange)
    const { fields, expand, ...rest } = query
    const wanted = { ...readRecordQuery(rest), fields: namesIn(fields), expand: namesIn(expand) }
    const by = exchange.caller ?? null
    return await answerPage(query, {
      read: (part) => records.list({ ...wanted, ...part }, { by }),
      count: () => records.count(wanted, { by }),
      present: (record) => record,
      path: pathOf(exchange),
    })
  },
})

const formats = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
} as const satisfies Readonly<Record<RecordExportQuery['format'], string>>

export const exportRecords = defineRoute(routeContracts.exportRecords, {
  query: openQuery(routeContracts.exportRecords.query),
  async handle(exchange, { query }) {
    const records = await recordsOf(exchange)
    const { format = 'jsonl', fields, ...rest } = query
    if (!isFormat(format)) throw refusal('format', 'invalid_value', 'must be csv, json or jsonl')
    const wanted = { ...readWhole(rest), format, fields: namesIn(fields) }
    const texts = records.export(wanted, { by: exchange.caller ?? null })
    const { logger } = exchange.runtime.config
    const body = await streamOf(texts, (error) => logger.warn('An export broke off.', { error }))
    const disposition = `attachment; filename="${records.collection.name}.${format}"`
    return { stream: { type: formats[format], body }, headers: [['Content-Disposition', disposition]] }
  },
})

export const createRecord = defineRoute(routeContracts.createRecord, {
  body: z.looseObject({ email: z.optional(z.unknown()), password: z.optional(z.unknown()) }),
  async handle(exchange, { body }) {
    const { runtime, clientAddress, caller } = exchange
    const records = await recordsOf(exchange)
    if (records.collection.type === 'auth' && body.password !== undefined) runtime.hashes?.take(clientAddress)
    const written = await records.create(body, { by: caller ?? null })
    const { headers = [], ...answer } = writtenAnswer(written)
    return { ...answer, headers: [['Location', `${pathOf(exchange)}/${written.id}`], ...headers] }
  },
})

export const deleteRecords = defineRoute(routeContracts.deleteRecords, {
  query: openQuery(routeContracts.deleteRecords.query),
  async handle(exchange, { query: { all, ...query } }) {
    const records = await recordsOf(exchange)
    if (all !== undefined && all !== '1' && all !== 'true') throw refusal('all', 'invalid_value', 'must be 1 or true')
    const by = exchange.caller ?? null
    return { body: await records.deleteMany({ ...readWhole(query), all: all !== undefined }, { by }) }
  },
})

export const showRecord = defineRoute(routeContracts.showRecord, {
  query: z.strictObject({ fields: parameter, expand: parameter }),
  async handle(exchange, { query: { fields, expand } }) {
    const { caller, headers } = exchange
    const records = await recordsOf(exchange)
    const wanted = { fields: namesIn(fields), expand: namesIn(expand) }
    const { record, etag } = await records.view(idIn(exchange), { by: caller ?? null, ...wanted })
    // The tag says nothing of the records that are shown within.
    if (expand !== undefined) return { body: record }
    const tag: HeaderList = [['ETag', etag]]
    if (isTagIn(etag, tagsIn('If-None-Match', headers.get('if-none-match')))) return { status: 304, headers: tag }
    return { body: record, headers: tag }
  },
})

export const updateRecord = defineRoute(routeContracts.updateRecord, {
  body: fieldsBody,
  async handle(exchange, { body }) {
    const records = await recordsOf(exchange)
    return writtenAnswer(await records.update(idIn(exchange), body, changeOptions(exchange)))
  },
})

export const deleteRecord = defineRoute(routeContracts.deleteRecord, {
  async handle(exchange) {
    const records = await recordsOf(exchange)
    await records.delete(idIn(exchange), changeOptions(exchange))
    return {}
  },
})

async function recordsOf({ runtime, parameters, caller }: Exchange): Promise<AnyRecordsApi> {
  const records = await runtime.auth.recordsOf(parameters['name'] ?? '', caller)
  if (records === undefined) throw new CardeaError('not_found', 'There is no such collection.')
  return records
}

const changeOptions = ({ caller, headers }: Exchange) => ({
  by: caller ?? null,
  ifMatch: tagsIn('If-Match', headers.get('if-match')),
})

/** Whoever may write and not see is told the id. */
function writtenAnswer({ id, record, etag }: WrittenRecord<object>): RouteAnswer {
  return { body: record ?? { id }, headers: etag === null ? [] : [['ETag', etag]] }
}

/** What is done to all of a list has no parts and no order: a `limit` that is not heeded would be worse than none. */
function readWhole(query: ListQuery): ListFilter {
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && (name === 'sort' || isFormParameter(name))) throw unknownField(name)
  }
  const { filter, search } = readRecordQuery(query)
  return { filter, search }
}

const namesIn = (list: string | undefined): readonly string[] | undefined => list?.split(',')

const isFormat = (format: string): format is RecordExportQuery['format'] => Object.hasOwn(formats, format)

const idIn = ({ parameters }: Exchange): string => parameters['id'] ?? ''

const pathOf = ({ runtime, parameters }: Exchange): string =>
  `${runtime.config.basePath}/collections/${parameters['name'] ?? ''}/records`
