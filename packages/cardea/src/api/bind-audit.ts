import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { AuditApi } from './audit.js'

/** The audit, over the services of a storage. */
export function bindAudit(services: Services): AuditApi {
  return Object.freeze<AuditApi>({
    list: async (query = {}) => await (await loadOperations()).listAudit(services, query),
    count: async (filter = {}) => await (await loadOperations()).countAudit(services, filter),
    flush: () => services.audit.flush(),
  })
}
