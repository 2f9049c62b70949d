export type { StorageOptions } from '../storage/options.js'
export type { MysqlPool } from './client.js'
export { type MysqlOptions, mysql } from './mysql.js'
