import { type AnyCollection, builtInUsers, createRecords, isAuthCollection } from '@cardea/collections'
import { type Clock, createUuidV7, secureRandom, systemClock } from '@cardea/core/crypto'
import {
  createApiKeys,
  createDevices,
  createThrottle,
  lazyFactors,
  lazySshKeys,
  lazyVerifications,
} from '@cardea/identity'
import { createStoredPolicy } from '@cardea/permissions/stored'
import { createSessions } from '@cardea/sessions'
import { createOAuthService } from '../accounts/oauth/oauth-service.js'
import { createAuditLog } from '../audit/audit-log.js'
import { createRequestContext } from '../audit/request-context.js'
import { createCollectionStore } from '../collections/collection-store.js'
import { createHookRunner } from '../hooks/run-hooks.js'
import { loadOperations } from '../later/load-operations.js'
import { createMail } from '../mail/create-mail.js'
import type { CardeaOptions } from '../options/options.js'
import type { ResolvedConfig } from '../options/resolve.js'
import { usersName } from '../options/users-name.js'
import { createAdmission } from '../pipeline/sign-in-rule.js'
import { rememberSettings, settingsOfOptions } from '../settings/effective-settings.js'
import { lazyKeyring } from '../setup/secrets.js'
import { announcePolicy } from './announced-policy.js'
import { createChanges } from './changes.js'
import { createPasswordService, usualPasswordPolicy } from './create-password-service.js'
import { declaredPolicy } from './declared-policy.js'
import { createEmit, type Tell } from './events.js'
import { createNeeds } from './needs.js'
import { createRememberedSubjects } from './remembered-subjects.js'
import type { Services } from './services.js'
import { systemTimers } from './timers.js'

/** Long enough to look at what somebody sees, short enough to be asked for each time. */
const defaultImpersonationSeconds = 900

/** Puts the packages together. No I/O, no timer; keys are derived when the first is asked for. */
export function createServices(
  options: CardeaOptions<readonly AnyCollection[], string>,
  config: ResolvedConfig,
  tell: Tell,
): Services {
  const { storage } = options
  const clock: Clock = options.clock ?? systemClock
  const random = options.random ?? secureRandom
  const createId = createUuidV7(clock, random)
  const keyring = lazyKeyring(options.secret, config, random)
  const timers = options.timers ?? systemTimers
  const context = createRequestContext()
  const audit = createAuditLog(options.audit, {
    storage,
    clock,
    createId,
    logger: config.logger,
    background: config.background,
  })
  const emit = createEmit({ audit, context, tell })
  const hooks = createHookRunner(options.hooks ?? {}, config.logger, (work, milliseconds) =>
    timers.after(milliseconds, work),
  )
  const { tablePrefix } = options
  const code = withUsers(options.collections ?? [])
  const collections = createCollectionStore(storage, { code, tablePrefix, logger: config.logger })
  const passwords = createPasswordService(options.passwords, { clock, random, keyring, logger: config.logger })
  const optionSettings = settingsOfOptions(
    options.auth,
    usualPasswordPolicy(options.passwords),
    options.sessions?.lifetimes,
  )
  const settings = rememberSettings(optionSettings, () => collections.current.settings)
  const sessions = createSessions({
    storage,
    clock,
    random,
    createId,
    keyring,
    issuer: config.baseUrl,
    audience: config.baseUrl,
    lifetimes: options.sessions?.lifetimes ?? {},
    lifetimesOf: (name) => {
      const collection = collections.current.registry.get(name)
      return collection !== undefined && isAuthCollection(collection) ? settings(collection).lifetimes : {}
    },
    longestAccessSeconds: () => {
      const all = collections.current.registry.list().filter(isAuthCollection)
      return Math.max(...all.map((collection) => settings(collection).lifetimes.accessSeconds))
    },
    maxPerPrincipal: options.sessions?.maxPerPrincipal,
    mode: options.sessions?.mode ?? 'strict',
    accessTokens: options.sessions?.accessTokens ?? {},
    ...(hooks.has('accessTokenClaims') ? { extraClaims: (about) => hooks.claims(about) } : {}),
    background: config.background,
    onEvent: (event) => emit({ ...event, type: 'session.refresh_token_reused' }),
  })
  const changes = createChanges(options.hints, timers, config.logger)
  const declared = declaredPolicy(options, code)
  const { catalogue, roles } = declared
  const stored = createStoredPolicy({ storage, clock, createId, catalogue, roles, logger: config.logger })
  const policy = announcePolicy(stored, changes)
  const subjects = createRememberedSubjects(policy, clock)
  changes.on('policy', () => subjects.forgetAll())
  // A hint that cannot be followed is a lost one.
  changes.on('keys', () => sessions.keys.forget())
  changes.on('configuration', () => config.background(collections.latest().catch(() => undefined)))
  const services: Services = {
    config,
    clock,
    random,
    createId,
    keyring,
    collections,
    tablePrefix,
    declared,
    needs: createNeeds(),
    delivery: { cookie: config.delivery !== 'token', tokens: config.delivery === 'cookie' ? 'refresh' : true },
    defaultRole: options.defaultRole,
    ownership: options.ownership ?? [],
    impersonationSeconds: options.sessions?.impersonationSeconds ?? defaultImpersonationSeconds,
    passwords,
    storage,
    records: createRecords({
      clock,
      tables: collections.table,
      loadMapped: loadOperations,
      onMissing: (collection, principalId) =>
        services.later(async () => await (await loadOperations()).endMissing(services, collection, principalId)),
    }),
    settings,
    admits: createAdmission(settings, clock),
    optionSettings,
    verifications: lazyVerifications({ clock, random, createId, keyring }),
    throttle: createThrottle({ clock, keyring }),
    devices: createDevices({ clock, random, keyring }),
    factors: lazyFactors({ clock, random, createId, keyring }),
    hooks,
    sessions,
    apiKeys: createApiKeys({
      storage,
      clock,
      random,
      createId,
      background: config.background,
      ...options.apiKeys,
    }),
    sshKeys: lazySshKeys({ storage, clock, createId }),
    policy,
    subjects,
    changes,
    emit,
    audit,
    context,
    mail: createMail(
      {
        options: options.mail,
        baseUrl: config.baseUrl,
        appName: config.appName,
        timers,
      },
      () => services,
    ),
    oauth: createOAuthService(options.oauth, { baseUrl: config.baseUrl, clock }),
    later: (work) => config.background(work()),
  }
  return services
}

/** The built-in users are always there; an app that defines `users` adds its fields to them. */
function withUsers(collections: readonly AnyCollection[]): readonly AnyCollection[] {
  return collections.some(({ name }) => name === usersName) ? collections : [builtInUsers(), ...collections]
}
