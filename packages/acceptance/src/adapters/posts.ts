/** What the loader of `/posts/:id` gives. */
export interface Post {
  readonly id: string
  readonly author_id: string
  readonly title: string
}

export async function findPost(
  id: string,
  author: string,
  pause: (() => Promise<void>) | undefined,
): Promise<Post | undefined> {
  if (id === 'broken') throw new Error('hunter2')
  if (id === 'slow') await pause?.()
  return id === 'mine' || id === 'slow' ? { id, author_id: author, title: 'On hinges' } : undefined
}
