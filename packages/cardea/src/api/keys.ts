import type { ApiKeyView, CreatedApiKey, SshKeyOwner, SshKeyView } from '@cardea/identity'
import type { PatternOf } from '@cardea/permissions'
import type { ClientDetails } from '@cardea/sessions'
import type { Authentication } from './sign-in.js'

/** What a new API key is to be. */
export interface ApiKeyInput<Permission extends string = string> {
  /** Whose key it is: a principal of any collection. */
  readonly principalId: string
  /** For people: at most 200 characters. Default: none. */
  readonly label?: string | undefined
  /**
   * Permissions and wildcards that the key is limited to, at most 100. Null, the default, is all that its owner may at any
   * time; for a key that is made with a key it is what that one may.
   */
  readonly scopes?: readonly PatternOf<Permission>[] | null | undefined
  /** When it ends, in milliseconds since 1970; null, the default, for never. */
  readonly expiresAt?: number | null | undefined
}

/** API keys: for programs, each with a part of its owner's rights. */
export interface ApiKeysApi<Permission extends string> {
  /**
   * Makes a key, which is shown this one time.
   *
   * @param by Who asks. The key then reaches no further than whoever makes it: own keys need `tokens:create`, those of others
   * `tokens:admin` too; scopes are among the maker's own rights; a key makes keys only where its scopes name `tokens:create`
   * or an admin made it without scopes, and what it makes ends with it. Without it the app's code asks, which may all; undefined is
   * refused with `configuration_invalid` but beside a context.
   * @param context The request that asks for it: the owner is told by mail of the new key, with this.
   * @throws CardeaError `invalid_request`, which names a scope that is no permission; `forbidden`, `not_found`, `conflict` when
   * the owner has as many as there can be, `token_invalid` when the key that asks has been revoked.
   */
  create(input: ApiKeyInput<Permission>): Promise<CreatedApiKey>
  create(input: ApiKeyInput<Permission>, by: Authentication, context?: ClientDetails): Promise<CreatedApiKey>
  create(input: ApiKeyInput<Permission>, by: undefined, context: ClientDetails): Promise<CreatedApiKey>
  /** The keys of a principal, the newest first; those too that have ended. */
  list(principalId: string): Promise<readonly ApiKeyView[]>
  /** A key by its id, whoever's it is. */
  find(id: string): Promise<ApiKeyView | undefined>
  /** @throws CardeaError `not_found`, `invalid_request`. */
  relabel(id: string, label: string): Promise<ApiKeyView>
  /** Ends a key for good, and all keys that were made with it. @returns Whether there is such a key. */
  revoke(id: string): Promise<boolean>
  /** Ends a key and those made with it, and removes them. @returns Whether there was such a key. */
  delete(id: string): Promise<boolean>
}

/** A public key as it comes from a `.pub` file. */
export interface SshKeyInput {
  readonly principalId: string
  /** One line as OpenSSH writes it: type, key and comment. */
  readonly publicKey: string
  /** For people: at most 200 characters. Default: the comment of the key. */
  readonly label?: string | undefined
}

/** SSH keys: public keys by which an SSH server of the app finds a principal. */
export interface SshKeysApi {
  /**
   * Adds a key.
   *
   * @param by Who asks. A key signs in as its owner, so adding one to another's account needs `ssh_keys:create` and all rights
   * that the other has; API keys add none. Without it the app's code asks, which may all; undefined is refused with
   * `configuration_invalid` but beside a context.
   * @param context The request that asks for it: the owner is told by mail of the new key, with this.
   * @throws CardeaError `invalid_request`, which says what is wrong with the key; `forbidden`, `not_found`, `conflict` for a key
   * that is in use.
   */
  add(input: SshKeyInput): Promise<SshKeyView>
  add(input: SshKeyInput, by: Authentication, context?: ClientDetails): Promise<SshKeyView>
  add(input: SshKeyInput, by: undefined, context: ClientDetails): Promise<SshKeyView>
  /**
   * Finds the active principal of a key, by one statement. That the other side holds the private key is for the SSH server
   * to have proved.
   *
   * @param fingerprint SHA-256, with or without `SHA256:` in front.
   */
  findByFingerprint(fingerprint: string): Promise<SshKeyOwner | undefined>
  list(principalId: string): Promise<readonly SshKeyView[]>
  /** A key by its id, whoever's it is. */
  find(id: string): Promise<SshKeyView | undefined>
  /** @returns Whether there was such a key. */
  delete(id: string): Promise<boolean>
}
