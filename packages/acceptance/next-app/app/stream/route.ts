import { route } from '../../running'

export const GET = route(({ cardea: { requireAuth }, options }) =>
  requireAuth()(() => {
    const { readable, writable } = new TransformStream<string, string>()
    const send = async () => {
      const writer = writable.getWriter()
      await writer.write('one')
      await options.pause?.()
      await writer.write('two')
      await writer.close()
    }
    send().catch(() => undefined)
    return new Response(readable.pipeThrough(new TextEncoderStream()))
  }),
)
