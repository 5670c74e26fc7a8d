import { expect, test } from 'vitest'
import { addressAsSent, hasUnicodeMailbox, parseAddress } from '../../src/lib/email-address.ts'
import { hideSecrets } from '../../src/lib/logger.ts'

const label = (length: number) => 'x'.repeat(length)

test.each([
  ['a&b@example.org'],
  ['a=b@example.org'],
  ['a/b@example.org'],
  ['user%x@example.org'],
  ["o'brien+news@example.org"],
  ['!#$*-_`{|}~^?@example.org'],
  ['a@xn--bcher-kva.example'],
  ['a@1.example.museum'],
  [`${label(64)}@${label(63)}.example.org`],
  ['a@bücher.example', 'a@xn--bcher-kva.example'],
  ['A@BÜCHER.example', 'A@xn--bcher-kva.example'],
  ['a@faß.example', 'a@xn--fa-hia.example'],
  ['a@例子。广告', 'a@xn--fsqu00a.xn--4rr70v'],
  ['a@ශ්‍රී.example', 'a@xn--10cl1a0b660p.example'],
  ['jörg@example.org'],
  ['用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
  ['संपर्क@डाटामेल.भारत', 'संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c'],
  ['😀@example.org'],
  [`${'ö'.repeat(32)}@example.org`],
])('%s is a valid address: stored as typed, and sent with a domain in ASCII', (typed, sent = typed) => {
  expect(parseAddress(` ${typed}\n`)).toBe(typed)
  expect(addressAsSent(typed)).toBe(sent)
  expect(hideSecrets(`to ${typed.replace(/[='/?]/g, 'x')}, no`)).toBe('to [not logged], no')
})

test('a domain in ASCII is stored in lower case, and what stands before the @ as it is', () => {
  expect(parseAddress('Bob@EXAMPLE.org')).toBe('Bob@example.org')
  expect(parseAddress('JÖRG@EXAMPLE.org')).toBe('JÖRG@example.org')
})

test.each([
  '',
  'nobody',
  '@example.org',
  'a@',
  'a@b',
  'a b@example.org',
  'a@b@example.org',
  'a..b@example.org',
  '.a@example.org',
  'a.@example.org',
  'a,b@example.org',
  'a@example.org, b@example.org',
  'Bob <a@example.org>',
  '<a@example.org>',
  'a@example.org.',
  'a@.example.org',
  'a@example..org',
  'a@-example.org',
  'a@exa_mple.org',
  'a@127.0.0.1',
  'a@[127.0.0.1]',
  'a@0x7f.1',
  'a@xn--.org',
  'a@example.org/path',
  'a@example.org?x',
  'a@example.org#x',
  'a@example.org:25',
  'a@example.org\\x',
  'a@%65xample.org',
  'a@b\uff20c.org',
  'a\0b@example.org',
  'a\r\nBcc: b@example.org',
  'a\u200bb@example.org',
  'a\u202eb@example.org',
  'a@ex\u00adample.org',
  'a\u00a0b@example.org',
  '\ud800@example.org',
  `${label(65)}@example.org`,
  `${'ö'.repeat(33)}@example.org`,
  `a@${label(64)}.org`,
  `a@${'ü'.repeat(60)}.org`,
  `a@${Array(5).fill(label(50)).join('.')}.org`,
  `ab@${Array(12).fill('bücher-bücher').join('.')}.org`,
])('%j is not an email address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

test('an address of the replaced backend is sent as it is, if it cannot be converted', () => {
  for (const stored of ['bob@exa mple.org', 'bob']) expect(addressAsSent(stored)).toBe(stored)
})

test('only letters before the @ make a mailbox need more than ASCII', () => {
  expect(['jörg@example.org', '用户@例子.广告'].every(hasUnicodeMailbox)).toBe(true)
  expect(['a@bücher.example', 'bob@example.org'].some(hasUnicodeMailbox)).toBe(false)
})
