import { route } from '../../running'

export const GET = route(({ cardea, second }) =>
  cardea.requireAuth()((request) =>
    second.withErrors((asked) => new Response(cardea.getAuth(asked).userId))(request, undefined),
  ),
)
