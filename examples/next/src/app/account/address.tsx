'use client'

import { useEffect, useState } from 'react'
import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'

/** Whose account it is, and a link by mail that proves the address. */
export function Address() {
  const [user, setUser] = useState<{ readonly email: string; readonly verified: boolean }>()
  const [sent, setSent] = useState(false)
  useEffect(() => {
    const load = async () => setUser(await auth.me())
    // Without an answer the page says nothing of it.
    load().catch(() => undefined)
  }, [])
  if (user === undefined) return null
  const send = async () => {
    await auth.requestVerification({ email: user.email })
    setSent(true)
  }
  return (
    <section aria-label="Address">
      <h2>{user.email}</h2>
      {!user.verified && !sent && <FieldForm submit="Send a link" fields={[]} onSend={send} />}
      <p role="status">{sent && 'Follow the link in the mail.'}</p>
    </section>
  )
}
