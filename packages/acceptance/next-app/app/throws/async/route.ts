import { route } from '../../../running'

export const GET = route(({ cardea: { withErrors } }) =>
  withErrors(async () => await Promise.reject(new Error('hunter2'))),
)
