import { redirect } from 'next/navigation'
import { currentApp } from '../../current-app'

export async function generateMetadata() {
  const { cardea } = await currentApp()
  const me = await cardea.findAuth()
  return { title: me?.userId ?? 'nobody' }
}

/** For who is signed in, asked in several places. */
export default async function Page() {
  const { cardea } = await currentApp()
  const me = (await cardea.findAuth()) ?? redirect('/sign-in')
  return (
    <main>
      <p>{me.userId}</p>
      <Permissions />
      <Permissions />
    </main>
  )
}

async function Permissions() {
  const { cardea } = await currentApp()
  const { subject } = await cardea.getAuth()
  return <p>{subject.can('content:update') ? 'may update' : 'may not update'}</p>
}
