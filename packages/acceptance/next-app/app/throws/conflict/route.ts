import { CardeaError } from 'cardea'
import { route } from '../../../running'

export const GET = route(({ cardea: { withErrors } }) =>
  withErrors(() => {
    throw new CardeaError('conflict', 'Taken.')
  }),
)
