import { and, eq, gt, matches, oneOf, param } from '@cardea/core'
import { type Clock, type CreateId, constantTimeEqual, type Keyring, type RandomBytes } from '@cardea/core/crypto'
import { type FindOneQuery, type FindQuery, type Found, type StorageOperations, verifications } from '@cardea/storage'
import { activeStatus, toPrincipalState } from '../principal/principal-state.js'
import { createDigits, createTokenSecret, hashSecret, parseToken, possibleHashes, toToken } from './secret.js'
import type {
  CodeRefusal,
  CodeResult,
  IssuedCode,
  IssuedToken,
  NewVerification,
  PendingVerification,
  RenewedToken,
  VerificationPurpose,
} from './verification.js'

export interface VerificationsDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  readonly keyring: Keyring
}

/** What a presented secret has to be for. */
export interface ExpectedVerification {
  readonly purpose: VerificationPurpose
  readonly collection: string
}

/** Where a presented code is looked for. */
export interface ExpectedCode extends ExpectedVerification {
  readonly subject: string
  /** Absent: the newest of the subject is meant. */
  readonly flowId?: string | undefined
  /**
   * Counts the attempt in place of the row's own tries, which are its flow's. @returns Whether one was left.
   */
  readonly countAttempt?: (id: string) => Promise<boolean>
}

/**
 * Single-use secrets that wait to be presented: links, codes, tickets.
 *
 * Every method throws CardeaError `unavailable` when storage cannot be reached.
 */
export interface Verifications {
  /** Makes a link. One of the same purpose, collection, subject and flow is replaced. */
  issueToken(operations: StorageOperations, verification: NewVerification): Promise<IssuedToken>

  /** Makes a code, of 6 digits by default, with a number of tries, by default 5. */
  issueCode(
    operations: StorageOperations,
    verification: NewVerification & { readonly digits?: number; readonly maxAttempts?: number },
  ): Promise<IssuedCode>

  /**
   * Makes the secret of a link anew, and keeps all else of it: for links whose secret is made when the mail is. The secret
   * before is worth nothing from then on.
   *
   * @returns Undefined where the link does not wait any more, for every reason.
   */
  renewToken(storage: StorageOperations, id: string, expected: ExpectedVerification): Promise<RenewedToken | undefined>

  /**
   * Finds what a link's token stands for, by one statement. Nothing is used up.
   *
   * @returns Undefined for every reason: unknown, of another purpose or collection, expired, used, outdated.
   */
  findByToken(
    storage: StorageOperations,
    token: unknown,
    expected: ExpectedVerification,
  ): Promise<PendingVerification | undefined>

  /**
   * Tries a code. The attempt is counted before the comparison, in the statement that checks the limit, so n guesses at
   * once cost n tries. As many statements for a subject that has none.
   *
   * @see NIST SP 800-63B-4 §3.1.3
   */
  tryCode(storage: StorageOperations, code: unknown, expected: ExpectedCode): Promise<CodeResult>

  /** Whether a secret was made for a flow; one statement. */
  hasFlow(
    storage: StorageOperations,
    flow: ExpectedVerification & { readonly subject: string; readonly flowId: string },
  ): Promise<boolean>

  /** Counts an attempt on what hangs on a token, such as the code that goes with a ticket. @returns Whether there was one left. */
  countAttempt(storage: StorageOperations, pending: PendingVerification): Promise<boolean>

  /**
   * Uses it up: of all callers at any time, exactly one gets true. Called inside the transaction that has the effects.
   */
  consume(transaction: StorageOperations, pending: PendingVerification): Promise<boolean>

  /** Lets a secret live on over a bump of its principal's epoch that its owner caused. @returns Whether it was there still. */
  carryOver(transaction: StorageOperations, pending: PendingVerification, newEpoch: number): Promise<boolean>

  /** Ends pending secrets of a principal, of some purposes or of all. @returns How many there were. */
  revoke(
    transaction: StorageOperations,
    principalId: string,
    purposes?: readonly VerificationPurpose[],
  ): Promise<number>
}

/** Tries of a code, and of what goes with a token. */
const defaultAttempts = 5
/** About 20 bits, with few tries and ten minutes (NIST SP 800-63B-4 §3.1.3.2). */
const defaultDigits = 6

/** What is no id of a flow names none, and need not be something that a database takes as text. */
const possibleFlow = (flowId: string): string => (/^[\w-]{1,64}$/.test(flowId) ? flowId : '-')

const included = { principal: true, authz: true } as const
type Row = Found<typeof verifications, typeof included>

const byId: FindOneQuery<typeof verifications, typeof included> = {
  where: eq('id', param('id')),
  include: included,
}
const byFlow: FindOneQuery<typeof verifications, typeof included> = {
  where: matches({
    purpose: param('purpose'),
    collection: param('collection'),
    subject: param('subject'),
    flow_id: param('flowId'),
  }),
  include: included,
}
const newest: FindQuery<typeof verifications, typeof included> = {
  where: matches({ purpose: param('purpose'), collection: param('collection'), subject: param('subject') }),
  include: included,
  orderBy: [
    { field: 'created_at', direction: 'desc' },
    { field: 'id', direction: 'desc' },
  ],
  limit: 1,
}

