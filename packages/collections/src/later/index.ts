// For code that loads when it is first needed itself: an entry point of its own, so that it does not load with the other one.
export { type ListField, type ListKind, listFields } from '../list/list-field.js'
export {
  type FilterOperator,
  filterOperators,
  type ListPart,
  type ListPlace,
  type RecordFilter,
  type RecordListQuery,
  type RecordOrder,
} from '../list/list-query.js'
export {
  countRecordList,
  isPlaceOf,
  type ParsedRecordList,
  parseRecordList,
  type RecordList,
  type RecordPage,
  readRecordList,
} from '../list/record-list.js'
