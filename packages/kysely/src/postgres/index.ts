export type { StorageOptions } from '../storage/options.js'
export type { PostgresClient, PostgresPool, PostgresQuery } from './client.js'
export { type PostgresOptions, postgres } from './postgres.js'
