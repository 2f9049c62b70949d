/** Why a URL that a library would read otherwise, or not at all, cannot be used. It holds a password, so nothing of it is shown. */
export const unreadable = 'is no URL that can be read: special characters in it are percent-encoded, such as %23 for #'

/**
 * Whether the @ behind a password stands in what was read as path or query: a bare / or ? in it ended the host, whose port,
 * which errors of drivers name, is then what the password begins with.
 */
export const isTorn = ({ pathname, search }: URL): boolean => pathname.includes('@') || /^\?[^=]*@/.test(search)

export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
