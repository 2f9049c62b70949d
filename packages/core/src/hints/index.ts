export { type ClosableHints, createHints, type HintReceiver, type HintTransport } from './create-hints.js'
export { type ChangeHints, type ChangeTopic, changeTopics } from './hints.js'
