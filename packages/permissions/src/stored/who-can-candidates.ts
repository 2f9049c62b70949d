import { and, compareScalars, eq } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'

/** Some principals that may have a permission, in the order of their ids. */
export interface CandidateBatch {
  readonly ids: readonly string[]
  /** Everybody up to here was looked at; null when that is all. */
  readonly position: string | null
}

export interface CandidateSource {
  /** The next ones, at most so many, or fewer although there are more. */
  read(count: number): Promise<CandidateBatch>
}

export interface CandidateQuery {
  /** The roles that give the permission. */
  readonly roleIds: readonly string[]
  /** The tenants whose assignments count, with the empty text for everywhere. */
  readonly tenants: readonly string[]
  /** The principal to go on after. */
  readonly after: string | undefined
}

/** From this many lists of holders on, all assignments are walked over instead: most of them will be of these roles. */
const maximumLists = 16

/** How many rows one statement reads. */
const chunk = 200
const walkedChunk = 500

/**
 * Finds the holders of roles in the order of their ids, without reading those that come later or came before.
 *
 * A few roles are read by the index of their holders, each role for itself; many roles by the index of principals.
 */
export function createCandidates(operations: StorageOperations, query: CandidateQuery): CandidateSource {
  const { roleIds, tenants, after } = query
  if (roleIds.length * tenants.length > maximumLists) return walk(operations, query)
  const lists = roleIds.flatMap((roleId) =>
    tenants.map((tenant) => new HolderList(operations, { roleId, tenant, after })),
  )
  return {
    read: async (count) => {
      const ids: string[] = []
      while (ids.length < count) {
        const next = await lowest(lists)
        if (next === undefined) return { ids, position: null }
        ids.push(next)
        for (const list of lists) list.skip(next)
      }
      return { ids, position: ids.at(-1) ?? null }
    },
  }
}

async function lowest(lists: readonly HolderList[]): Promise<string | undefined> {
  let found: string | undefined
  // One after the other: within a transaction there is one connection.
  for (const list of lists) {
    const next = await list.peek()
    if (next !== undefined && (found === undefined || isBefore(next, found))) found = next
  }
  return found
}

/** The holders of one role in one tenant, each once. */
class HolderList {
  readonly #operations: StorageOperations
  readonly #role: { readonly roleId: string; readonly tenant: string }
  #waiting: readonly string[] = []
  #place = 0
  #last: string | undefined
  #hasMore = true

  constructor(
    operations: StorageOperations,
    { after, ...role }: { readonly roleId: string; readonly tenant: string; readonly after: string | undefined },
  ) {
    this.#operations = operations
    this.#role = role
    this.#last = after
  }

  /** The next holder, who stays the next until skipped. */
  async peek(): Promise<string | undefined> {
    while (this.#place >= this.#waiting.length && this.#hasMore) {
      const rows = await this.#operations.find(roleAssignments, {
        where: and(eq('role_id', this.#role.roleId), eq('tenant', this.#role.tenant)),
        orderBy: [{ field: 'principal_id', direction: 'asc' }],
        ...(this.#last === undefined ? {} : { after: [this.#last] }),
        limit: chunk,
      })
      this.#hasMore = rows.length === chunk
      // Whoever holds the role for many objects is here as often, and comes no more in the next chunk.
      this.#waiting = [...new Set(rows.map((row) => row.principal_id))]
      this.#place = 0
      this.#last = this.#waiting.at(-1)
    }
    return this.#waiting[this.#place]
  }

  skip(principalId: string): void {
    if (this.#waiting[this.#place] === principalId) this.#place += 1
  }
}

/** Goes over all principals that hold anything, and picks those that hold one of the roles. */
function walk(operations: StorageOperations, query: CandidateQuery): CandidateSource {
  const roleIds = new Set(query.roleIds)
  const tenants = new Set(query.tenants)
  let position = query.after
  return {
    read: async () => {
      const rows = await operations.find(roleAssignments, {
        orderBy: [{ field: 'principal_id', direction: 'asc' }],
        ...(position === undefined ? {} : { after: [position] }),
        limit: walkedChunk,
      })
      const isLast = rows.length < walkedChunk
      const seen = [...new Set(rows.map((row) => row.principal_id))]
      // More rows of the last one may follow, so it waits for the next time, unless it is alone here: then it is asked anyway.
      const cut = !isLast && seen.length > 1 ? seen.pop() : undefined
      const alone = !isLast && seen.length === 1 ? seen[0] : undefined
      const holding = new Set(
        rows
          .filter((row) => row.principal_id !== cut && roleIds.has(row.role_id) && tenants.has(row.tenant))
          .map((row) => row.principal_id),
      )
      position = seen.at(-1)
      const ids = seen.filter((id) => holding.has(id) || id === alone)
      return { ids, position: isLast ? null : (position ?? null) }
    },
  }
}

const isBefore = (a: string, b: string): boolean => (compareScalars(a, b) ?? 0) < 0
