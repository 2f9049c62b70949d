import type { MigrateOptions, MigrationReport, SchemaProblem, StorageExamination, Table } from '@cardea/storage'

/** What a storage can do about its schema: needed at deployment and at the start of a process, by no request. */
export interface SchemaTools {
  migrate(tables: readonly Table[], options?: MigrateOptions): Promise<MigrationReport>
  verify(tables: readonly Table[]): Promise<readonly SchemaProblem[]>
  examine(): Promise<StorageExamination>
}
