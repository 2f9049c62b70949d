import { every } from '../../running'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = every(({ cardea: { guardResource } }) =>
  guardResource('content')(() => new Response('done')),
)
