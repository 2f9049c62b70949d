import { mustBe } from '../parts/right.ts'

/** Asks once and compares the status. */
export async function expectStatus(
  url: string,
  headers: Readonly<Record<string, string>>,
  status: number,
): Promise<void> {
  const response = await fetch(url, { headers })
  await response.arrayBuffer()
  mustBe(response.status === status, `${url} said ${response.status} and not ${status}`)
}
