import { posts } from '../../running'

export const GET = async (): Promise<Response> => await posts()
