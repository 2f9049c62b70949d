import { postsFor } from '../../running'

export const GET = postsFor('content:delete')
