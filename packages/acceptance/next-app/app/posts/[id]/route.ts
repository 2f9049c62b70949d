import type { Asked } from '@cardea/next'
import { findPost } from '../../../../src/adapters/posts'
import { route } from '../../../running'

type Context = Asked<{ readonly params: Promise<{ readonly id: string }> }>

export const PATCH = route(({ cardea: { getResource, requirePermission }, options }) => {
  const resource = async ({ params, request }: Context) =>
    await findPost((await params).id, request.headers.get('x-author') ?? '', options.pause)
  return requirePermission('content:update', { resource })((request) => new Response(getResource(request).title))
})
