import { type Account, type HeldSession, pathOf, registrationOf, type State } from './account.js'
import { Lane, outcomeOf, type Surroundings } from './lane.js'

/**
 * Looks what became of an account, and notes a violation unless it is in one of the states that it may be in. Afterwards
 * only that one is possible.
 */
export async function probe(surroundings: Surroundings, account: Account): Promise<void> {
  const lane = new Lane(surroundings)
  const answer = async (operation: string, path: string, options: object, method: 'GET' | 'POST' = 'POST') => {
    const entry = surroundings.history.begin(operation, account.email)
    const response = await lane.client.send(method, `${pathOf(account)}${path}`, options)
    surroundings.history.end(entry, outcomeOf(response))
    return response
  }
  const working: string[] = []
  const passwords = new Set(account.states.map(({ password }) => password))
  for (const password of passwords) {
    const { status } = await answer('look: login', '/login', { body: { email: account.email, password } })
    if (status === 200) working.push(password)
    else if (status !== 401) lane.violate(account, `a login was answered with ${status}`)
  }
  const alive = new Set<HeldSession>()
  for (const held of account.sessions) {
    const { status } = await answer('look: me', '/me', { bearer: held.access }, 'GET')
    if (status === 200) alive.add(held)
    else if (status !== 401) lane.violate(account, `a session was answered with ${status}`)
  }
  const fits = (state: State): boolean =>
    (state.exists ? working.length === 1 && working[0] === state.password : working.length === 0) &&
    state.alive.size === alive.size &&
    [...alive].every((held) => state.alive.has(held))
  const found = account.states.find(fits)
  if (found === undefined) {
    const described = `passwords that work: ${working.join(', ') || 'none'}; sessions alive: ${alive.size} of ${account.sessions.length}`
    const legal = account.states.map(
      (state) => `${state.exists ? state.password : 'absent'}, ${state.alive.size} sessions`,
    )
    lane.violate(account, `${described}; possible was: ${legal.join(' or ')}`)
    return
  }
  account.states = [found]
  if (!found.exists) await requireAbsent(lane, account, found)
}

/** Of an account that is not there, nothing is there: its address is free. */
async function requireAbsent(lane: Lane, account: Account, { password }: State): Promise<void> {
  const body = registrationOf(account, password)
  const answer = await lane.client.post(`${pathOf(account)}/register`, body)
  if (answer.status !== 201) lane.violate(account, `half of it is there: registering again gave ${outcomeOf(answer)}`)
  account.states = [{ exists: true, password, alive: new Set() }]
}
