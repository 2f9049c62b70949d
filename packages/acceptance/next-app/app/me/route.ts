import { route } from '../../running'

export const GET = route(({ cardea: { getAuth, requireAuth } }) =>
  requireAuth()((request) => Response.json({ userId: getAuth(request).userId })),
)
