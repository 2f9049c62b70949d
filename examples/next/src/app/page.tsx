import Link from 'next/link'
import { findAuth, posts } from '../cardea.ts'
import { NewPost, RemovePost } from './post-forms.tsx'

/** The posts, for who may read them. */
export default async function Home() {
  const me = await findAuth()
  const list = me?.subject.can('content:read') === true ? await posts.list() : []
  return (
    <main>
      <h1>Hinges</h1>
      {me === undefined ? (
        <nav>
          <Link href="/sign-in">Sign in</Link>
          <Link href="/sign-up">Sign up</Link>
        </nav>
      ) : (
        <nav>
          <Link href="/account">Account</Link>
        </nav>
      )}
      {list.map((post) => (
        <article key={post.id}>
          <h2 id={`post-${post.id}`}>{post.title}</h2>
          <p>{post.body}</p>
          {me?.subject.can('content:delete', post) === true && <RemovePost id={post.id} />}
        </article>
      ))}
      {me?.subject.can('content:create') === true && <NewPost />}
    </main>
  )
}
