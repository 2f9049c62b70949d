import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { testsNext } from './builds.js'

const usual = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`)
const program = process.env['TEST_CHROMIUM'] ?? usual.find((path) => existsSync(path)) ?? '/usr/bin/chromium'

/** Whether pages can be looked at here. With CI set, a missing browser is a failure. */
export const hasBrowser = existsSync(program) || process.env['CI'] !== undefined
if (testsNext && !hasBrowser)
  process.stderr.write(`${program} (TEST_CHROMIUM) is missing: the tests that need a browser are skipped\n`)

/** What of the browser is of no use here, or asks for the network. */
const flags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--no-sandbox',
]

/** A browser with a profile of its own. */
export const openBrowser = async (): Promise<Browser> =>
  await chromium.launch({ executablePath: program, headless: true, args: flags })

/** A device of somebody: pages with cookies of their own, and what went wrong in them. */
export interface Device {
  readonly page: Page
  readonly context: BrowserContext
  readonly problems: readonly string[]
}

export async function openDevice(browser: Browser, url: string): Promise<Device> {
  const context = await browser.newContext({ baseURL: url })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => void problems.push(error.message))
  page.on('console', (message) => {
    // What is refused is refused on purpose, and the page says so.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text())
  })
  return { page, context, problems }
}
