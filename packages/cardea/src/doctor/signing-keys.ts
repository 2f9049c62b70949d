import type { Finding } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { explain } from './explain.js'

const name = 'access token keys'

/** The key pairs that sign access tokens. With HS256 there are none to look at, unless others sign with them. */
export async function examineSigningKeys({ config, sessions, clock }: Services): Promise<readonly Finding[]> {
  const { accessTokenAlgorithm: algorithm } = config
  if (algorithm === 'HS256') return []
  try {
    const keys = await sessions.keys.list()
    const signing = keys.find(({ state }) => state === 'signing')
    if (signing === undefined) {
      return [{ name, status: 'ok', message: `the first ${algorithm} key is made when the app starts` }]
    }
    const sealed = keys.filter(({ opens, state }) => !opens && (state === 'signing' || state === 'upcoming'))
    if (sealed.length > 0) {
      const message = `no secret opens ${sealed.map(({ id }) => id).join(', ')}: nobody can sign in ${sealed.includes(signing) ? 'now' : 'once it is to sign'}`
      const advice =
        'add the secret that it was made under to the list in `secret`, or run `npx cardea keys rotate --now`'
      return [{ name, status: 'problem', message, advice }]
    }
    const days = Math.floor((clock() - signing.notBefore) / 86_400_000)
    const age = days === 1 ? '1 day' : `${days} days`
    const message = `${signing.algorithm} key ${signing.id} has signed for ${age}`
    const others = keys.filter((key) => key.algorithm !== algorithm && key.retireAt === null)
    if (others.length === 0) return [{ name, status: 'ok', message }]
    return [
      {
        name,
        status: 'warning',
        message: `${message}; ${others.map(({ id }) => id).join(', ')} of another algorithm still counts`,
        advice: 'run `npx cardea keys rotate` once all nodes sign with the new algorithm',
      },
    ]
  } catch (error) {
    return [{ name, status: 'problem', ...explain(error) }]
  }
}
