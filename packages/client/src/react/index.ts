'use client'
export {
  AuthProvider,
  type AuthProviderProps,
  Can,
  type CanProps,
  type InitialSession,
  usePermission,
  useSession,
  useUser,
} from './auth-provider.js'
export { type CardeaReact, cardeaReact } from './cardea-react.js'
export type { PermissionOf, ReactClient, UserOf } from './react-client.js'