export function createVerifications({ clock, random, createId, keyring }: VerificationsDeps): Verifications {
  const issue = async (
    operations: StorageOperations,
    verification: NewVerification,
    secret: string,
    maxAttempts: number,
  ): Promise<{ readonly id: string; readonly expiresAt: number }> => {
    const { purpose, collection, subject, flowId = '', principal, bound = null, lifetimeSeconds } = verification
    const id = createId()
    const now = clock()
    const changing = {
      id,
      principal_id: principal?.id ?? null,
      epoch: principal?.epoch ?? null,
      bound,
      secret_hash: hashSecret(keyring, { purpose, collection, id }, secret),
      attempts_left: maxAttempts,
      created_at: now,
      expires_at: now + lifetimeSeconds * 1_000,
    }
    await operations.insert(
      verifications,
      { ...changing, purpose, collection, subject, flow_id: flowId },
      { onConflict: { key: 'flow', do: { set: changing } } },
    )
    return { id, expiresAt: changing.expires_at }
  }

  const countAttempt = async (storage: StorageOperations, id: string): Promise<boolean> => {
    const changed = await storage.update(verifications, {
      where: and(eq('id', id), gt('expires_at', clock()), gt('attempts_left', 0)),
      increment: { attempts_left: -1 },
    })
    return changed === 1
  }

  /** Whether the row still counts, apart from its secret. */
  const isCurrent = (row: Row): boolean =>
    row.principal_id === null ||
    (row.principal !== null && row.principal.status === activeStatus && row.principal.epoch === row.epoch)

  const isRight = (row: Row, secret: string): boolean =>
    possibleHashes(keyring, row, secret).some((hash) => constantTimeEqual(hash, row.secret_hash))

  const consume = async (transaction: StorageOperations, pending: PendingVerification): Promise<boolean> => {
    // What the row holds is known already, so that a deletion will do, which is one statement on every database.
    const deleted = await transaction.delete(
      verifications,
      and(matches({ id: pending.id, secret_hash: pending.secretHash }), gt('expires_at', clock())),
    )
    return deleted === 1
  }

  return {
    issueToken: async (operations, verification) => {
      const secret = createTokenSecret(random)
      const { id, expiresAt } = await issue(operations, verification, secret, defaultAttempts)
      return { id, token: toToken(id, secret), expiresAt }
    },

    issueCode: async (operations, { digits = defaultDigits, maxAttempts = defaultAttempts, ...verification }) => {
      const code = createDigits(random, digits)
      return { code, ...(await issue(operations, verification, code, maxAttempts)) }
    },

    renewToken: async (storage, id, { purpose, collection }) => {
      const row = await storage.findOne(verifications, byId, { id })
      if (row === undefined || row.purpose !== purpose || row.collection !== collection) return undefined
      if (!isCurrent(row) || row.expires_at <= clock()) return undefined
      const secret = createTokenSecret(random)
      const renewed = await storage.update(verifications, {
        where: matches({ id, secret_hash: row.secret_hash }),
        set: { secret_hash: hashSecret(keyring, { purpose, collection, id }, secret) },
      })
      if (renewed !== 1) return undefined
      const { subject, bound, created_at: createdAt, expires_at: expiresAt } = row
      return { id, token: toToken(id, secret), subject, bound, createdAt, expiresAt }
    },

    findByToken: async (storage, token, { purpose, collection }) => {
      const parsed = parseToken(token)
      if (parsed === undefined) return undefined
      const row = await storage.findOne(verifications, byId, { id: parsed.id })
      if (row === undefined || row.purpose !== purpose || row.collection !== collection) return undefined
      if (!isRight(row, parsed.secret) || !isCurrent(row) || row.expires_at <= clock()) return undefined
      return toPending(row)
    },

    tryCode: async (storage, code, { purpose, collection, subject, flowId, countAttempt: countElsewhere }) => {
      const row =
        flowId === undefined
          ? (await storage.find(verifications, newest, { purpose, collection, subject }))[0]
          : await storage.findOne(verifications, byFlow, { purpose, collection, subject, flowId: possibleFlow(flowId) })
      // Counted also where there is nothing to count on, so that as much happens for an address that nobody has.
      const id = row?.id ?? nobody
      const counted = await (countElsewhere === undefined ? countAttempt(storage, id) : countElsewhere(id))
      const refuse = (reason: CodeRefusal): CodeResult => ({
        accepted: false,
        reason,
        principal: row === undefined || row.principal === null ? undefined : toPrincipalState(row.principal),
      })
      if (row === undefined) return refuse('unknown')
      if (!counted) return refuse(row.expires_at <= clock() ? 'expired' : 'exhausted')
      if (typeof code !== 'string' || !isRight(row, code)) return refuse('mismatch')
      if (!isCurrent(row)) return refuse('outdated')
      return { accepted: true, pending: toPending(row) }
    },

    hasFlow: async (storage, { purpose, collection, subject, flowId }) =>
      (await storage.findOne(verifications, byFlow, { purpose, collection, subject, flowId })) !== undefined,
    countAttempt: (storage, { id }) => countAttempt(storage, id),
    consume,

    carryOver: async (transaction, { id, secretHash }, newEpoch) => {
      // Only from the epoch just left: what an earlier bump has ended stays ended.
      const changed = await transaction.update(verifications, {
        where: matches({ id, secret_hash: secretHash, epoch: newEpoch - 1 }),
        set: { epoch: newEpoch },
      })
      return changed === 1
    },

    revoke: async (transaction, principalId, purposes) => {
      const own = eq('principal_id', principalId)
      return await transaction.delete(
        verifications,
        purposes === undefined ? own : and(own, oneOf('purpose', [...purposes])),
      )
    },
  }
}

/** Of no row. */
const nobody = '00000000-0000-0000-0000-000000000000'

function toPending(row: Row): PendingVerification {
  return {
    id: row.id,
    // Only `issue` writes the column.
    purpose: row.purpose as VerificationPurpose,
    collection: row.collection,
    subject: row.subject,
    flowId: row.flow_id,
    bound: row.bound,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    principal: row.principal === null ? undefined : toPrincipalState(row.principal),
    versions: { policy: row.authz.policy_version, config: row.authz.config_version },
    secretHash: row.secret_hash,
  }
}
