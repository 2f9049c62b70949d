import { type ChangeHints, type ChangeTopic, changeTopics } from './hints.js'
import { readMessage, writeMessage } from './message.js'

/** What a transport of hints calls. */
export interface HintReceiver {
  /** Of whatever was heard; what is no hint is passed over. */
  readonly onMessage: (message: unknown) => void
  /** Messages are heard from now on; those of before are lost, so everything counts as changed. */
  readonly onListening: () => void
}

/** What carries short texts between the nodes of an app. */
export interface HintTransport {
  /** Sends a text to all nodes. Where it throws or rejects, the hint is lost. */
  send(message: string): Promise<unknown>
  /** Listens for as long as it takes, through all failures. Never throws. @returns What ends it. */
  listen(receiver: HintReceiver): () => void
}

/** Hints by way of a transport. */
export interface ClosableHints extends ChangeHints {
  /** Ends all subscriptions. */
  close(): void
}

/**
 * Tells other nodes by a transport what has changed, and hears it from them from the first subscription to the last. A node
 * hears its own hints at once, and not again when they come back.
 *
 * @param transport What carries texts of at most 64 characters.
 * @param self Who this node is: 16 hexadecimal digits in lower case, at random.
 */
export function createHints(transport: HintTransport, self: string): ClosableHints {
  const listeners = new Set<(topic: ChangeTopic) => void>()
  let end: (() => void) | undefined
  const tell = (topic: ChangeTopic): void => {
    for (const listener of listeners) safely(() => listener(topic))
  }
  const listen = (): void => {
    end ??= transport.listen({
      onMessage: (message) => {
        const hint = readMessage(message)
        if (hint !== undefined && hint.sender !== self) tell(hint.topic)
      },
      onListening: () => changeTopics.forEach(tell),
    })
  }
  const close = (): void => {
    listeners.clear()
    end?.()
    end = undefined
  }
  const send = createSender((topic) => transport.send(writeMessage(topic, self)))

  return Object.freeze<ClosableHints>({
    publish(topic) {
      tell(topic)
      send(topic)
    },
    subscribe(listener) {
      // So that one function may be subscribed twice.
      const own = (topic: ChangeTopic): void => listener(topic)
      listeners.add(own)
      listen()
      return () => {
        listeners.delete(own)
        if (listeners.size === 0) close()
      }
    },
    close,
  })
}

/**
 * Sends one message of a topic at a time: what is published before it has arrived is one more message, however often. So
 * a transport that queues messages while its server is away holds few of ours.
 */
function createSender(send: (topic: ChangeTopic) => Promise<unknown>): (topic: ChangeTopic) => void {
  const sending = new Map<ChangeTopic, { again: boolean }>()
  const begin = (topic: ChangeTopic): void => {
    const before = sending.get(topic)
    if (before !== undefined) {
      before.again = true
      return
    }
    const state = { again: false }
    sending.set(topic, state)
    const settle = (): void => {
      sending.delete(topic)
      if (state.again) begin(topic)
    }
    // What is thrown at once is a rejection, too; a hint that cannot be sent is lost.
    void (async () => await send(topic))().then(settle, settle)
  }
  return begin
}

/** What a listener throws or rejects with is lost: the others hear the hint all the same. */
function safely(work: () => unknown): void {
  try {
    void Promise.resolve(work()).catch(() => undefined)
  } catch {
    // As above.
  }
}
