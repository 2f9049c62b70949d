/** What an Argon2 hash costs to compute. */
export interface Argon2Cost {
  readonly memoryKibibytes: number
  readonly iterations: number
  readonly parallelism: number
}

/** What a PHC string says about its Argon2 hash. */
export interface Argon2Phc extends Argon2Cost {
  readonly variant: 'argon2d' | 'argon2i' | 'argon2id'
  readonly version: 16 | 19
  readonly saltBytes: number
  readonly outputBytes: number
}

const phcPattern =
  /^\$(argon2d|argon2i|argon2id)\$v=(16|19)\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** The longest text that the pattern matches is below this, so nothing longer needs to be looked at. */
const maximumPhcLength = 300

/**
 * Reads an Argon2 PHC string, strictly: salt of 8 to 64 bytes, output of 16 to 64, canonical base64 without padding.
 *
 * @returns Undefined for everything else.
 * @see https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
 */
export function parseArgon2Phc(phc: string): Argon2Phc | undefined {
  if (typeof phc !== 'string' || phc.length > maximumPhcLength) return undefined
  const match = phcPattern.exec(phc)
  if (match === null) return undefined
  const [, variant, version, memory, iterations, parallelism, salt = '', output = ''] = match
  const saltBytes = fromPhcBase64(salt)?.length
  const outputBytes = fromPhcBase64(output)?.length
  if (saltBytes === undefined || outputBytes === undefined) return undefined
  const parsed: Argon2Phc = {
    // The pattern allows only these three names and two versions.
    variant: variant as Argon2Phc['variant'],
    version: Number(version) as Argon2Phc['version'],
    memoryKibibytes: Number(memory),
    iterations: Number(iterations),
    parallelism: Number(parallelism),
    saltBytes,
    outputBytes,
  }
  // RFC 9106 §3.1: memory is at least 8 KiB for each lane.
  return parsed.memoryKibibytes >= 8 * parsed.parallelism ? parsed : undefined
}

/** Writes bytes as PHC strings do: base64 without padding. */
export const toPhcBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

/** Reads what {@link toPhcBase64} wrote. @returns Undefined for anything but the one spelling of some bytes, and for none. */
export function fromPhcBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && toPhcBase64(bytes) === text ? bytes : undefined
}
