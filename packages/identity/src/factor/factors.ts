import { and, CardeaError, eq, gt, isNull, lt, matches, not, oneOf, param } from '@cardea/core'
import { type Clock, type CreateId, type Keyring, type RandomBytes, seal, unseal } from '@cardea/core/crypto'
import {
  type FindOneQuery,
  type FindQuery,
  factors,
  principals,
  type RowOf,
  type StorageOperations,
} from '@cardea/storage'
import { backupCodeCount, backupCodeHashes, createBackupCode, normalizeBackupCode } from './backup-code.js'
import { drawQrCode } from './qr-code.js'
import { createTotpSecret, findTotpStep, normalizeTotpCode, totpUri } from './totp.js'

export interface FactorsDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  readonly keyring: Keyring
}

/** What a principal has of second factors. */
export interface FactorState {
  /** `pending` until a first code has shown that the app has the secret. */
  readonly totp: 'none' | 'pending' | 'active'
  readonly backupCodesRemaining: number
}

/** A new generator, for its owner to put into an app. It is shown this once. */
export interface TotpEnrolment {
  /** In base32, to be typed in. */
  readonly secret: string
  readonly otpauthUri: string
  /** The URI as a picture: an SVG document. */
  readonly qrSvg: string
}

/** What somebody typed in to prove a second factor. */
export type FactorAttempt = { readonly code: string } | { readonly backupCode: string }

/**
 * A code that may stand for a factor, and is yet to be used up: for a generator it was compared, for a backup code only
 * using it up tells.
 */
export type FactorClaim =
  | { readonly kind: 'totp'; readonly principalId: string; readonly factorId: string; readonly step: number }
  | { readonly kind: 'backup_code'; readonly principalId: string; readonly hashes: readonly string[] }

/** Whether a code may count. */
export type FactorCheck =
  | { readonly fits: true; readonly claim: FactorClaim }
  | {
      readonly fits: false
      /** For logs, never for the client. */
      readonly reason: 'malformed' | 'no_factor' | 'mismatch' | 'replayed'
    }

/**
 * Second factors: a generator of time-based one-time passwords (RFC 6238) per principal, and backup codes for when it is
 * lost. Whoever checks codes counts the attempts before, and bumps the principal's epoch in the transaction of whatever
 * changes factors: that also lets one change after the other.
 */
export interface Factors {
  /** What a principal has, by one statement. */
  find(operations: StorageOperations, principalId: string): Promise<FactorState>

  /**
   * Begins with a new generator. One that was begun before and never confirmed is worth nothing from then on.
   *
   * @param names What the app shows: `issuer` is the name of the service, `account` what the user is called there.
   * @returns Undefined when a generator is in use: it has to be disabled first.
   */
  enroll(
    operations: StorageOperations,
    principalId: string,
    names: { readonly issuer: string; readonly account: string },
  ): Promise<TotpEnrolment | undefined>

  /**
   * Compares a code with the generator that is waiting to be confirmed.
   *
   * @throws CardeaError `unavailable` also when the key is missing that its secret was encrypted with.
   */
  checkEnrolment(operations: StorageOperations, principalId: string, code: string): Promise<FactorCheck>

  /**
   * Puts the generator of a claim from {@link Factors.checkEnrolment} to use: of many at once, one succeeds.
   *
   * @returns The backup codes, shown this once; undefined when the generator is in use already or was replaced.
   */
  activate(transaction: StorageOperations, claim: FactorClaim): Promise<readonly string[] | undefined>

  /**
   * Compares a code with the generator in use; a backup code is only brought into form. A malformed one costs no look-up.
   *
   * @throws CardeaError `unavailable` also when the key is missing that the secret was encrypted with.
   */
  check(operations: StorageOperations, principalId: string, attempt: FactorAttempt): Promise<FactorCheck>

  /**
   * Uses a code up, by one conditional statement. No time step at or before the last one is accepted, however clocks move,
   * and a backup code is gone: of many at once, one succeeds.
   *
   * @returns Whether it counts.
   */
  consume(operations: StorageOperations, claim: FactorClaim): Promise<boolean>

  /** Makes new backup codes and the old ones worthless. @returns Undefined where no generator is in use. */
  renewBackupCodes(transaction: StorageOperations, principalId: string): Promise<readonly string[] | undefined>

  /** Takes all factors from a principal, confirmed or not. @returns Whether one was in use. */
  disable(transaction: StorageOperations, principalId: string): Promise<boolean>
}

const totp = 'totp'
const backupCode = 'backup_code'
/** There is one generator for a principal: nothing else tells it apart. */
const noHash = ''

const byOwner: FindQuery<typeof factors> = { where: eq('principal_id', param('principalId')), limit: 'all' }
const generator: FindOneQuery<typeof factors> = {
  where: matches({ principal_id: param('principalId'), kind: totp, code_hash: noHash }),
}

