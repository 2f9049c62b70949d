import { CodeSignIn } from './code-sign-in.tsx'

export const metadata = { title: 'Sign in with a code' }

export default function CodePage() {
  return (
    <main>
      <h1>Sign in with a code</h1>
      <CodeSignIn />
    </main>
  )
}
