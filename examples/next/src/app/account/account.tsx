'use client'

import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'
import { Address } from './address.tsx'
import { SecondFactorSetUp } from './second-factor-set-up.tsx'
import { Sessions } from './sessions.tsx'

export function Account() {
  return (
    <>
      <Address />
      <SecondFactorSetUp />
      <Sessions />
      <FieldForm
        submit="Sign out"
        fields={[]}
        onSend={async () => {
          await auth.signOut()
          window.location.assign('/sign-in')
        }}
      />
    </>
  )
}
