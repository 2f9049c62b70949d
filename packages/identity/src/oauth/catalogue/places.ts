import { CardeaError } from '@cardea/core'
import { isTrustworthyUrl } from '../http/guarded-fetch.js'
import type { CatalogueEntry } from './entry.js'

/** What placeholders in a catalogue entry stand for. */
export interface Places {
  /** As arctic's class takes it. */
  readonly at: string
  readonly host: string
  readonly path: string
  readonly clientId: string
}

const host = String.raw`[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?`
const hostOnly = new RegExp(`^${host}$`)
const hostAndPath = new RegExp(`^(${host})(/[A-Za-z0-9_-]+)?$`)

/** @throws CardeaError `configuration_invalid` when `at` is missing, not wanted, or of another form. */
export function placesOf(entry: CatalogueEntry, at: string | undefined, clientId: string): Places {
  const wrong = (what: string): CardeaError =>
    new CardeaError('configuration_invalid', `oauth2: at ${what} for ${entry.label}`)
  if (entry.at === undefined) {
    if (at !== undefined) throw wrong('is not an option')
    return { at: '', host: '', path: '', clientId }
  }
  if (typeof at !== 'string') throw wrong('is required')
  if (entry.at === 'url') {
    if (!isTrustworthyUrl(at) || /[?#]/.test(at)) throw wrong('must be an https address without query')
    return { at: at.replace(/\/+$/, ''), host: '', path: '', clientId }
  }
  const [, name, path] = hostAndPath.exec(at) ?? []
  if (name === undefined || (entry.at === 'host' && !hostOnly.test(at))) throw wrong('must be a host name')
  return { at, host: name, path: path ?? '', clientId }
}

/** Fills in the places of a text. */
export const fill = (text: string, places: Places): string =>
  text.replace(/\{(at|host|path|clientId)\}/g, (_, key: keyof Places) => places[key])
