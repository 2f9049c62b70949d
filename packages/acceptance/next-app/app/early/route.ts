import { route } from '../../running'

export const GET = route(({ cardea: { getAuth, requireAuth } }) =>
  requireAuth()((request) => new Response(getAuth(request).userId)),
)
