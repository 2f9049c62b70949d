'use client'

import type { InputHTMLAttributes } from 'react'
import { useSending } from './use-sending.ts'

interface Field extends InputHTMLAttributes<HTMLInputElement> {
  readonly name: string
  readonly label: string
}

interface FieldFormProps {
  readonly fields: readonly Field[]
  readonly submit: string
  readonly onSend: (fields: Readonly<Record<string, string>>) => Promise<void>
}

/** A form that is sent by the page itself, and says what was wrong. */
export function FieldForm({ fields, submit, onSend }: FieldFormProps) {
  const { error, onSubmit, sending } = useSending(onSend)
  return (
    <form method="post" onSubmit={onSubmit}>
      {fields.map(({ label, ...input }) => (
        <label key={input.name}>
          {label}
          <input required {...input} />
        </label>
      ))}
      {error !== undefined && <p role="alert">{error}</p>}
      <button type="submit" disabled={sending}>
        {submit}
      </button>
    </form>
  )
}
