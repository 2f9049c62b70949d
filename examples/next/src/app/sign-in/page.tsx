import Link from 'next/link'
import { redirect } from 'next/navigation'
import { findAuth } from '../../cardea.ts'
import { SignIn } from './sign-in.tsx'

export const metadata = { title: 'Sign in' }

export default async function SignInPage() {
  if ((await findAuth()) !== undefined) redirect('/')
  return (
    <main>
      <h1>Sign in</h1>
      <SignIn />
      <nav>
        <Link href="/sign-in/code">With a code by mail</Link>
        <Link href="/sign-up">Sign up</Link>
      </nav>
    </main>
  )
}
