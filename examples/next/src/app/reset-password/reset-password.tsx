'use client'

import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'
import { takeToken } from '../take-token.ts'

export function ResetPassword() {
  return (
    <FieldForm
      submit="Set password"
      fields={[{ name: 'password', label: 'New password', type: 'password', autoComplete: 'new-password' }]}
      onSend={async ({ password = '' }) => {
        await auth.confirmPasswordReset({ token: takeToken(), password })
        window.location.assign('/sign-in')
      }}
    />
  )
}
