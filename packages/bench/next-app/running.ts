import type { OpenedForNext } from '../src/servers/cardea-next-app.ts'

/** The server and the routes are bundled apart: they meet where all of a process do. */
const shared = globalThis as { cardeaBench?: OpenedForNext }

export const posts = async (): Promise<Response> => Response.json({ posts: [] })

/** What a route says to those who hold the permission, by the guards of what the server has opened. */
export function postsFor(permission: 'content:read' | 'content:delete') {
  const opened = shared.cardeaBench
  // `next build` looks at the routes and asks none of them.
  return opened === undefined ? nothingOpened : opened.requirePermission(permission)(posts)
}

function nothingOpened(): never {
  throw new Error('the server has opened nothing')
}
