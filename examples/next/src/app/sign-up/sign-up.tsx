'use client'

import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'

export function SignUp() {
  return (
    <FieldForm
      submit="Sign up"
      fields={[
        { name: 'email', label: 'E-mail', type: 'email', autoComplete: 'username' },
        { name: 'username', label: 'User name', autoComplete: 'nickname' },
        { name: 'name', label: 'Name', autoComplete: 'name' },
        { name: 'password', label: 'Password', type: 'password', autoComplete: 'new-password' },
      ]}
      onSend={async ({ email = '', username = '', name = '', password = '' }) => {
        await auth.register({ email, username, name, password })
        window.location.assign('/')
      }}
    />
  )
}
