import { CardeaError } from '@cardea/core'
import { userAnswer } from '../answers/user.js'
import { routeContracts } from '../contract/routes.js'
import { callerOf, defineRoute } from './route.js'

export const me = defineRoute(routeContracts.me, {
  async handle(exchange) {
    const user = await exchange.principals.me(callerOf(exchange))
    if (user === undefined) throw new CardeaError('not_found', 'The account has no record.')
    return { body: userAnswer(exchange.collection, user) }
  },
})
