/** One name for all who use a database, within the 64 characters that a lock's name has. */
const retryLock = "md5(concat('cardea retry ', coalesce(database(), '')))"

/** For the next transaction alone. The default, REPEATABLE READ, reads what was true when it began. */
const isolation = 'set transaction isolation level read committed'

/**
 * The statements that begin a transaction.
 *
 * The server ends one of those that wait for each other at once, but they meet again when they all come again at once. So
 * those who try again come one after the other, whichever process they are of; who waits a second for that goes on anyway.
 * What is still in their way are first tries, which never wait for this lock.
 *
 * @param tries Which try it is, from 1 up.
 */
const begin = (tries: number): readonly string[] =>
  tries > 1 ? [`do get_lock(${retryLock}, 1)`, 'start transaction'] : ['start transaction']

/** The same on a connection that somebody else has set up, as an app's pool. */
const beginShared = (tries: number): readonly string[] => [...begin(tries).slice(0, -1), isolation, 'start transaction']

/** What is left to do after a transaction. Where the lock was not got, this does nothing. */
const afterwards = (tries: number): readonly string[] => (tries > 1 ? [`do release_lock(${retryLock})`] : [])

/** How transactions begin on connections of our own. */
export const ownTransactions = { begin, afterwards }

/** How transactions begin on connections of the app. */
export const sharedTransactions = { begin: beginShared, afterwards }
