/** Who is signed in, as far as the client knows. `unknown` until it was asked for, and then never again. */
export type SessionState<User> =
  | { readonly status: 'unknown'; readonly user: null }
  | { readonly status: 'signed-in'; readonly user: User }
  | { readonly status: 'signed-out'; readonly user: null }

export const unknown = { status: 'unknown', user: null } as const
export const signedOut = { status: 'signed-out', user: null } as const
