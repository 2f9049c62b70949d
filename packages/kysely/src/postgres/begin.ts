import { backoffMilliseconds } from '../driver/time.js'

/** Any number will do, as long as every process takes the same. */
const retryLock = 0x63617264

/**
 * The statements that begin a transaction.
 *
 * Two transactions that wait for each other are told apart by the server only after a second (`deadlock_timeout`), in
 * which everybody behind them waits as well. So a first try gives up a lock after 100 to 200 ms. Those who try again come
 * one after the other, whichever process they are of, and wait longer: what is still in their way are first tries, which
 * end soon.
 *
 * @param tries Which try it is, from 1 up.
 */
export function beginTransaction(tries: number): readonly string[] {
  const begin = 'begin isolation level read committed'
  if (tries > 1) return [begin, `select pg_advisory_xact_lock(${retryLock})`]
  return [begin, `set local lock_timeout = ${Math.round(100 + backoffMilliseconds(1, 100, 100))}`]
}
