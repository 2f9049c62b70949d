import { isClientError } from '@cardea/client'
import { type SyntheticEvent, useEffect, useState } from 'react'

/** What a form of the browser needs: what to do with its fields, and what went wrong. */
export function useSending(work: (fields: Readonly<Record<string, string>>) => Promise<void>) {
  const [error, setError] = useState<string>()
  // Nothing can be sent until this runs: without it, a browser would send the fields in its own way.
  const [sending, setSending] = useState(true)
  useEffect(() => setSending(false), [])
  const send = async (fields: Readonly<Record<string, string>>) => {
    setSending(true)
    try {
      await work(fields)
      setError(undefined)
    } catch (thrown) {
      if (!isClientError(thrown)) throw thrown
      setError([thrown.message, ...(thrown.issues ?? []).map(({ path, message }) => `${path} ${message}`)].join(' '))
    } finally {
      setSending(false)
    }
  }
  const onSubmit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields: Record<string, string> = {}
    for (const [name, value] of new FormData(event.currentTarget)) if (typeof value === 'string') fields[name] = value
    void send(fields)
  }
  return { error, onSubmit, sending }
}
