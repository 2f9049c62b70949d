'use client'

import { type InputHTMLAttributes, useEffect, useId, useRef } from 'react'
import { useSending } from './use-sending.ts'

interface Field extends InputHTMLAttributes<HTMLInputElement> {
  readonly name: string
  readonly label: string
}

interface FieldFormProps {
  readonly fields: readonly Field[]
  readonly submit: string
  readonly onSend: (fields: Readonly<Record<string, string>>) => Promise<void>
  /** For a form in the place of another one, whose button was in focus: its first field is then. */
  readonly takesFocus?: boolean
  /** The id of what the button is about, where a page has several of them. */
  readonly about?: string
}

/** A form that is sent by the page itself, and says what was wrong. */
export function FieldForm({ fields, submit, onSend, takesFocus = false, about }: FieldFormProps) {
  const { error, onSubmit, ready, sending } = useSending(onSend)
  const errorId = useId()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (takesFocus) form.current?.querySelector('input')?.focus()
  }, [takesFocus])
  const toldOf = (name: string) =>
    error?.fields.includes(name) === true ? { 'aria-invalid': true, 'aria-describedby': errorId } : {}
  return (
    <form method="post" onSubmit={onSubmit} ref={form}>
      {fields.map(({ label, ...input }) => (
        <label key={input.name}>
          {label}
          <input required {...input} {...toldOf(input.name)} />
        </label>
      ))}
      {error !== undefined && (
        <p role="alert" id={errorId}>
          {error.text}
        </p>
      )}
      <button type="submit" disabled={!ready} aria-disabled={sending} aria-describedby={about}>
        {submit}
      </button>
    </form>
  )
}
