export type {
  ApiKeyAnswer,
  AuthAnswer,
  BuiltInAuthAnswer,
  BuiltInUserAnswer,
  CollectionAnswer,
  CreatedApiKeyAnswer,
  FieldAnswer,
  HealthAnswer,
  ImpersonationAnswer,
  KeySetAnswer,
  MessageAnswer,
  Problem,
  SessionAnswer,
  SshKeyAnswer,
  UserAnswer,
  UserSessionAnswer,
  WaitingAnswer,
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
