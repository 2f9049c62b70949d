import Link from 'next/link'
import { redirect } from 'next/navigation'
import { findAuth } from '../../cardea.ts'
import { Account } from './account.tsx'

export const metadata = { title: 'Account' }

export default async function AccountPage() {
  if ((await findAuth()) === undefined) redirect('/sign-in')
  return (
    <main>
      <h1>Account</h1>
      <nav>
        <Link href="/">Posts</Link>
      </nav>
      <Account />
    </main>
  )
}
