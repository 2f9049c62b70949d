import { isClientError } from '@cardea/client'
import { type SyntheticEvent, useEffect, useState } from 'react'

/** What went wrong, and the names of the fields that it is about. */
interface SendingError {
  readonly text: string
  readonly fields: readonly string[]
}

/** What a form of the browser needs: what to do with its fields, and what went wrong. */
export function useSending(work: (fields: Readonly<Record<string, string>>) => Promise<void>) {
  const [error, setError] = useState<SendingError>()
  // Nothing can be sent until this runs: without it, a browser would send the fields in its own way.
  const [ready, setReady] = useState(false)
  const [sending, setSending] = useState(false)
  useEffect(() => setReady(true), [])
  const send = async (fields: Readonly<Record<string, string>>) => {
    setSending(true)
    // What is said twice is read out twice.
    setError(undefined)
    try {
      await work(fields)
    } catch (thrown) {
      if (!isClientError(thrown)) throw thrown
      const issues = thrown.issues ?? []
      const text = [thrown.message, ...issues.map(({ path, message }) => `${path} ${message}`)].join(' ')
      setError({ text, fields: issues.map(({ path }) => path) })
    } finally {
      setSending(false)
    }
  }
  const onSubmit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    // The button is not disabled meanwhile: whoever has it in focus would lose their place.
    if (sending) return
    const fields: Record<string, string> = {}
    for (const [name, value] of new FormData(event.currentTarget)) if (typeof value === 'string') fields[name] = value
    void send(fields)
  }
  return { error, onSubmit, ready, sending }
}
