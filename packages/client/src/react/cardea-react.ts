'use client'
import { createElement, type ReactNode } from 'react'
import type { SessionState } from '../session/session-state.js'
import {
  AuthProvider,
  type AuthProviderProps,
  Can,
  type CanProps,
  usePermission,
  useSession,
  useUser,
} from './auth-provider.js'
import type { PermissionOf, ReactClient, UserOf } from './react-client.js'

/** The provider and the hooks of one client: they know its users and its permissions without being told. */
export interface CardeaReact<Client extends ReactClient> {
  /** As {@link AuthProvider}, of this client. */
  readonly AuthProvider: (props: Omit<AuthProviderProps, 'client'>) => ReactNode
  /** Who is signed in, as {@link useSession} says. */
  readonly useSession: () => SessionState<UserOf<Client>>
  /** The user who is signed in, or null. */
  readonly useUser: () => UserOf<Client> | null
  /** Whether the user may do something, as {@link usePermission} says. A permission that there is not does not compile. */
  readonly usePermission: (permission: PermissionOf<Client>, object?: object | null, field?: string) => boolean
  /** Shows its children to those who may do something. */
  readonly Can: (props: CanProps<PermissionOf<Client>>) => ReactNode
}

/**
 * Binds the provider and the hooks to a client, so that its types need not be named where they are used.
 *
 * ```ts
 * export const { AuthProvider, useSession, useUser, usePermission, Can } = cardeaReact(createClient<typeof auth>())
 * ```
 *
 * Call it at the top of a module, which is one of the browser's (`'use client'`) where there are server components.
 */
export function cardeaReact<Client extends ReactClient>(client: Client): CardeaReact<Client> {
  return {
    AuthProvider: (props) => createElement(AuthProvider, { ...props, client }),
    useSession: useSession<Client>,
    useUser: useUser<Client>,
    usePermission: usePermission<Client>,
    Can: Can<Client>,
  }
}
