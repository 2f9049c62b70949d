import { every } from '../../running'

/** Serves Cardea's routes, and answers paths that nobody serves. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = every(
  ({ cardea, options, second }) =>
    async (request) => {
      // What an app reads of a body before it hands it on, it reads of a copy.
      if (options.parser?.at === 'before') await request.clone().text()
      const answer = await cardea.mount.GET(request)
      return answer.status === 404 && second !== cardea ? await second.mount.GET(request) : answer
    },
)
