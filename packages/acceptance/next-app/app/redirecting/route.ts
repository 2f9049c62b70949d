import { redirect } from 'next/navigation'
import { route } from '../../running'

export const GET = route(({ cardea: { requireAuth } }) => requireAuth()(() => redirect('/page')))
