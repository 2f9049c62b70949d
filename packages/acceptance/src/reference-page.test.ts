import { createHandler } from '@cardea/http'
import { createTestCardea } from '@cardea/testing'
import { defineCollection, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, openBrowser, openDevice } from './next/browser.js'

const origin = 'https://app.test'

describe.skipIf(!hasBrowser)('the API reference in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })

  it.each([320, 390, 1280])('needs no scrolling sideways on a screen of %d px, with all of it open', async (width) => {
    const customers = defineCollection('customers_of_the_whole_company', {
      type: 'auth',
      fields: { the_name_of_the_company_that_somebody_works_for: text({ optional: true }) },
    })
    const { auth } = await createTestCardea({ ...cmsPreset, collections: [customers], baseUrl: origin })
    const handler = createHandler(auth)
    const { page, problems } = await openDevice(browser, origin)
    await page.setViewportSize({ width, height: 800 })
    await page.route('**/*', async (route) => {
      const response = await handler(new Request(route.request().url()))
      const { status, headers } = response
      await route.fulfill({ status, headers: Object.fromEntries(headers), body: await response.text() })
    })
    await page.goto('/docs')
    const widths = await page.evaluate(() => {
      const scrolled = (): number => document.documentElement.scrollWidth
      const closed = scrolled()
      for (const each of document.querySelectorAll('details')) each.open = true
      return { closed, open: scrolled() }
    })
    expect(widths).toEqual({ closed: width, open: width })
    expect(problems).toEqual([])
    await page.context().close()
  })
})
