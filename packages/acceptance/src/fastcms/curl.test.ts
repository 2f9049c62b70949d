import { describe, expect, it } from 'vitest'
import { readCurl } from './curl.js'

describe('readCurl', () => {
  it('reads lines, quotes and options', () => {
    const command = `curl -X DELETE \\\n  http://localhost:8000/a/b?c=d \\\n  -H "Authorization: Bearer x:y" \\\n  -d '{\n "a": "b c"\n}'`
    expect(readCurl(command)).toEqual({
      method: 'DELETE',
      path: '/a/b?c=d',
      headers: { Authorization: 'Bearer x:y' },
      body: '{\n "a": "b c"\n}',
    })
  })

  it('sends GET without a body and POST with one, as curl does', () => {
    expect(readCurl('curl http://localhost/a').method).toBe('GET')
    expect(readCurl("curl http://localhost/a -d '{}'").method).toBe('POST')
  })

  it('refuses what it does not know', () => {
    expect(() => readCurl('wget http://localhost')).toThrow('not curl')
    expect(() => readCurl('curl -u a:b http://localhost')).toThrow('-u')
    expect(() => readCurl('curl -X GET')).toThrow('no address')
  })
})
