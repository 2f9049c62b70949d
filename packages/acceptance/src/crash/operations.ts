import { type RequestOptions, textOf } from '../client.js'
import { findInMail, tokenPattern } from '../dev-mailbox.js'
import { type Account, certainStateOf, type HeldSession, registrationOf, type State } from './account.js'
import type { Lane } from './lane.js'

/**
 * What clients do. An operation says what it needs and, of each request it sends, what the account is like afterwards;
 * whether the server keeps to that is checked for all operations alike.
 */
export interface Operation {
  readonly name: string
  /** How often it is picked, beside the others. */
  readonly weight: number
  /** Whether an account in this state can do it. */
  readonly applies: (state: State, account: Account) => boolean
  run(lane: Lane, account: Account, state: State): Promise<void>
}

let count = 0
/** A password that nobody has had before. */
const newPassword = (): string => {
  count += 1
  return `password number ${count}`
}

/** An account that does not exist yet. */
export function newAccount(collection: Account['collection'], email: string): Account {
  return { collection, email, sessions: [], states: [{ exists: false, password: newPassword(), alive: new Set() }] }
}

const signedIn = (lane: Lane, account: Account, body: object, path: '/register' | '/login', expected: 200 | 201) =>
  lane
    .attempt(account, {
      operation: path.slice(1),
      path,
      options: { body },
      expected,
      // Of a session that nobody was told of, nobody holds anything.
      effect: (state) => ({ ...state, exists: true }),
    })
    .then((answer) => {
      if (answer === undefined) return
      const held: HeldSession = {
        id: textOf(answer.body['session_id']),
        access: textOf(answer.body['access_token']),
        refresh: textOf(answer.body['refresh_token']),
        cookie: answer.cookie,
        spent: [],
      }
      account.sessions.push(held)
      account.states = account.states.map((state) => ({ ...state, alive: new Set([...state.alive, held]) }))
    })

const credentialsOf = ({ access, cookie }: HeldSession): readonly RequestOptions[] =>
  cookie === undefined ? [{ bearer: access }] : [{ bearer: access }, { cookie }]

const aliveOf = ({ alive }: State): readonly HeldSession[] => [...alive]
const deadOf = ({ sessions }: Account, { alive }: State): readonly HeldSession[] =>
  sessions.filter((held) => !alive.has(held))
const without =
  (ended: readonly HeldSession[]) =>
  (state: State): State => ({ ...state, alive: new Set(aliveOf(state).filter((held) => !ended.includes(held))) })

/** Notes the successor of a refresh token. Every token has one at most. */
function rotate(lane: Lane, account: Account, held: HeldSession, token: string, successor: string): void {
  if (held.refresh === successor) return
  if (held.refresh !== token) lane.violate(account, 'a refresh token has two successors')
  held.spent.push(token)
  held.refresh = successor
  delete held.unansweredAt
}

/** How long a token is good after it was exchanged, by the clock of the database, with a little less for the difference. */
const graceMilliseconds = 9_900

/** Whether a refresh has to work: its token is the current one, or was until a few seconds ago. */
const canRefresh = ({ unansweredAt }: HeldSession): boolean =>
  unansweredAt === undefined || performance.now() - unansweredAt < 7_000

const pick = <Item>(lane: Lane, items: readonly Item[]): Item => lane.surroundings.random.pick(items)

/** Accounts that have asked for a link: one each, so that the link in the mails is the one that counts. */
const askedForReset = new WeakSet<Account>()

/** Guesses at an account, which are fewer than those after which its owner is kept waiting as well. */
const guesses = new WeakMap<Account, number>()
const mostGuesses = 4

