import { SignUp } from './sign-up.tsx'

export const metadata = { title: 'Sign up' }

export default function SignUpPage() {
  return (
    <main>
      <h1>Sign up</h1>
      <SignUp />
    </main>
  )
}
