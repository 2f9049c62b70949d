import { describe, expect, it } from 'vitest'
import { readCommands, readCurl } from './curl.js'

describe('readCurl', () => {
  it('reads lines, quotes and options', () => {
    const command = `curl -X DELETE \\\n  http://localhost:8000/a/b?c=d \\\n  -H "Authorization: Bearer x:y" \\\n  -d '{\n "a": "b c"\n}'`
    expect(readCurl(command)).toEqual({
      method: 'DELETE',
      path: '/a/b?c=d',
      headers: { Authorization: 'Bearer x:y' },
      body: '{\n "a": "b c"\n}',
      jar: { from: undefined, to: undefined },
    })
  })

  it('sends GET without a body and POST with one, as curl does', () => {
    expect(readCurl('curl http://localhost/a').method).toBe('GET')
    expect(readCurl("curl http://localhost/a -d '{}'").method).toBe('POST')
  })

  it('takes an address without http, and reads what is said of cookies', () => {
    const { path, jar } = readCurl('curl -i -b old.txt -c new.txt localhost:3000/a')
    expect([path, jar]).toEqual(['/a', { from: 'old.txt', to: 'new.txt' }])
  })

  it('refuses what it does not know', () => {
    expect(() => readCurl('wget http://localhost')).toThrow('not curl')
    expect(() => readCurl('curl -u a:b http://localhost')).toThrow('-u')
    expect(() => readCurl('curl -X GET')).toThrow('no address')
  })
})

describe('readCommands', () => {
  it('gives each command the comments that follow it', () => {
    const block = `# first of all\ncurl a#b '# c\nd' # 200\n# and more\n\ncurl \\\n  "d"\n`
    expect(readCommands(block)).toEqual([
      { text: "curl a#b '# c\nd'", comment: '200\nand more\n' },
      { text: 'curl \\\n  "d"', comment: '' },
    ])
  })
})
