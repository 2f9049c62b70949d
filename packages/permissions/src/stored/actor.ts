import type { Subject } from '../engine/subject.js'
import type { StoredPolicy } from './stored-policy.js'

/**
 * Who makes a change, where that is not the app's own code: what he may do is read inside the transaction that makes it,
 * once nobody else can change the policy any more. So nobody gives away what was taken from him a moment before.
 *
 * @param within The policy inside the transaction.
 * @param options.tenant The tenant that the change is about; empty for none. What he may do elsewhere does not count.
 * @returns What he may do, less all that his credential is limited by.
 */
export type Actor = (within: StoredPolicy, options: { readonly tenant: string }) => Promise<Subject<string>>

export interface ChangeOptions {
  /** Who makes the change: he gives nothing that he does not have himself. Default: the app's code, which may all. */
  readonly by?: Actor | undefined
}
