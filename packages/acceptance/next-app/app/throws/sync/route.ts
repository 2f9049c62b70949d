import { route } from '../../../running'

export const GET = route(({ cardea: { withErrors } }) =>
  withErrors(() => {
    throw new Error('hunter2')
  }),
)
