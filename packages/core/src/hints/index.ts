export { type ChangeHints, type ChangeTopic, changeTopics } from './hints.js'
