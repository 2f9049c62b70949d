import type { AnyCollection, RecordOf } from '@cardea/collections'

/** A user as served: its record, and for the built-in `users` its roles. */
export type UserOf<C extends AnyCollection> = RecordOf<C> &
  (C extends { readonly name: 'users' }
    ? { readonly role: string | null; readonly role_id: string | null; readonly roles: readonly string[] }
    : unknown)
