import { route } from '../../running'

export const GET = route(() => () => new Response('public'))
