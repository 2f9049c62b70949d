'use client'

import { useCallback, useEffect, useState } from 'react'
import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'

type Session = Awaited<ReturnType<typeof auth.sessions.list>>[number]

/** Where one is signed in; all but this one can be ended. */
export function Sessions() {
  const [sessions, setSessions] = useState<readonly Session[]>([])
  const load = useCallback(async () => setSessions(await auth.sessions.list()), [])
  useEffect(() => {
    load().catch(() => undefined)
  }, [load])
  return (
    <section aria-label="Sessions">
      <h2>Sessions</h2>
      <ul>
        {sessions.map(({ id, user_agent: userAgent, current }) => (
          <li key={id}>
            {userAgent ?? 'unknown'} {current ? <strong>(this one)</strong> : <End id={id} onEnded={load} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

function End({ id, onEnded }: { readonly id: string; readonly onEnded: () => Promise<void> }) {
  const end = async () => {
    await auth.sessions.revoke(id)
    await onEnded()
  }
  return <FieldForm submit="End" fields={[]} onSend={end} />
}
