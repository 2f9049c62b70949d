import type { Cardea } from 'cardea'

/** What the routes and guards need of an instance, whatever its collections and permissions are. */
export type Instance = Pick<
  Cardea,
  | 'config'
  | 'ready'
  | 'ping'
  | 'collection'
  | 'findCollection'
  | 'recordsOf'
  | 'collectionNames'
  | 'definitions'
  | 'settings'
  | 'verify'
  | 'sessions'
  | 'permissions'
  | 'apiKeys'
  | 'sshKeys'
  | 'audit'
  | 'inRequest'
  | 'report'
  | 'rateLimitStore'
  | 'keys'
  | 'impersonate'
>
