import { ResetPassword } from './reset-password.tsx'

export const metadata = { title: 'A new password' }

export default function ResetPasswordPage() {
  return (
    <main>
      <h1>A new password</h1>
      <ResetPassword />
    </main>
  )
}
