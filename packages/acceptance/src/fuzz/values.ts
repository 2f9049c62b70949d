import type { Random } from '../seed.js'

/** Texts that have broken parsers, databases and log files. */
const texts = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'true',
  '\u0000',
  'a\u0000b',
  '\r\nSet-Cookie: session=evil',
  '\u001b[31mred',
  '\u2028',
  '\u202e evil',
  '\ud83d\ude00'.repeat(40),
  'é',
  'e\u0301',
  '\uff20',
  'ß',
  '\u212a',
  "' or 1=1 --",
  '"; drop table cardea_sessions; --',
  'a\\',
  '`id`',
  '%00',
  '%E0%A4%A',
  '../../etc/passwd',
  '//evil.test',
  '/\\evil.test',
  'javascript:alert(1)',
  'https://evil.test/',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '$(7*7)',
  '__proto__',
  'constructor',
  'toString',
  'all',
  'users',
  '1e400',
  '9007199254740993',
  '2020-13-45T99:99:99Z',
  '00000000-0000-7000-8000-000000000000',
  'a@b.example',
  'A@B.EXAMPLE',
  'a@b@c.example',
  'a@[127.0.0.1]',
  'a@b.example, c@d.example',
  'x'.repeat(64),
  'x'.repeat(1_025),
  'x'.repeat(20_000),
] as const

/** Values that are no text, or of a shape that nobody expects. */
const shapes: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  [],
  {},
  [null],
  ['a@b.example'],
  { $ne: null },
  { toString: 'x' },
  { length: 3 },
  [[[[[]]]]],
  Array.from({ length: 200 }, (_, index) => index),
]

/** Text of random code units, surrogates that stand alone among them. */
function noise(random: Random): string {
  const length = random.below(40)
  let text = ''
  for (let index = 0; index < length; index += 1) text += String.fromCharCode(random.below(0x1_0000))
  return text
}

export const anyText = (random: Random): string => (random.below(8) === 0 ? noise(random) : random.pick(texts))

export const anyValue = (random: Random): unknown => (random.below(3) === 0 ? random.pick(shapes) : anyText(random))
