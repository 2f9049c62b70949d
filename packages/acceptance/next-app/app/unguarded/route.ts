import { route } from '../../running'

export const GET = route(({ cardea: { getAuth, withErrors } }) =>
  withErrors((request) => new Response(getAuth(request).userId)),
)
