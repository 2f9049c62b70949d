import { Secret, TOTP } from 'otpauth'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf } from '../client.js'
import type { TestDatabase } from '../databases.js'
import { demoKinds } from '../demo-kinds.js'
import { adminCredentials, type DemoServer, startDemo } from '../demo-server.js'
import { codePattern, findInMail, tokenPattern } from '../dev-mailbox.js'
import { freePort } from '../faults/private-server.js'
import { type Device, hasBrowser, openBrowser, openDevice } from './browser.js'
import { testsNext } from './builds.js'

// Where Next is not tested, something has to be there that is skipped.
const kinds = testsNext ? demoKinds.filter(({ framework }) => framework === 'next') : demoKinds.slice(0, 1)
const anna = { email: 'anna@example.com', password: 'correct horse battery' }

/** The label of a field. */
const anyCode = 'Code of your app, or a backup code'

const fill = async (page: Page, fields: Readonly<Record<string, string>>, submit: string): Promise<void> => {
  const button = page.getByRole('button', { name: submit, exact: true })
  // The page before may have a field of the same name, and still be there.
  await button.waitFor()
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
  await button.click()
}

const signIn = async (page: Page, { email, password }: typeof anna): Promise<void> => {
  await page.goto('/sign-in')
  await fill(page, { 'E-mail': email, Password: password }, 'Sign in')
}

