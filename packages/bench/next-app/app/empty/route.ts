import { posts } from '../../running'

const empty = (handler: () => Promise<Response>) => async (): Promise<Response> => await handler()

export const GET = empty(posts)
