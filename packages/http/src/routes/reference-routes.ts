import { createHash } from 'node:crypto'
import { routeContracts } from '../contract/routes.js'
import type { Runtime } from '../handler/runtime.js'
import type { OpenApiDocument } from '../openapi/describe-api.js'
import { describeInstance } from '../openapi/describe-instance.js'
import { referencePage } from '../openapi/reference-page.js'
import { summaryText } from '../openapi/summary-text.js'
import { defineRoute, type Exchange, type RouteAnswer } from './route.js'
import { hasPermission } from './widened.js'

/** What is made of a document, each at its first use. */
interface Written {
  /** Which collections it describes. */
  readonly key: string
  readonly document: OpenApiDocument
  json?: string
  page?: RouteAnswer
  summary?: string
}

/** The newest of each instance, for everybody and for those who may read collections. */
const kept = new WeakMap<Runtime, Map<boolean, Written>>()

export const openapi = defineRoute(routeContracts.openapi, {
  async handle(exchange) {
    const written = await writtenFor(exchange)
    written.json ??= JSON.stringify(written.document)
    return { text: written.json }
  },
})

export const apiReference = defineRoute(routeContracts.apiReference, {
  async handle(exchange) {
    const written = await writtenFor(exchange)
    written.page ??= pageOf(exchange, written.document)
    return written.page
  },
})

export const apiSummary = defineRoute(routeContracts.apiSummary, {
  async handle(exchange) {
    const written = await writtenFor(exchange)
    written.summary ??= summaryText(written.document, exchange.runtime.config.basePath)
    return { text: written.summary }
  },
})

/** The page may use its own style and script, which are known by their digests, and nothing else. */
function pageOf({ runtime: { config } }: Exchange, document: OpenApiDocument): RouteAnswer {
  const { html, style, script } = referencePage(document, `${config.basePath}/openapi.json`)
  const contentPolicy = `; style-src ${digestOf(style)}; script-src ${digestOf(script)}; base-uri 'none'; form-action 'none'`
  return { text: html, contentPolicy }
}

/** @see https://www.w3.org/TR/CSP3/#grammardef-hash-source */
const digestOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

async function writtenFor(exchange: Exchange): Promise<Written> {
  const { runtime, caller } = exchange
  const mayRead = caller !== undefined && (await hasPermission(exchange, 'collections:read'))
  const ofRuntime = kept.get(runtime) ?? new Map<boolean, Written>()
  kept.set(runtime, ofRuntime)
  const known = ofRuntime.get(mayRead)
  // What was made at run time is for those to know who may read it; what code defines never changes.
  if (known !== undefined && !mayRead) return known
  await runtime.ensureReady()
  const infos = await runtime.auth.definitions.list(caller)
  const shown = mayRead ? infos : infos.filter(({ system }) => system)
  const key = shown.map(({ collection, id, version }) => `${collection.name} ${id} ${version}`).join()
  if (known?.key === key) return known
  const document = await describeInstance(
    runtime,
    shown.map(({ collection }) => collection),
  )
  const written: Written = { key, document }
  ofRuntime.set(mayRead, written)
  return written
}
