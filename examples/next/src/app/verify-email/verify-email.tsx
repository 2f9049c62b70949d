'use client'

import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'
import { takeToken } from '../take-token.ts'

export function VerifyEmail() {
  return (
    <FieldForm
      submit="Confirm"
      fields={[]}
      onSend={async () => {
        await auth.confirmVerification({ token: takeToken() })
        window.location.assign('/')
      }}
    />
  )
}
