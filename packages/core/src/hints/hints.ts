/** What can have changed: roles and assignments, definitions and settings of collections, signing keys. */
export const changeTopics = Object.freeze(['policy', 'configuration', 'keys'] as const)

export type ChangeTopic = (typeof changeTopics)[number]

/**
 * Tells other nodes that something has changed, so that what they remember is put away at once. A hint is never the truth:
 * one that is lost, comes late, twice or for nothing makes no difference but in time.
 */
export interface ChangeHints {
  /** Tells the others, and this node too; never throws and is not awaited. */
  publish(topic: ChangeTopic): void
  /** @returns What ends it. */
  subscribe(listener: (topic: ChangeTopic) => void): () => void
}
