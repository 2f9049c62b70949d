import { route } from '../../running'

export const POST = route(({ cardea: { requireAuth } }) =>
  requireAuth()(async (request) => new Response(await request.text())),
)
