'use client'

import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'

/** Takes the code of the app, or a backup code. */
export function SecondFactor({ ticket }: { readonly ticket: string }) {
  return (
    <FieldForm
      takesFocus
      submit="Go on"
      fields={[{ name: 'code', label: 'Code of your app, or a backup code', autoComplete: 'one-time-code' }]}
      onSend={async ({ code = '' }) => {
        const proof = /^\d{6}$/.test(code) ? { code } : { backup_code: code }
        await auth.mfa.verify({ mfa_token: ticket, ...proof })
        window.location.assign('/')
      }}
    />
  )
}