describe.skipIf(!testsNext || !hasBrowser).each(kinds)('the pages of the demo on $name', ({ kind, script }) => {
  let database: TestDatabase
  let demo: DemoServer
  let url: string
  let browser: Browser
  const devices: Device[] = []
  const openPage = async (): Promise<Page> => {
    const device = await openDevice(browser, url)
    devices.push(device)
    return device.page
  }

  beforeAll(async () => {
    const port = await freePort()
    url = `http://localhost:${port}`
    database = await kind.create()
    demo = await startDemo({ PORT: String(port), DATABASE_URL: database.url }, undefined, script)
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await demo?.stop()
    await database?.drop()
  })

  it('lead from signing up to a second factor, and out again on two devices', async () => {
    const [laptop, phone] = [await openPage(), await openPage()]
    await laptop.goto('/account')
    await expect.poll(() => laptop.url()).toBe(`${url}/sign-in`)
    await laptop.goto('/sign-up')
    await fill(laptop, { 'E-mail': anna.email, 'User name': 'anna', Password: 'short' }, 'Sign up')
    // The browser itself misses the name.
    expect(laptop.url()).toBe(`${url}/sign-up`)
    await fill(laptop, { Name: 'Anna' }, 'Sign up')
    await expect.poll(() => laptop.getByRole('alert').first().textContent()).toContain('password')
    await fill(laptop, { Password: anna.password }, 'Sign up')
    await laptop.getByRole('link', { name: 'Account' }).click()
    await laptop.getByRole('button', { name: 'Send a link' }).click()
    const token = await findInMail([clientOf(url)], anna.email, tokenPattern('verify-email'))
    await laptop.goto(`/verify-email#token=${token}`)
    await laptop.getByRole('button', { name: 'Confirm' }).click()
    await laptop.getByRole('link', { name: 'Account' }).click()
    // No script of the page can read it.
    expect(await laptop.evaluate(() => document.cookie)).toBe('')
    const cookies = await laptop.context().cookies()
    expect(cookies.map(({ name }) => name)).toContain('session')
    expect(cookies.filter(({ httpOnly, sameSite }) => !httpOnly || sameSite !== 'Lax')).toEqual([])

    await laptop.getByRole('button', { name: 'Set up' }).click()
    const picture = laptop.getByAltText('QR code for your app')
    await picture.waitFor()
    expect(
      await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(20)
    const secret = Secret.fromBase32((await laptop.locator('code').textContent()) ?? '')
    const code = new TOTP({ secret }).generate()
    await fill(laptop, { 'Code of your app': code === '000000' ? '000001' : '000000' }, 'Activate')
    await expect.poll(() => laptop.getByRole('alert').first().textContent()).toContain('code')
    await fill(laptop, { 'Code of your app': new TOTP({ secret }).generate() }, 'Activate')
    const backupCodes = laptop.getByLabel('Backup codes').getByRole('listitem')
    await backupCodes.first().waitFor()
    const [first = '', second = ''] = await backupCodes.allTextContents()

    await signIn(phone, { ...anna, password: 'not her password' })
    await expect.poll(() => phone.getByRole('alert').first().textContent()).toBe('The credentials are not valid.')
    await signIn(phone, anna)
    await fill(phone, { [anyCode]: 'no such code' }, 'Go on')
    await phone.getByRole('alert').first().waitFor()
    await fill(phone, { [anyCode]: first }, 'Go on')
    await phone.getByRole('link', { name: 'Account' }).click()
    await expect.poll(() => phone.getByLabel('Sessions').getByRole('listitem').count()).toBe(2)

    await laptop.goto('/account')
    await expect.poll(() => laptop.getByLabel('Second factor').textContent()).toContain('is asked for')
    await laptop.getByRole('button', { name: 'End' }).click()
    await expect.poll(() => laptop.getByLabel('Sessions').getByRole('listitem').count()).toBe(1)
    await phone.reload()
    await expect.poll(() => phone.url()).toBe(`${url}/sign-in`)

    await phone.getByRole('link', { name: 'With a code by mail' }).click()
    await fill(phone, { 'E-mail': anna.email }, 'Send a code')
    const mailed = await findInMail([clientOf(url)], anna.email, codePattern)
    await fill(phone, { Code: mailed }, 'Sign in')
    await fill(phone, { [anyCode]: second }, 'Go on')
    await phone.getByRole('link', { name: 'Account' }).click()

    for (const device of [laptop, phone]) {
      await device.getByRole('button', { name: 'Sign out' }).click()
      await expect.poll(() => device.url()).toBe(`${url}/sign-in`)
      expect((await device.context().cookies()).map(({ name }) => name)).not.toContain('session')
      await device.goto('/account')
      expect(device.url()).toBe(`${url}/sign-in`)
      if (device === laptop) {
        await phone.reload()
        expect(phone.url()).toBe(`${url}/account`)
      }
    }
  })

  it('show posts to who may read them, and forms to who may use them', async () => {
    const [editor, stranger] = [await openPage(), await openPage()]
    await signIn(editor, adminCredentials)
    await fill(editor, { Title: 'On hinges', Text: 'They <b>turn</b>.' }, 'Publish')
    await editor.getByRole('heading', { name: 'On hinges' }).waitFor()
    await editor.getByText('They <b>turn</b>.').waitFor()
    await stranger.goto('/')
    expect(await stranger.getByRole('article').count()).toBe(0)
    await stranger.goto('/sign-up')
    const fields = { 'E-mail': 'bob@example.com', 'User name': 'bob', Name: 'Bob', Password: anna.password }
    await fill(stranger, fields, 'Sign up')
    await stranger.getByRole('article').waitFor()
    expect(await stranger.getByRole('button').count()).toBe(0)
    await editor.getByRole('button', { name: 'Remove' }).click()
    await expect.poll(() => editor.getByRole('article').count()).toBe(0)
  })

  it('can be used by keyboard and read out, on a narrow screen too', async () => {
    const page = await openPage()
    await page.setViewportSize({ width: 320, height: 640 })
    const email = 'somebody.with.a.rather.long.name@subdomain.example.com'
    const isWide = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
    const inFocus = () => page.evaluate(() => document.activeElement?.getAttribute('name') ?? '')
    await page.goto('/sign-up')
    expect(await page.title()).toBe('Sign up · Hinges')
    const fields = { 'E-mail': email, 'User name': 'somebody', Name: 'Somebody' }
    await fill(page, { ...fields, Password: 'short' }, 'Sign up')
    const password = page.getByLabel('Password', { exact: true })
    await expect.poll(() => password.getAttribute('aria-invalid')).toBe('true')
    const described = await password.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${described}"]`).textContent()).toContain('at least 8')
    expect(await page.getByLabel('E-mail', { exact: true }).getAttribute('aria-invalid')).toBeNull()
    await fill(page, { Password: anna.password }, 'Sign up')
    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByRole('heading', { name: email }).waitFor()
    expect(await isWide()).toBe(false)
    // The form with the code takes the place of the button, and the codes that of the form.
    await page.getByRole('button', { name: 'Set up' }).press('Enter')
    await expect.poll(inFocus).toBe('code')
    expect(await isWide()).toBe(false)
    const secret = Secret.fromBase32((await page.locator('code').textContent()) ?? '')
    await page.keyboard.type(new TOTP({ secret }).generate())
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Backup codes')
    const other = await openPage()
    await other.goto('/sign-in')
    await fill(other, { 'E-mail': email, Password: anna.password }, 'Sign in')
    await expect.poll(() => other.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('code')
  })

  it('have failed at nothing by then', () => {
    expect(devices.flatMap(({ problems }) => problems)).toEqual([])
    expect(demo.output()).not.toMatch(/unhandled|internal_error| {4}at /i)
  })
})
