import { type AnyCollection, builtInUsers, createRecords } from '@cardea/collections'
import { type Clock, createUuidV7, secureRandom, systemClock } from '@cardea/core/crypto'
import {
  createApiKeys,
  createPasswordHasher,
  createPasswords,
  createSshKeys,
  defaultPasswordPolicy,
} from '@cardea/identity'
import { createStoredPolicy } from '@cardea/permissions/stored'
import { createSessions } from '@cardea/sessions'
import { createCollectionStore } from '../collections/collection-store.js'
import type { CardeaOptions } from '../options/options.js'
import type { ResolvedConfig } from '../options/resolve.js'
import { usersName } from '../options/users-name.js'
import { lazyKeyring } from '../setup/secrets.js'
import { declaredCatalogue, declaredResources, declaredRoles } from './declared-policy.js'
import type { Emit } from './events.js'
import { createRememberedSubjects } from './remembered-subjects.js'
import type { Services } from './services.js'

/** Puts the packages together. No I/O, no timer; keys are derived when the first is asked for. */
export function createServices(
  options: CardeaOptions<readonly AnyCollection[], string>,
  config: ResolvedConfig,
  emit: Emit,
): Services {
  const { storage } = options
  const clock: Clock = options.clock ?? systemClock
  const random = options.random ?? secureRandom
  const createId = createUuidV7(clock, random)
  const keyring = lazyKeyring(options.secret, config, random)
  const { tablePrefix } = options
  const code = withUsers(options.collections ?? [])
  const collections = createCollectionStore(storage, { code, tablePrefix, logger: config.logger })
  const { minLength, ...hashing } = options.passwords ?? {}
  const passwords = createPasswords({
    clock,
    hasher: createPasswordHasher(hashing),
    policy: { ...defaultPasswordPolicy, ...(minLength === undefined ? {} : { minLength }) },
  })
  const sessions = createSessions({
    storage,
    clock,
    random,
    createId,
    keyring,
    issuer: config.baseUrl,
    audience: config.baseUrl,
    lifetimes: options.sessions?.lifetimes ?? {},
    mode: options.sessions?.mode ?? 'strict',
    background: config.background,
    onEvent: (event) => emit({ ...event, type: 'session.refresh_token_reused' }),
  })
  const policy = createStoredPolicy({
    storage,
    clock,
    createId,
    catalogue: declaredCatalogue(options.permissions, code),
    roles: declaredRoles(options.roles),
  })
  return {
    config,
    clock,
    random,
    createId,
    keyring,
    collections,
    tablePrefix,
    declaredResources: declaredResources(options.permissions),
    delivery: { cookie: config.delivery !== 'token', tokens: config.delivery !== 'cookie' },
    defaultRole: options.defaultRole,
    passwords,
    storage,
    records: createRecords({ clock, tables: collections.table }),
    sessions,
    apiKeys: createApiKeys({
      storage,
      clock,
      random,
      createId,
      background: config.background,
      ...options.apiKeys,
    }),
    sshKeys: createSshKeys({ storage, clock, createId }),
    policy,
    subjects: createRememberedSubjects(policy, clock),
    emit,
    later: (work) => config.background(work()),
  }
}

/** The built-in users are always there; an app that defines `users` adds its fields to them. */
function withUsers(collections: readonly AnyCollection[]): readonly AnyCollection[] {
  return collections.some(({ name }) => name === usersName) ? collections : [builtInUsers(), ...collections]
}
