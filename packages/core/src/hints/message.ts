import { type ChangeTopic, changeTopics } from './hints.js'

const form = /^(policy|configuration|keys) ([0-9a-f]{16})$/

/** What is sent: what has changed, and who says so. */
export const writeMessage = (topic: ChangeTopic, sender: string): string => `${topic} ${sender}`

/** @returns What a message says; undefined for anything that is none of ours, as from another version or a stranger. */
export function readMessage(message: unknown): { readonly topic: ChangeTopic; readonly sender: string } | undefined {
  if (typeof message !== 'string' || message.length > 64) return undefined
  const [, name, sender] = form.exec(message) ?? []
  const topic = changeTopics.find((each) => each === name)
  return topic === undefined || sender === undefined ? undefined : { topic, sender }
}
