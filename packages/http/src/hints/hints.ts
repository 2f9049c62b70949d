export { tellOtherCollection } from './other-collection.js'

/** What developers are told of what they may have forgotten. Loaded with the first of it. */
export const hints = {
  proxy:
    'A request bears X-Forwarded-For or Forwarded, and the option trustProxy is not set: behind a proxy all clients have its address, and share one rate limit. Set trustProxy to the number of proxies in front of the app, or to their addresses; with 0, those headers are passed over silently. Next.js sets X-Forwarded-For itself, also where no proxy is in front, and passes on what clients write: see "Where requests come from" in docs/next.md. For all else see docs/behind-a-proxy.md.',
  origin:
    'A request that changes something came from a page whose origin is neither baseUrl nor one of allowedOrigins, or with a cookie and without an origin, as programs send it, and was refused (csrf_rejected). Programs send the access token. If the page is your own, name its origin there: localhost and 127.0.0.1, http and https, and each port are origins of their own. This is told once.',
  unguarded:
    'getAuth was called for a request that no guard has looked at, which answers 401 to everybody, whoever is signed in. Put requireAuth() or another guard in front of that handler, of the same call of the adapter as getAuth. The error says where; this is told once.',
} as const
