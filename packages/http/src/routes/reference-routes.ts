import { routeContracts } from '../contract/routes.js'
import { defineRoute } from './route.js'

export const openapi = defineRoute(routeContracts.openapi, { handle: () => Promise.resolve({ text: '{}' }) })
export const apiReference = defineRoute(routeContracts.apiReference, { handle: () => Promise.resolve({ text: '' }) })
export const apiSummary = defineRoute(routeContracts.apiSummary, { handle: () => Promise.resolve({ text: '' }) })
