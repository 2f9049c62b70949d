import type { Burst, OpenStore } from './counter.js'

const [, , module = '', url = ''] = process.argv
// Whoever starts the process says which store it counts with.
const { openStore } = (await import(module)) as { readonly openStore: OpenStore }
const { store, close } = await openStore(url)

async function run({ requests, buckets }: Burst): Promise<number> {
  const decisions = await Promise.all(
    Array.from({ length: requests }, async () => await store.take(buckets, Date.now())),
  )
  return decisions.filter((each) => each.every(({ allowed }) => allowed)).length
}

process.on('message', (burst: Burst) => {
  run(burst).then(
    (passed) => process.send?.(passed),
    (error: unknown) => process.send?.(String(error)),
  )
})
process.once('disconnect', () => void close())
process.send?.('ready')
