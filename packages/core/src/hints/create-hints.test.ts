import { describe, expect, it } from 'vitest'
import { createHints, type HintReceiver } from './create-hints.js'
import { type ChangeTopic, changeTopics } from './hints.js'
import { readMessage } from './message.js'

const self = 'aaaaaaaaaaaaaaaa'

/** A transport whose messages are on their way until a test says otherwise. */
function setUp() {
  const sent: { readonly message: string; arrive(): void; fail(): void }[] = []
  const receivers: HintReceiver[] = []
  const hints = createHints(
    {
      send: (message) =>
        new Promise((resolve, reject) => {
          sent.push({ message, arrive: () => resolve(1), fail: () => reject(new Error('gone')) })
        }),
      listen: (receiver) => {
        receivers.push(receiver)
        return () => receivers.splice(receivers.indexOf(receiver), 1)
      },
    },
    self,
  )
  const heard: ChangeTopic[] = []
  return { sent, receivers, hints, heard, topicsSent: () => sent.map(({ message }) => readMessage(message)?.topic) }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('createHints', () => {
  it('has one message of a topic on its way, and one more for all that came meanwhile', async () => {
    const { sent, hints, topicsSent } = setUp()
    for (let count = 0; count < 1_000; count += 1) hints.publish('policy')
    hints.publish('keys')
    expect(topicsSent()).toEqual(['policy', 'keys'])
    sent[0]?.fail()
    await settle()
    expect(topicsSent()).toEqual(['policy', 'keys', 'policy'])
    sent[2]?.arrive()
    await settle()
    expect(sent).toHaveLength(3)
  })

  it('outlives a transport that throws', async () => {
    const hints = createHints(
      {
        send: () => {
          throw new Error('not connected')
        },
        listen: () => () => undefined,
      },
      self,
    )
    const heard: ChangeTopic[] = []
    hints.subscribe((topic) => heard.push(topic))
    hints.publish('policy')
    await settle()
    hints.publish('policy')
    expect(heard).toEqual(['policy', 'policy'])
  })

  it('hears its own hint at once and not again, and those of others', () => {
    const { sent, receivers, hints, heard } = setUp()
    hints.subscribe((topic) => heard.push(topic))
    hints.publish('policy')
    expect(heard).toEqual(['policy'])
    receivers[0]?.onMessage(sent[0]?.message)
    expect(heard).toEqual(['policy'])
    receivers[0]?.onMessage('keys 0123456789abcdef')
    expect(heard).toEqual(['policy', 'keys'])
  })

  it('takes everything for changed when it begins to listen, since it may have missed something', () => {
    const { receivers, hints, heard } = setUp()
    hints.subscribe((topic) => heard.push(topic))
    receivers[0]?.onListening()
    expect(heard).toEqual(changeTopics)
  })

  it('passes over what is no hint', () => {
    const { receivers, hints, heard } = setUp()
    hints.subscribe((topic) => heard.push(topic))
    const sender = '0123456789abcdef'
    for (const message of [
      '',
      'policy',
      `users ${sender}`,
      `policy ${sender} `,
      `policy ${'x'.repeat(16)}`,
      null,
      1,
      {},
    ])
      receivers[0]?.onMessage(message)
    expect(heard).toEqual([])
  })

  it('listens from the first subscription to the last, whatever a listener throws', () => {
    const { receivers, hints, heard } = setUp()
    const first = hints.subscribe(() => {
      throw new Error('broken')
    })
    const second = hints.subscribe((topic) => heard.push(topic))
    expect(receivers).toHaveLength(1)
    hints.publish('keys')
    expect(heard).toEqual(['keys'])
    first()
    expect(receivers).toHaveLength(1)
    second()
    expect(receivers).toHaveLength(0)
    hints.subscribe(() => undefined)
    expect(receivers).toHaveLength(1)
    hints.close()
    expect(receivers).toHaveLength(0)
  })
})
