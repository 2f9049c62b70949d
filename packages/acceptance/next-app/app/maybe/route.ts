import { route } from '../../running'

export const GET = route(({ cardea: { findAuth, optionalAuth } }) =>
  optionalAuth()((request) => new Response(findAuth(request)?.userId ?? 'nobody')),
)
