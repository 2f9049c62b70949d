import type { Factors, FactorsDeps } from '../factor/factors.js'
import type { SshKeys, SshKeysDeps } from '../ssh-key/ssh-keys.js'
import type { Verifications, VerificationsDeps } from '../verification/verifications.js'
import { lazyMethods, loadOperations } from './load-operations.js'

/** Second factors; their code loads with their first use. */
export const lazyFactors = (deps: FactorsDeps): Factors =>
  lazyMethods<Factors>(async () => (await loadOperations()).createFactors(deps), {
    find: true,
    enroll: true,
    checkEnrolment: true,
    activate: true,
    check: true,
    consume: true,
    renewBackupCodes: true,
    disable: true,
  })

/** Single-use secrets; their code loads with their first use. */
export const lazyVerifications = (deps: VerificationsDeps): Verifications =>
  lazyMethods<Verifications>(async () => (await loadOperations()).createVerifications(deps), {
    issueToken: true,
    issueCode: true,
    renewToken: true,
    findByToken: true,
    tryCode: true,
    hasFlow: true,
    countAttempt: true,
    consume: true,
    carryOver: true,
    revoke: true,
  })

/** SSH keys, 100 of a principal at most; their code loads with their first use. */
export const lazySshKeys = (deps: Omit<SshKeysDeps, 'maxPerPrincipal'>): SshKeys => ({
  ...lazyMethods<Omit<SshKeys, 'withStorage'>>(async () => (await loadOperations()).createSshKeys(deps), {
    add: true,
    findByFingerprint: true,
    list: true,
    find: true,
    delete: true,
  }),
  withStorage: (storage) => lazySshKeys({ ...deps, storage }),
})
