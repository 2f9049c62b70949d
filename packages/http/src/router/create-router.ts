import { TrieRouter } from 'hono/router/trie-router'
import type { Mount, RouteContract } from '../contract/route.js'
import { canonicalPath } from './canonical-path.js'

/** Something that hangs at a place of the route table. */
export interface Routed {
  readonly contract: RouteContract
}

/** A path with all that can be done there. */
export interface Place<R extends Routed> {
  /** Routes by method; empty for a path that exists only as the parent of an item. */
  readonly routes: ReadonlyMap<string, R>
  /** The collection whose principals it is for, unless the path names it. */
  readonly collection: string | undefined
  /** The place of one item of this path, which `?q=` leads to as well, and the name of its parameter. */
  readonly item: { readonly place: Place<R>; readonly parameter: string } | undefined
}

export interface Found<R extends Routed> {
  readonly place: Place<R>
  readonly parameters: Readonly<Record<string, string>>
}

export interface Router<R extends Routed> {
  /** Finds the place of a path; undefined when there is none. */
  find(pathname: string): Found<R> | undefined
}

interface OpenPlace<R extends Routed> {
  routes: Map<string, R>
  collection: string | undefined
  item: { place: OpenPlace<R>; parameter: string } | undefined
}

/** Hangs every route at all its paths. */
export function createRouter<R extends Routed>(routes: readonly R[], basePath: string): Router<R> {
  const places = new Map<string, OpenPlace<R>>()
  const placeAt = (path: string, collection: string | undefined): OpenPlace<R> => {
    const known = places.get(path)
    if (known !== undefined) return known
    const place: OpenPlace<R> = { routes: new Map(), collection, item: undefined }
    places.set(path, place)
    return place
  }
  for (const route of routes) {
    for (const { prefix, collection } of prefixes(route.contract.mount, basePath)) {
      const path = `${prefix}${route.contract.path}`
      const place = placeAt(path, collection)
      place.routes.set(route.contract.method, route)
      const parameter = /^(.*)\/\{(\w+)\}$/.exec(path)
      if (parameter?.[1] !== undefined && parameter[2] !== undefined) {
        placeAt(parameter[1], collection).item = { place, parameter: parameter[2] }
      }
    }
  }
  const trie = new TrieRouter<OpenPlace<R>>()
  // Of several places that fit, the first added is found: names before parameters.
  const byParameters = [...places].sort(([left], [right]) => count(left) - count(right))
  for (const [path, place] of byParameters) trie.add('ALL', path.replaceAll(/\{(\w+)\}/g, ':$1'), place)
  return {
    find(pathname) {
      const path = canonicalPath(pathname)
      if (path === undefined) return undefined
      const found = trie.match('ALL', path)[0][0]
      // The trie answers with parameters by name, not by index, so their values are texts.
      return found === undefined
        ? undefined
        : { place: found[0], parameters: { ...found[1] } as Record<string, string> }
    },
  }
}

function prefixes(mount: Mount, basePath: string): { prefix: string; collection: string | undefined }[] {
  switch (mount) {
    case 'auth':
      return [
        { prefix: `${basePath}/auth`, collection: 'users' },
        { prefix: `${basePath}/collections/{name}/auth`, collection: undefined },
      ]
    case 'site':
      return [{ prefix: '', collection: 'users' }]
    case 'api':
      return [{ prefix: basePath, collection: 'users' }]
    case 'root':
      return [
        { prefix: '', collection: 'users' },
        { prefix: basePath, collection: 'users' },
      ]
  }
}

const count = (path: string): number => path.split('{').length
