import { route } from '../../../running'

export const GET = route(({ cardea: { requireAuth }, options }) =>
  requireAuth()(() => {
    let sent = false
    return new Response(
      new ReadableStream({
        async pull(controller) {
          if (sent) {
            await options.pause?.()
            throw new Error('hunter2')
          }
          controller.enqueue(new TextEncoder().encode('one'))
          sent = true
        },
      }),
    )
  }),
)
