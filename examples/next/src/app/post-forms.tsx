'use client'

import { useActionState } from 'react'
import { createPost, removePost } from './actions.ts'

export function NewPost() {
  const [{ error }, act, pending] = useActionState(createPost, {})
  return (
    <form action={act}>
      <h2>A new post</h2>
      <label>
        Title
        <input name="title" required maxLength={200} />
      </label>
      <label>
        Text
        <textarea name="body" rows={4} />
      </label>
      {error !== undefined && <p role="alert">{error}</p>}
      <button type="submit" disabled={pending}>
        Publish
      </button>
    </form>
  )
}

export function RemovePost({ id }: { readonly id: string }) {
  const [{ error }, act, pending] = useActionState(removePost, {})
  return (
    <form action={act}>
      <input type="hidden" name="id" value={id} />
      {error !== undefined && <p role="alert">{error}</p>}
      <button type="submit" disabled={pending} aria-describedby={`post-${id}`}>
        Remove
      </button>
    </form>
  )
}
