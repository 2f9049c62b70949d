'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'

type Session = Awaited<ReturnType<typeof auth.sessions.list>>[number]

/** Where one is signed in; all but this one can be ended. */
export function Sessions() {
  const [sessions, setSessions] = useState<readonly Session[]>([])
  const heading = useRef<HTMLHeadingElement>(null)
  const load = useCallback(async () => setSessions(await auth.sessions.list()), [])
  useEffect(() => {
    load().catch(() => undefined)
  }, [load])
  const onEnded = async () => {
    await load()
    // The button is gone with its session.
    heading.current?.focus()
  }
  return (
    <section aria-label="Sessions">
      <h2 tabIndex={-1} ref={heading}>
        Sessions
      </h2>
      <ul>
        {sessions.map(({ id, user_agent: userAgent, current }) => (
          <li key={id}>
            <span id={`session-${id}`}>{userAgent ?? 'unknown'}</span>{' '}
            {current ? <strong>(this one)</strong> : <End id={id} onEnded={onEnded} />}
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
  return <FieldForm submit="End" fields={[]} onSend={end} about={`session-${id}`} />
}
