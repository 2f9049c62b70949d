'use server'

import { isCardeaError } from 'cardea'
import { revalidatePath } from 'next/cache'
import { getAuth, posts } from '../cardea.ts'

/** What a form says after it was sent. */
export interface FormState {
  readonly error?: string
}

export async function createPost(_state: FormState, form: FormData): Promise<FormState> {
  return await acting(async () => {
    const me = await getAuth()
    me.authorize('content:create')
    await posts.create(me.userId, {
      title: textOf(form, 'title').slice(0, 200),
      body: textOf(form, 'body').slice(0, 60_000),
    })
  })
}

export async function removePost(_state: FormState, form: FormData): Promise<FormState> {
  return await acting(async () => {
    const post = await posts.find(textOf(form, 'id'))
    const me = await getAuth()
    me.authorize('content:delete', post)
    await posts.remove(post)
  })
}

/** Whoever may not is told so; what has gone wrong otherwise is Next's to report. */
async function acting(work: () => Promise<void>): Promise<FormState> {
  try {
    await work()
  } catch (error) {
    if (isCardeaError(error)) return { error: error.message }
    throw error
  }
  revalidatePath('/')
  return {}
}

/** A form may bring files, and anything else: it was not necessarily this page that sent it. */
function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
