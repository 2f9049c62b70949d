'use client'

import { useState } from 'react'
import { auth } from '../../client.ts'
import { FieldForm } from '../../field-form.tsx'
import { SecondFactor } from '../second-factor.tsx'

/** By a code that comes by mail, whether there is such an account or not. */
export function CodeSignIn() {
  const [sent, setSent] = useState<{ readonly email: string; readonly flow_id: string }>()
  const [ticket, setTicket] = useState<string>()
  if (ticket !== undefined) return <SecondFactor ticket={ticket} />
  if (sent === undefined) {
    return (
      <FieldForm
        submit="Send a code"
        fields={[{ name: 'email', label: 'E-mail', type: 'email', autoComplete: 'username' }]}
        onSend={async ({ email = '' }) => {
          const { flow_id } = await auth.otp.request({ email })
          setSent({ email, flow_id })
        }}
      />
    )
  }
  return (
    <FieldForm
      takesFocus
      submit="Sign in"
      fields={[{ name: 'code', label: 'Code', inputMode: 'numeric', autoComplete: 'one-time-code' }]}
      onSend={async ({ code = '' }) => {
        const outcome = await auth.otp.verify({ ...sent, code })
        if (outcome.status === 'mfa-required') setTicket(outcome.mfa_token)
        else window.location.assign('/')
      }}
    />
  )
}
