/**
 * Whether a `Content-Type` is JSON in UTF-8: exactly `application/json`, in any case, alone or with a charset of UTF-8.
 * Types that a form can send without a preflight must not get through, whatever they add to their name.
 */
export function isJsonContentType(header: string | null): boolean {
  if (header === null) return false
  const [type = '', ...parameters] = header.split(';')
  if (type.trim().toLowerCase() !== 'application/json') return false
  return parameters.every((parameter) => {
    const text = parameter.trim().toLowerCase()
    return text === '' || text === 'charset=utf-8' || text === 'charset="utf-8"'
  })
}
