/** The token at the end of a link in a mail: behind the `#`, so that no server and no log has seen it. */
export const takeToken = (): string => new URLSearchParams(window.location.hash.slice(1)).get('token') ?? ''