const operations: readonly Operation[] = [
  {
    name: 'register',
    weight: 6,
    applies: ({ exists }) => !exists,
    run: (lane, account, { password }) => signedIn(lane, account, registrationOf(account, password), '/register', 201),
  },
  {
    name: 'login',
    weight: 4,
    applies: ({ exists }, { sessions }) => exists && sessions.length < 6,
    run: (lane, account, { password }) => signedIn(lane, account, { email: account.email, password }, '/login', 200),
  },
  {
    name: 'wrong login',
    weight: 1,
    applies: ({ exists }, account) => exists && (guesses.get(account) ?? 0) < mostGuesses,
    run: async (lane, account) => {
      guesses.set(account, (guesses.get(account) ?? 0) + 1)
      await lane.attempt(account, {
        operation: 'wrong login',
        path: '/login',
        options: { body: { email: account.email, password: 'not the password' } },
        expected: '401 invalid_credentials',
      })
    },
  },
  {
    name: 'me',
    weight: 4,
    applies: ({ alive }) => alive.size > 0,
    run: async (lane, account, state) => {
      const options = pick(lane, credentialsOf(pick(lane, aliveOf(state))))
      await lane.attempt(account, { operation: 'me', method: 'GET', path: '/me', options, expected: 200 })
    },
  },
  {
    name: 'me after the end',
    weight: 2,
    applies: (state, account) => deadOf(account, state).length > 0,
    run: async (lane, account, state) => {
      const { access } = pick(lane, deadOf(account, state))
      const answer = await lane.send(account, {
        operation: 'me after the end',
        method: 'GET',
        path: '/me',
        options: { bearer: access },
        expected: 401,
      })
      if (answer !== undefined && ![401, 503].includes(answer.status)) {
        lane.violate(account, `an ended session was answered with ${answer.status}`)
      }
    },
  },
  {
    name: 'refresh',
    weight: 4,
    applies: (state) => aliveOf(state).some(canRefresh),
    run: async (lane, account, state) => {
      const held = pick(lane, aliveOf(state).filter(canRefresh))
      const token = held.refresh
      // Twice at once, as from two tabs: both get the same successor.
      const sentAt = performance.now()
      // On a busy machine, one may come to the database after the grace of a token that another request has exchanged.
      const isLate = (): boolean => performance.now() - (held.unansweredAt ?? sentAt) > graceMilliseconds
      const twice = [1, 2].map(async () => {
        const answer = await lane.attempt(account, {
          operation: 'refresh',
          path: '/refresh',
          options: { body: { refresh_token: token } },
          expected: 200,
          otherwise: {
            isRight: (outcome) => isLate() && ['401 token_reused', '401 token_invalid'].includes(outcome),
            effect: without([held]),
          },
        })
        if (answer === undefined) held.unansweredAt ??= sentAt
        else rotate(lane, account, held, token, textOf(answer.body['refresh_token']))
      })
      await Promise.all(twice)
    },
  },
  {
    name: 'refresh with a token of before',
    weight: 1,
    applies: (state) => aliveOf(state).some(({ spent }) => spent.length > 1),
    run: async (lane, account, state) => {
      const held = pick(
        lane,
        aliveOf(state).filter(({ spent }) => spent.length > 1),
      )
      await lane.attempt(account, {
        operation: 'refresh with a token of before',
        path: '/refresh',
        options: { body: { refresh_token: held.spent[0] } },
        expected: '401 token_reused',
        effect: without([held]),
      })
    },
  },
  {
    name: 'logout',
    weight: 2,
    applies: ({ alive }) => alive.size > 0,
    run: async (lane, account, state) => {
      const held = pick(lane, aliveOf(state))
      const options = pick(lane, credentialsOf(held))
      await lane.attempt(account, {
        operation: 'logout',
        path: '/logout',
        options,
        expected: 200,
        effect: without([held]),
      })
    },
  },
  {
    name: 'change password',
    weight: 3,
    applies: ({ alive }) => alive.size > 0,
    run: async (lane, account, state) => {
      const held = pick(lane, aliveOf(state))
      const password = newPassword()
      const { access, cookie } = held
      const answer = await lane.attempt(account, {
        operation: 'change password',
        path: '/me/change-password',
        options: { bearer: access, cookie, body: { current_password: state.password, new_password: password } },
        expected: 204,
        effect: (before) => ({ ...before, password, alive: new Set([held]) }),
      })
      // The session gets another cookie.
      held.cookie = answer?.cookie
    },
  },
  {
    name: 'reset password',
    weight: 1,
    applies: ({ exists }, account) => exists && !askedForReset.has(account),
    run: async (lane, account) => {
      askedForReset.add(account)
      const { email } = account
      const path = '/request-password-reset'
      const asked = await lane.attempt(account, {
        operation: 'ask for a reset',
        path,
        options: { body: { email } },
        expected: 200,
      })
      if (asked === undefined) return
      // Whoever is killed, or has lost its database, sends it later; nobody waits for that here.
      const token = await findInMail([lane.client], email, tokenPattern('reset-password'), 1_000).catch(() => undefined)
      if (token === undefined) return
      const password = newPassword()
      await lane.attempt(account, {
        operation: 'reset password',
        path: '/confirm-password-reset',
        options: { body: { token, password } },
        expected: 200,
        effect: (before) => ({ ...before, password, alive: new Set() }),
      })
    },
  },
  {
    name: 'logout everywhere',
    weight: 1,
    applies: ({ alive }) => alive.size > 1,
    run: async (lane, account, state) => {
      const { access } = pick(lane, aliveOf(state))
      await lane.attempt(account, {
        operation: 'logout everywhere',
        method: 'DELETE',
        path: '/sessions/all',
        options: { bearer: access },
        expected: 204,
        effect: without(account.sessions),
      })
    },
  },
]

/** Does one thing with an account that is in a certain state. */
export async function operate(lane: Lane, account: Account): Promise<void> {
  const state = certainStateOf(account)
  if (state === undefined) return
  const possible = operations.filter(({ applies }) => applies(state, account))
  const weighted = possible.flatMap((operation) => Array.from({ length: operation.weight }, () => operation))
  await pick(lane, weighted).run(lane, account, state)
}
