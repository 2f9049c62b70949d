import { CardeaError } from '@cardea/core'
import { collectBytes } from './byte-collector.js'
import { carriageReturn, lineFeed, type RawRecord } from './record.js'

const quote = 0x22
const comma = 0x2c
const openArray = 0x5b
const backslash = 0x5c
const closeArray = 0x5d
const openObject = 0x7b
const closeObject = 0x7d
const isBlank = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === lineFeed || byte === carriageReturn

/**
 * Splits JSON into its records without reading any of them: a list, an object with a list under the name `users`, as Firebase
 * writes it, or a value in each line.
 *
 * @throws CardeaError `invalid_request` for what is none of these.
 */
export async function* splitJson(
  source: AsyncIterable<Uint8Array>,
  { maximum, wrapped }: { readonly maximum: number; readonly wrapped: boolean },
): AsyncGenerator<RawRecord> {
  const splitter = createSplitter(maximum, wrapped)
  for await (const chunk of source) yield* splitter.split(chunk)
  yield* splitter.end()
}

type Mode = 'start' | 'lines' | 'header' | 'list' | 'over'

function createSplitter(maximum: number, wrapped: boolean) {
  const bytes = collectBytes(maximum)
  let mode: Mode = 'start'
  let line = 1
  let began = 1
  let depth = 0
  let inText = false
  let escaped = false
  /** What comes before the list of an object, in short. */
  let header = ''

  /** Follows texts and brackets. @returns Whether the byte is outside of all texts. */
  const follow = (byte: number): boolean => {
    if (inText) {
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) inText = false
      return false
    }
    if (byte === quote) inText = true
    else if (byte === openObject || byte === openArray) depth += 1
    else if (byte === closeObject || byte === closeArray) depth -= 1
    return byte !== quote
  }
  const record = (): RawRecord => ({ line: began, bytes: bytes.take() })

  function* split(chunk: Uint8Array): Generator<RawRecord> {
    let start = 0
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0
      if (mode === 'start' && !isBlank(byte)) {
        mode = byte === openArray ? 'list' : wrapped && byte === openObject ? 'header' : 'lines'
        began = line
        start = mode === 'lines' ? index : index + 1
        if (mode !== 'lines') {
          depth = 0
          continue
        }
      }
      if (mode === 'lines' && byte === lineFeed) {
        bytes.add(chunk, start, index)
        if (!bytes.isEmpty) yield record()
        start = index + 1
        began = line + 1
      } else if (mode === 'header') {
        if (!isBlank(byte)) header += String.fromCharCode(byte)
        if (header === '"users":[') mode = 'list'
        else if (!'"users":['.startsWith(header)) throw notJson()
        start = index + 1
      } else if (mode === 'list') {
        const outside = follow(byte)
        if (outside && depth <= 0 && (byte === comma || (byte === closeArray && depth < 0))) {
          bytes.add(chunk, start, index)
          if (!bytes.isEmpty) yield record()
          start = index + 1
          if (depth < 0) mode = 'over'
        } else if (bytes.isEmpty && start === index && isBlank(byte)) {
          start = index + 1
        } else if (bytes.isEmpty && start === index) {
          began = line
        }
      } else if (mode === 'over' || mode === 'start') {
        start = index + 1
      }
      if (byte === lineFeed) line += 1
    }
    if (mode === 'lines' || mode === 'list') bytes.add(chunk, start, chunk.length)
  }

  function* end(): Generator<RawRecord> {
    if (mode === 'header') throw notJson()
    if ((mode === 'lines' || mode === 'list') && !bytes.isEmpty) yield record()
    // A list that breaks off has lost records: what is not there is no record, and says so.
    if (mode === 'list') yield { line, bytes: new Uint8Array(0) }
  }

  return { split, end }
}

const notJson = (): CardeaError =>
  new CardeaError('invalid_request', 'The file holds no list of users, and no user in each line.')
