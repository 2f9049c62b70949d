export { describeStorage } from './describe-storage.js'
export { firstWhereQuick, isQuick, type Rounds, rounds } from './rounds.js'
export type {
  OpenedStorage,
  OpenStorage,
  SkippedStorage,
  StorageCapabilities,
  StorageFeature,
} from './subject.js'
