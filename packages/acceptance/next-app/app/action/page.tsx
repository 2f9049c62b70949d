import { currentApp } from '../../current-app'

/** What an action may have done. */
async function update(): Promise<void> {
  'use server'
  const { cardea, options } = await currentApp()
  const me = await cardea.getAuth()
  me.authorize('content:update')
  await options.pause?.()
}

export default async function Page() {
  // Written for each request, and not when the app is built.
  await currentApp()
  return (
    <form action={update}>
      <button type="submit">Update</button>
    </form>
  )
}