export function createFactors(deps: FactorsDeps): Factors {
  const { clock, random, createId, keyring } = deps
  const contextOf = (principalId: string, factorId: string) =>
    ({ keyring, purpose: 'factor-encryption', owner: `${principalId}|${factorId}` }) as const

  const findGenerator = (operations: StorageOperations, principalId: string) =>
    operations.findOne(factors, generator, { principalId })

  /** A secret that cannot be read says nothing about the code: it must never look like a wrong one. */
  const secretOf = (row: RowOf<typeof factors>): string => {
    const secret = row.secret === null ? undefined : unseal(contextOf(row.principal_id, row.id), row.secret)
    if (secret === undefined) {
      throw new CardeaError('unavailable', 'A second factor cannot be read: is a root secret missing?')
    }
    return secret
  }

  const compare = async (row: RowOf<typeof factors> | undefined, code: string): Promise<FactorCheck> => {
    if (row === undefined) return { fits: false, reason: 'no_factor' }
    const step = await findTotpStep(secretOf(row), code, clock(), row.last_used_step)
    if (step === undefined) return { fits: false, reason: 'mismatch' }
    if (step === 'replayed') return { fits: false, reason: 'replayed' }
    return { fits: true, claim: { kind: totp, principalId: row.principal_id, factorId: row.id, step } }
  }

  const writeBackupCodes = async (transaction: StorageOperations, principalId: string): Promise<readonly string[]> => {
    await transaction.delete(factors, matches({ principal_id: principalId, kind: backupCode }))
    const codes = Array.from({ length: backupCodeCount }, () => createBackupCode(random))
    const now = clock()
    await transaction.insert(
      factors,
      codes.map((code) => ({
        id: createId(),
        principal_id: principalId,
        kind: backupCode,
        code_hash: backupCodeHashes(keyring, principalId, normalizeBackupCode(code) ?? code)[0],
        confirmed_at: now,
        created_at: now,
      })),
    )
    return codes
  }

  return {
    async find(operations, principalId) {
      const rows = await operations.find(factors, byOwner, { principalId })
      const own = rows.find(({ kind }) => kind === totp)
      return {
        totp: own === undefined ? 'none' : own.confirmed_at === null ? 'pending' : 'active',
        backupCodesRemaining: rows.filter(({ kind }) => kind === backupCode).length,
      }
    },

    async enroll(operations, principalId, { issuer, account }) {
      const secret = await createTotpSecret(random)
      const otpauthUri = await totpUri(secret, issuer, account)
      const qrSvg = await drawQrCode(otpauthUri)
      const id = createId()
      const fresh = { id, secret: seal(contextOf(principalId, id), random, secret), created_at: clock() }
      const written = await operations.insert(
        factors,
        { ...fresh, principal_id: principalId, kind: totp, code_hash: noHash },
        { onConflict: { key: 'factor', do: { set: fresh }, where: isNull('confirmed_at') } },
      )
      return written === 0 ? undefined : { secret, otpauthUri, qrSvg }
    },

    async checkEnrolment(operations, principalId, code) {
      const digits = normalizeTotpCode(code)
      if (digits === undefined) return { fits: false, reason: 'malformed' }
      const row = await findGenerator(operations, principalId)
      return await compare(row?.confirmed_at === null ? row : undefined, digits)
    },

    async activate(transaction, claim) {
      if (claim.kind !== totp) return undefined
      const confirmed = await transaction.update(factors, {
        where: and(eq('id', claim.factorId), isNull('confirmed_at')),
        set: { confirmed_at: clock(), last_used_step: claim.step },
      })
      if (confirmed !== 1) return undefined
      await transaction.update(principals, { where: eq('id', claim.principalId), increment: { second_factors: 1 } })
      return await writeBackupCodes(transaction, claim.principalId)
    },

    async check(operations, principalId, attempt) {
      if ('backupCode' in attempt) {
        const code = normalizeBackupCode(attempt.backupCode)
        if (code === undefined) return { fits: false, reason: 'malformed' }
        const hashes = backupCodeHashes(keyring, principalId, code)
        return { fits: true, claim: { kind: backupCode, principalId, hashes } }
      }
      const digits = normalizeTotpCode(attempt.code)
      if (digits === undefined) return { fits: false, reason: 'malformed' }
      const row = await findGenerator(operations, principalId)
      return await compare(row === undefined || row.confirmed_at === null ? undefined : row, digits)
    },

    async consume(operations, claim) {
      if (claim.kind === backupCode) {
        const { principalId, hashes } = claim
        const own = matches({ principal_id: principalId, kind: backupCode })
        return (await operations.delete(factors, and(own, oneOf('code_hash', hashes)))) === 1
      }
      const used = await operations.update(factors, {
        where: and(eq('id', claim.factorId), not(isNull('confirmed_at')), lt('last_used_step', claim.step)),
        set: { last_used_step: claim.step },
      })
      return used === 1
    },

    async renewBackupCodes(transaction, principalId) {
      const row = await findGenerator(transaction, principalId)
      if (row === undefined || row.confirmed_at === null) return undefined
      return await writeBackupCodes(transaction, principalId)
    },

    async disable(transaction, principalId) {
      await transaction.delete(factors, eq('principal_id', principalId))
      const disabled = await transaction.update(principals, {
        where: and(eq('id', principalId), gt('second_factors', 0)),
        set: { second_factors: 0 },
      })
      return disabled === 1
    },
  }
}
