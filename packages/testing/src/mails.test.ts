import { describe, expect, it } from 'vitest'
import { createTestMails } from './mails.js'

const jane = 'jane@example.com'

async function received(...texts: readonly string[]) {
  let settled = 0
  const { mails, send } = createTestMails(async () => {
    settled += 1
  })
  for (const text of texts) await send({ from: 'a@app.test', to: jane, subject: 'Hello', text, html: '', headers: {} })
  return { mails, settled: () => settled }
}

describe('TestMails', () => {
  it('finds the newest code, and nothing that only looks like one', async () => {
    const { mails } = await received(
      'Your code:\n\n111111\n',
      'Your code:\n\n222222\n\nCall 1234567, see https://app.test/code/333333',
      'From 444444-x.',
    )
    expect(await mails.codeFor(jane)).toBe('222222')
    expect(await mails.codeFor('Jane@Example.com')).toBe('222222')
    await expect(mails.codeFor('other@example.com')).rejects.toThrow('None of the 0 mails')
  })

  it.each(['https://app.test/verify-email#token=ab-_9&collection=customers', 'https://app.test/v?token=ab-_9&x=1'])(
    'finds the token in %s',
    async (link) => {
      const { mails } = await received(`See https://app.test/help and\n\n${link}\n`, 'No link at all.')
      expect(await mails.linkFor(jane)).toBe(link)
      expect(await mails.tokenFor(jane)).toBe('ab-_9')
    },
  )

  it('says so where there is none', async () => {
    const { mails } = await received('See https://app.test/help.')
    await expect(mails.tokenFor(jane)).rejects.toThrow(
      'None of the 1 mails to jane@example.com has a link with a token.',
    )
  })

  it('sends what is due before each look', async () => {
    const { mails, settled } = await received('One.')
    await mails.all()
    await mails.last()
    expect(settled()).toBe(2)
  })
})
