import { CodeSignIn } from './code-sign-in.tsx'

export default function CodePage() {
  return (
    <main>
      <h1>Sign in with a code</h1>
      <CodeSignIn />
    </main>
  )
}
