/**
 * A stream of UTF-8 that asks for the next text once somebody reads it, and for none after whoever reads has gone.
 *
 * @param texts The first of them is waited for: what goes wrong before anything was sent can be answered.
 * @param onError Told of what goes wrong later, when the stream can only break off.
 */
export async function streamOf(
  texts: AsyncIterable<string>,
  onError: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  const iterator = texts[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let next: IteratorResult<string> | undefined = await iterator.next()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = next ?? (await iterator.next())
          next = undefined
          if (done === true) controller.close()
          else controller.enqueue(encoder.encode(value))
        } catch (error) {
          onError(error)
          throw error
        }
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
