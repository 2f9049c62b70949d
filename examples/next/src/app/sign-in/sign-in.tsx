'use client'

import { useState } from 'react'
import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'
import { SecondFactor } from './second-factor.tsx'

/** By password, and by a second factor where the account has one. */
export function SignIn() {
  const [ticket, setTicket] = useState<string>()
  if (ticket !== undefined) return <SecondFactor ticket={ticket} />
  return (
    <FieldForm
      submit="Sign in"
      fields={[
        { name: 'email', label: 'E-mail', type: 'email', autoComplete: 'username' },
        { name: 'password', label: 'Password', type: 'password', autoComplete: 'current-password' },
      ]}
      onSend={async ({ email = '', password = '' }) => {
        const outcome = await auth.signIn({ email, password })
        if (outcome.status === 'mfa-required') setTicket(outcome.mfa_token)
        else window.location.assign('/')
      }}
    />
  )
}
