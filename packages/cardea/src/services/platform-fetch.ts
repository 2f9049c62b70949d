/** The platform's `fetch`, looked up when it is called: the one place that reaches for it. */
export const platformFetch = (url: string, init: RequestInit): Promise<Response> => globalThis.fetch(url, init)
