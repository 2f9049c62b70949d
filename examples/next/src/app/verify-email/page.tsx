import { redirect } from 'next/navigation'
import { findAuth } from '../../cardea.ts'
import { VerifyEmail } from './verify-email.tsx'

export const metadata = { title: 'Confirm your address' }

export default async function VerifyEmailPage() {
  // Whoever has the mail alone may have the account of somebody who has the password alone.
  if ((await findAuth()) === undefined) redirect('/sign-in')
  return (
    <main>
      <h1>Confirm your address</h1>
      <VerifyEmail />
    </main>
  )
}
