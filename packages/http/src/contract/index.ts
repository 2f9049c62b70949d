export type {
  AuthAnswer,
  BuiltInAuthAnswer,
  BuiltInUserAnswer,
  CollectionAnswer,
  FieldAnswer,
  HealthAnswer,
  MessageAnswer,
  Problem,
  SessionAnswer,
  UserAnswer,
  UserSessionAnswer,
} from './answers.js'
export {
  type Access,
  type BodyContract,
  commonErrors,
  type LimitClass,
  type Mount,
  type RouteContract,
} from './route.js'
export { type RouteName, routeContracts } from './routes.js'
