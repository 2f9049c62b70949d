import { createHandler } from '@cardea/http'
import type { Flow } from '../flow.js'
import { password, type World } from '../world.js'

type Node = Awaited<ReturnType<World['withPairs']>>

/** A flow on a node that signs with key pairs, and knows them. */
const onNode = (name: string, act: (node: Node, world: World) => Promise<unknown>): Flow => ({
  name,
  prepare: async (world) => {
    const node = await world.withPairs()
    return () => act(node, world)
  },
})

/** Signs in where a key pair signs. */
async function accessOf(node: Node, world: World): Promise<string> {
  const { username } = await world.signUp()
  const signedIn = await node.users.login({ username, password })
  return signedIn.accessToken ?? ''
}

const verifying = async (node: Node, accessToken: string): Promise<void> => {
  const { authenticated } = await node.sessions.verify({ accessToken })
  if (!authenticated) throw new Error('not authenticated')
}

export const signingKeyFlows: readonly Flow[] = [
  {
    name: 'key set',
    route: 'signingKeys',
    prepare: async (world) => {
      const handler = createHandler(await world.withPairs(), { rateLimits: 'off' })
      const ask = async () => {
        const { status } = await handler(new Request('https://app.test/.well-known/jwks.json'), { ip: '192.0.2.1' })
        if (status !== 200) throw new Error(`${status}`)
      }
      await ask()
      return ask
    },
  },
  {
    name: 'guarded request by access token of a key pair',
    prepare: async (world) => {
      const node = await world.withPairs()
      const access = await accessOf(node, world)
      return () => verifying(node, access)
    },
  },
  {
    name: 'access token of a key pair that was made elsewhere a moment ago',
    prepare: async (world) => {
      const [node, other] = [await world.withPairs(), await world.withPairs()]
      await other.keys.rotate({ now: true })
      const access = await accessOf(other, world)
      return () => verifying(node, access)
    },
  },
  onNode('list signing keys', (node) => node.keys.list()),
  onNode('ask for the key set', (node) => node.keys.published()),
  onNode('make the next signing key', (node) => node.keys.rotate()),
  {
    name: 'end the signing key',
    prepare: async (world) => {
      const node = await world.withPairs()
      const { id } = await node.keys.rotate({ now: true })
      return () => node.keys.retire(id)
    },
  },
  {
    name: 'end a signing key before it signs',
    prepare: async (world) => {
      const node = await world.withPairs()
      const { id } = await node.keys.rotate()
      return () => node.keys.retire(id)
    },
  },
  {
    name: 'make the next signing key when it is time',
    // With the time that has passed, other things are over as well.
    counted: false,
    prepare: async (world) => {
      const node = await world.withPairs()
      world.time.now += 9 * 86_400_000
      return () => node.jobs.run()
    },
  },
]
