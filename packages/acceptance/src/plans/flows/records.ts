import type { RouteName } from '@cardea/http/contract'
import { base, expecting, type Flow, unknownId } from '../flow.js'
import type { Person, Sent, World } from '../world.js'

/** Somebody with a note, and an admin; the node knows what both may. */
interface Scene {
  readonly author: Person
  readonly admin: Person
  readonly note: string
  readonly etag: string
  /** A customer whom the author may not change. */
  readonly customer: string
}

async function scene(world: World): Promise<Scene> {
  const [author, admin] = [await world.signUp(), await world.signUp()]
  await world.auth.permissions.assign(admin.id, 'admin')
  const { record, etag } = await world.auth.records.notes.create({ title: 'A note', author: author.id })
  const { id } = (await world.auth.records.customers.create({ email: world.fresh().email })).record
  for (const { access } of [author, admin]) {
    await world.send('GET', `${base}/collections/notes/records/${unknownId}`, { bearer: access })
  }
  return { author, admin, note: record.id, etag, customer: id }
}

type Who = 'author' | 'admin' | 'nobody'

const asked = (
  route: RouteName,
  name: string,
  who: Who,
  [method, path, status]: readonly [string, (scene: Scene) => string, number],
  more: (scene: Scene, world: World) => Sent = () => ({}),
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const all = await scene(world)
    const credential = who === 'nobody' ? {} : { bearer: all[who].access }
    const sent = { ...credential, ...more(all, world) }
    return () => expecting(status, world.send(method, `${base}/collections/${path(all)}`, sent))
  },
})

const notes = (query: string) => () => `notes/records${query}`
const note = ({ note: id }: Scene): string => `notes/records/${id}`
const customer = ({ customer: id }: Scene): string => `customers/records/${id}`
const place = (...values: readonly unknown[]): string => Buffer.from(JSON.stringify(values)).toString('base64url')

let made = 0
const fresh = (): string => {
  made += 1
  return `fresh-${made}`
}

/** Records of collections, by rules and permissions. */
export const recordFlows: readonly Flow[] = [
  asked('listRecords', 'list records', 'nobody', ['GET', notes('?cursor=&limit=20'), 200]),
  asked('listRecords', 'list records, and how many there are', 'nobody', ['GET', notes('?limit=20'), 200]),
  asked('listRecords', 'list records, on from a place', 'nobody', [
    'GET',
    notes(`?limit=20&cursor=${place('n3000')}`),
    200,
  ]),
  asked('listRecords', 'list records by a unique field', 'nobody', ['GET', notes('?filter[slug][eq]=slug77'), 200]),
  asked('listRecords', 'list records of somebody', 'author', [
    'GET',
    ({ author }) => `notes/records?filter[author][eq]=${author.id}`,
    200,
  ]),
  asked('listRecords', 'list records with whose they are', 'admin', [
    'GET',
    notes('?cursor=&limit=20&expand=author'),
    200,
  ]),
  asked('listRecords', 'list records: locked', 'author', ['GET', () => 'customers/records', 403]),
  asked('listRecords', 'list principals by an address', 'admin', [
    'GET',
    () => 'customers/records?cursor=&filter[email][eq]=c77@filled.test',
    200,
  ]),
  asked('exportRecords', 'export records of somebody', 'author', [
    'GET',
    ({ author }) => `notes/records/export?format=json&filter[author][eq]=${author.id}`,
    200,
  ]),
  asked('showRecord', 'show a record', 'nobody', ['GET', note, 200]),
  asked('showRecord', 'show a record of oneself with whose it is', 'author', [
    'GET',
    ({ note: id }) => `notes/records/${id}?expand=author`,
    200,
  ]),
  asked('createRecord', 'make a record', 'author', ['POST', notes(''), 201], () => ({ body: { title: 'x' } })),
  asked('createRecord', 'make a record: of nothing', 'author', ['POST', notes(''), 422], () => ({
    body: { title: 'x', topic: unknownId },
  })),
  asked('updateRecord', 'change a record', 'author', ['PATCH', note, 200], () => ({
    body: { title: 'y', slug: fresh() },
  })),
  asked('updateRecord', 'change a record: as an admin', 'admin', ['PATCH', note, 200], () => ({
    body: { title: 'y' },
  })),
  asked('updateRecord', 'change a record: another one by now', 'author', ['PATCH', note, 412], () => ({
    body: { title: 'y' },
    ifMatch: '"x"',
  })),
  asked('deleteRecord', 'delete a record', 'author', ['DELETE', note, 204]),
  asked('deleteRecord', 'delete a record as it was seen', 'author', ['DELETE', note, 204], ({ etag }) => ({
    ifMatch: etag,
  })),
  asked('deleteRecords', 'delete all records of somebody', 'author', [
    'DELETE',
    ({ author }) => `notes/records?filter[author][eq]=${author.id}`,
    200,
  ]),
  asked(
    'createRecord',
    'make a principal through its record',
    'admin',
    ['POST', () => 'customers/records', 201],
    () => ({
      body: { email: `${fresh()}@example.test`, phone: fresh() },
    }),
  ),
  asked('updateRecord', 'change the record of a principal', 'admin', ['PATCH', customer, 200], () => ({
    body: { badge: fresh() },
  })),
  asked('updateRecord', 'change what a principal signs in by', 'admin', ['PATCH', customer, 200], () => ({
    body: { phone: fresh() },
  })),
  asked('deleteRecord', 'delete a principal through its record', 'admin', ['DELETE', customer, 204]),
  asked('deleteRecords', 'delete principals through their records', 'admin', [
    'DELETE',
    ({ customer: id }) => `customers/records?filter[id][eq]=${id}`,
    200,
  ]),
]
