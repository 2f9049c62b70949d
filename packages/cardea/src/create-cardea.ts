import type { AnyCollection, Collection, RecordOperation, UsersFields } from '@cardea/collections'
import { parseOptions } from '@cardea/core/options'
import type { NoRows, PermissionOf, sdkPermissions } from '@cardea/permissions'
import { systemTables } from '@cardea/storage'
import { bindAudit } from './api/bind-audit.js'
import { bindDefinitions } from './api/bind-definitions.js'
import { bindServices } from './api/bind-services.js'
import { bindSettings } from './api/bind-settings.js'
import type { Cardea } from './api/cardea.js'
import { settleServices } from './api/settle-services.js'
import { bindSigningKeys } from './api/signing-keys.js'
import type { RequestInfo } from './audit/request-context.js'
import { holdAfterHooks } from './hooks/run-hooks.js'
import { loadOperations } from './later/load-operations.js'
import { databaseRateLimits } from './limits/rate-limit-store.js'
import { holdKicks } from './mail/mail.js'
import type { CardeaOptions, DeclaredOptions } from './options/options.js'
import { resolveConfig } from './options/resolve.js'
import { migrateSchema } from './options/schema.js'
import { createBackground } from './services/background.js'
import { holdChanges } from './services/changes.js'
import { createServices } from './services/create-services.js'
import { createReport, createTell, holdEvents } from './services/events.js'
import { joinServices } from './services/services.js'
import type { InstanceMigrationOptions } from './setup/migrate-all.js'
import { createReadiness } from './setup/ready.js'

/** The users collection of an app: its own definition of `users`, or the built-in one. */
type UsersOf<Cs extends readonly AnyCollection[]> = [Extract<Cs[number], { readonly name: 'users' }>] extends [never]
  ? Collection<'users', 'auth', UsersFields>
  : Extract<Cs[number], { readonly name: 'users' }>

/**
 * What code may ask for: what the app declares, what its collections bring, what the SDK's own routes ask for. It is inferred, since
 * compilers then print the permissions, and not the name of this type.
 */
type PermissionsOf<Cs extends readonly AnyCollection[], Declared extends string> =
  | Declared
  | PermissionOf<typeof sdkPermissions>
  | `${Cs[number]['name']}:${RecordOperation}` extends infer Permission extends string
  ? Permission
  : never

/**
 * Builds an instance. It checks the shape of its options and nothing else: no I/O, no connection, no timer, so that a
 * build step may run it without secrets. `ready()` checks the rest before the first request.
 *
 * ```ts
 * const auth = createCardea({ storage: sqlite('./app.db'), secret: process.env.CARDEA_SECRET, ...cmsPreset })
 * ```
 *
 * @throws CardeaError `configuration_invalid`, which names each wrong path and never a value.
 */
export function createCardea<
  const Collections extends readonly AnyCollection[] = readonly [],
  Permission extends string = never,
  Role extends string = never,
  Rows = NoRows,
  DefaultRole extends string = string,
>(
  options: CardeaOptions<Collections, Permission, Role, Rows> &
    DeclaredOptions<Collections, Permission, Role, Rows, DefaultRole>,
): Cardea<
  UsersOf<Collections>,
  Exclude<Collections[number], { readonly name: 'users' }>,
  PermissionsOf<Collections, Permission>,
  Role,
  Rows
> {
  // The types of rows are for the compiler alone, and for those who use what is built here.
  const plain = options as CardeaOptions<Collections, Permission, Role, unknown> as CardeaOptions<
    readonly AnyCollection[],
    string
  >
  const config = resolveConfig(plain, (work) => background.run(work))
  const background = createBackground(options.background, config.logger)
  const tell = createTell(options.onEvent, config.logger)
  const services = createServices(plain, config, tell)
  const tables = [...systemTables, ...services.collections.code.registry.tables()]
  const bound = bindServices(services)
  const { prepare, ready, reset } = createReadiness(services, plain, tables)

  const cardea = {
    ...bound,
    config,
    ready,
    definitions: bindDefinitions(services),
    settings: bindSettings(services),
    keys: bindSigningKeys(services),
    migrate: async (migration: InstanceMigrationOptions = {}) => {
      const parsed = parseOptions(migrateSchema, migration, 'migrate')
      const report = await (await loadOperations()).migrateAll(services, tables, parsed)
      reset()
      return report
    },
    doctor: async () => await (await loadOperations()).examineInstance(services, plain, tables),
    createFirstAdmin: async (input: unknown) => {
      await prepare()
      return await (await loadOperations()).createAdmin(services, bound.users.collection, input, { first: true })
    },
    createAdmin: async (input: unknown) => {
      await prepare()
      return await (await loadOperations()).createAdmin(services, bound.users.collection, input, { first: false })
    },
    jobs: services.mail.jobs,
    audit: bindAudit(services),
    rateLimitStore: databaseRateLimits(services),
    ping: () => services.storage.ping(),
    inRequest: <Result>(request: RequestInfo, work: () => Promise<Result>) => services.context.run(request, work),
    report: createReport({ ...services, tell }),
    with: (transaction: unknown) => {
      const events = holdEvents({ ...services, tell })
      const held = holdKicks(services.mail)
      const after = holdAfterHooks(services.hooks)
      const told = holdChanges(services.changes)
      const own = { ...services, mail: held.mail, hooks: after.hooks, changes: told.changes }
      const joined = joinServices(own, transaction, events.emit)
      const bound = settleServices(bindServices(joined), () =>
        services.audit.writeWithin(joined.storage, events.takeUnwritten()),
      )
      const committed = (): void => {
        events.flush()
        held.flush()
        after.flush()
        told.flush()
      }
      return Object.freeze({ ...bound, committed })
    },
    close: async () => {
      services.changes.stop()
      services.mail.windDown()
      await background.drain()
      await services.audit.flush()
      await services.mail.close()
      await services.storage.close()
    },
  }
  // The services are built from the collections and the catalogue that the type parameters were inferred from.
  return Object.freeze(cardea) as unknown as ReturnType<typeof createCardea<Collections, Permission, Role, Rows>>
}
