/** What kinds of events say beside what all say. */
export interface EventDetails {
  /** Why, as a code or in few words. For logs only; never shown to the client. */
  readonly reason: string
  /** The role's label or id, as it was named. */
  readonly role: string
  /** Names of fields, as the collection defines them; of settings, as the API names them. */
  readonly fields: readonly string[]
  /** The permission that is missing, or that it is about: for a grant, that may be a wildcard. */
  readonly permission: string
  /** Whether a grant allows or denies. */
  readonly effect: 'allow' | 'deny'
  /** The label before it was renamed. */
  readonly previous: string
  /** The id of the invitation that it is about. */
  readonly invitation: string
  /** The class of routes whose limit was reached. */
  readonly limit: string
  /** How many users it was about. */
  readonly users: number
  /** The id of the record that it is about. */
  readonly record: string
  /** How many records it was about. */
  readonly records: number
}

type Detail = keyof EventDetails

interface Kind<Required extends Detail = Detail, Optional extends Detail = Detail> {
  readonly outcome: 'success' | 'failure'
  readonly details: readonly Required[]
  readonly optional: readonly Optional[]
  /** False for what happens too often to be kept: it is handed to `onEvent` alone. */
  readonly kept: boolean
}

const success = <Required extends Detail = never>(...details: readonly Required[]) =>
  ({ outcome: 'success', details, optional: [], kept: true }) as const satisfies Kind<Required>
const failure = <Required extends Detail = never>(...details: readonly Required[]) =>
  ({ outcome: 'failure', details, optional: [], kept: true }) as const satisfies Kind<Required>

/** All kinds of events, what each says, and whether it tells of a success. docs/events.md says when each happens. */
export const eventKinds = {
  'user.registered': success(),
  'user.registration_failed': failure('reason'),
  'user.updated': success('fields'),
  'users.imported': success('users'),
  'users.adopted': success('users'),
  'users.exported': success('users'),
  'sign_in.succeeded': success(),
  'sign_in.mfa_required': success(),
  'sign_in.failed': failure('reason'),
  'sign_in.locked': failure(),
  'sign_in.code_requested': success(),
  'session.refreshed': { ...success(), kept: false },
  'session.refresh_failed': failure('reason'),
  'session.refresh_token_reused': failure(),
  'session.ended': { ...success(), optional: ['reason'] },
  'session.revoked': success(),
  'session.reauthenticated': success(),
  'session.reauthentication_failed': failure('reason'),
  'impersonation.started': { ...success(), optional: ['reason'] },
  'impersonation.refused': failure('reason'),
  'password.changed': success(),
  'password.reset_requested': success(),
  'password.reset': success(),
  'password.reset_failed': failure('reason'),
  'email.verification_requested': success(),
  'email.verified': success(),
  'email.verification_failed': failure('reason'),
  'email.change_requested': success(),
  'email.changed': success(),
  'email.change_failed': failure('reason'),
  'identifier.changed': success('reason'),
  'invitation.created': { ...success('invitation'), optional: ['role'] },
  'invitation.accepted': success('invitation'),
  'invitation.revoked': success('invitation'),
  'invitation.failed': failure('reason'),
  'mfa.enrollment_started': success(),
  'mfa.enabled': success(),
  'mfa.disabled': { ...success(), optional: ['reason'] },
  'mfa.backup_codes_renewed': success(),
  'mfa.failed': failure('reason'),
  'identity.linked': success(),
  'identity.unlinked': success(),
  'role.assigned': success('role'),
  'role.unassigned': success('role'),
  'role.created': success('role'),
  'role.updated': { ...success('role', 'fields'), optional: ['previous'] },
  'role.deleted': success('role'),
  'grant.added': success('role', 'permission', 'effect'),
  'grant.removed': success('role', 'permission', 'effect'),
  'permission.created': success('permission'),
  'permission.updated': { ...success('permission', 'fields'), optional: ['previous'] },
  'permission.deleted': success('permission'),
  'principal.disabled': success(),
  'principal.enabled': success(),
  'principal.deleted': success(),
  'record.created': { ...success('record'), kept: false },
  'record.updated': { ...success('record', 'fields'), kept: false },
  'record.deleted': { ...success('record'), kept: false },
  'records.deleted': success('records'),
  'records.exported': success('records'),
  'collection.created': success(),
  'collection.updated': success(),
  'collection.deleted': success(),
  'settings.changed': success('fields'),
  'api_key.created': success(),
  'api_key.updated': success(),
  'api_key.revoked': success(),
  'ssh_key.added': success(),
  'ssh_key.removed': success(),
  'signing_key.rotated': success(),
  'signing_key.retired': success(),
  'access.denied': failure('permission'),
  'request.limited': failure('limit'),
  'request.forged': failure(),
} as const

type Kinds = typeof eventKinds

/** The name of a kind of event. */
export type EventType = keyof Kinds

// The keys of a literal are those of its type.
export const eventTypes = Object.freeze(Object.keys(eventKinds) as EventType[])

/** What every event says. Null stands for what is not known, or does not apply. */
interface EventCommon {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Null where whoever asked named none, as for `session.revoked` and roles. */
  readonly collection: string | null
  /** Whom it is about. Null where nobody is known, as for a sign-in with an unknown identifier. */
  readonly principalId: string | null
  /** Who did it, where that was somebody else. */
  readonly actorId: string | null
  /** The session it is about, else the one that it was asked for in. Null for `session.revoked` where several were. */
  readonly sessionId: string | null
  /** The API key or SSH key it is about, whose owner is `principalId`, or the signing key; else the API key that it was asked for with. */
  readonly keyId: string | null
  /** The network address of whoever asked. */
  readonly ip: string | null
  /** As the client says it: without control characters, at most 512 bytes. */
  readonly userAgent: string | null
  readonly requestId: string | null
}

type RequiredOf<Type extends EventType> = Kinds[Type]['details'][number]
type OptionalOf<Type extends EventType> = Kinds[Type]['optional'][number]

/** What a kind says, and that it says nothing else. */
type DetailsOf<Type extends EventType> = Pick<EventDetails, RequiredOf<Type>> &
  Partial<Pick<EventDetails, OptionalOf<Type>>> & {
    readonly [D in Exclude<Detail, RequiredOf<Type> | OptionalOf<Type>>]?: undefined
  }

type EventOf<Type extends EventType> = EventCommon &
  DetailsOf<Type> & { readonly type: Type; readonly outcome: Kinds[Type]['outcome'] }

/**
 * Something that happened to an account, a session, the policy or a collection, told apart by `type`. It holds no secret, no
 * e-mail address and nothing that somebody typed in, but for the reason of acting as somebody else.
 */
export type CardeaEvent = { readonly [Type in EventType]: EventOf<Type> }[EventType]

/** What whoever reports an event knows; the rest comes from its kind and from the request. */
export type NewEvent<Type extends EventType = EventType> = {
  readonly [T in Type]: { readonly type: T } & DetailsOf<T> &
    Pick<EventCommon, 'at' | 'collection' | 'principalId'> &
    Partial<Pick<EventCommon, 'actorId' | 'sessionId' | 'keyId'>>
}[Type]
