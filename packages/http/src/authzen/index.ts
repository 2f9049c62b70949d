export { authzen } from './mount.js'
export type {
  AuthzenAsked,
  AuthzenFound,
  AuthzenMount,
  AuthzenOptions,
  AuthzenResource,
  AuthzenSearch,
  AuthzenSubjects,
} from './options.js'
