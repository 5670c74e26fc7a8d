// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are those of .env files
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readEnvFile } from '../../src/config/dotenv.ts'

function read(content: string | Buffer, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'dotenv-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, '.env'), content)
  const { values, warnings } = readEnvFile(join(folder, '.env'), '.env', env)
  return { values, warnings }
}

test.each([
  ['KEY=value', 'value'],
  ['KEY: value', 'value'],
  ['KEY: "value"', 'value'],
  ["KEY: 'value'", 'value'],
  ['KEY = value', 'value'],
  ['  KEY=value  ', 'value'],
  ['export KEY=value', 'value'],
  ['export KEY="value"', 'value'],
  ["KEY='value'", 'value'],
  ['KEY=`value`', 'value'],
  ['KEY="value" # a comment', 'value'],
  ['KEY=value # a comment', 'value'],
  ['KEY=', ''],
  ['KEY="a # b"', 'a # b'],
  ['KEY="a\\nb"', 'a\nb'],
  ["KEY='a\\nb'", 'a\\nb'],
  ['KEY=\'[\n  {"id": 1}\n]\'', '[\n  {"id": 1}\n]'],
  ['KEY="a\n\n# b\nc=d"', 'a\n\n# b\nc=d'],
  ['KEY=[{"id": 1, "name": "O\'Brien"}]', '[{"id": 1, "name": "O\'Brien"}]'],
  ['KEY=postgresql://user:pa$$word@host:5432/name', 'postgresql://user:pa$$word@host:5432/name'],
  ['KEY=pa$word', 'pa$word'],
  ['KEY="\\${KEY}"', '${KEY}'],
  ['\uFEFFKEY=value', 'value'],
  ['# a comment\r\nKEY=value\r\n', 'value'],
  ['\n\n  \nKEY=value\n\n', 'value'],
])('%j is understood', (text, value) => {
  expect(read(text)).toEqual({ values: { KEY: value }, warnings: [] })
})

test('a file in UTF-16 is understood, as PowerShell writes it', () => {
  expect(read(Buffer.from('\uFEFFKEY=välue\r\n', 'utf16le'))).toEqual({ values: { KEY: 'välue' }, warnings: [] })
})

test('a file that is missing sets nothing, and one that cannot be read is an error', () => {
  expect(readEnvFile('/nonexistent/.env', '.env', {})).toMatchObject({ values: {}, warnings: [] })
  expect(() => readEnvFile('/', '.env', {})).toThrow(/EISDIR/)
  expect(() => readEnvFile('/dev/zero', '.env', {})).toThrow(/larger than 100000 bytes/)
})

test.each([
  ['HOST=db\nKEY=postgresql://${HOST}:5432/x', 'postgresql://db:5432/x'],
  ['KEY=postgresql://${HOST}:5432/x\nHOST=db', 'postgresql://db:5432/x'],
  ['HOST=db\nKEY="${HOST}"', 'db'],
  ["HOST=db\nKEY: '${HOST}'", 'db'],
  ['HOST=db\nKEY=$HOST', 'db'],
  ['A=db\nHOST=${A}\nKEY=${HOST}-${HOST}', 'db-db'],
  ['KEY=${HOST:-db}', 'db'],
  ['KEY=${HOST-db}', 'db'],
  ['HOST=\nKEY=a${HOST}b', 'ab'],
])('%j: the value of another variable is inserted', (text, value) => {
  const { values, warnings } = read(text)
  expect([values.KEY, warnings]).toEqual([value, []])
})

test('what is inserted is not read again: a password has any characters', () => {
  const { values } = read("PASSWORD='a$&b$WORD'\nKEY=x:${PASSWORD}", { OTHER: '${KEY}$$' })
  expect(values.KEY).toBe('x:a$&b$WORD')
  expect(read('KEY=${OTHER}', { OTHER: '${KEY}$$$&' }).values.KEY).toBe('${KEY}$$$&')
})

test('a variable of the environment comes before that of the file, in references too; an empty one does not', () => {
  const text = 'HOST=file\nKEY=${HOST}'
  expect(read(text, { HOST: 'environment' }).values).toEqual({ KEY: 'environment' })
  expect(read(text, { HOST: '' }).values).toEqual({ HOST: 'file', KEY: 'file' })
})

test.each([
  ['KEY=${HOST}', '.env: KEY refers to HOST, which is not set'],
  ['KEY=a${KEY}', '.env: KEY refers to itself'],
  ['KEY=${HOST:?missing}', '.env: ${ in KEY is not understood: write ${NAME}, or \\${ for the characters themselves'],
])('%j is reported: a reference to nothing', (text, says) => {
  expect(read(text).warnings).toEqual([says])
})

const ignored = 'not understood, and ignored: write NAME=value, and put a value of several lines in single quotes'
test.each([
  ['KEY value', 2, ignored],
  ['KEY:value', 2, ignored],
  ['- KEY=value', 2, ignored],
  ['set KEY=value', 2, ignored],
  ['=value', 2, ignored],
  ['"KEY"="value"', 2, ignored],
  ['{"id": 1}', 2, ignored],
  ['; a comment', 2, ignored],
  ['KEY=first\nKEY=second', 2, 'KEY is given again further down, which counts'],
  ['KEY="value', 2, 'the quotes of KEY do not enclose its value'],
  ["KEY='a' b", 2, 'the quotes of KEY do not enclose its value'],
  ['KEY=https://pioneerapp.xyz/#/x', 2, 'KEY ends before the #: if that is part of it, use quotes'],
  ['KEY=a#b', 2, 'KEY ends before the #: if that is part of it, use quotes'],
  ['KEY:\nOTHER=1', 2, 'KEY has no value, so the next line is taken for it'],
])('%j is reported with its line, without its text', (text, line, says) => {
  const { values, warnings } = read(`BEFORE=1\n${text}\nAFTER=1\n`)
  expect(warnings).toEqual([`.env, line ${line}: ${says}`])
  expect(values).toMatchObject({ BEFORE: '1', AFTER: '1' })
})

test('a value of several lines without quotes: each line that is lost is reported', () => {
  const { values, warnings } = read('KEY=[\n  {"id": 1},\n  {"id": 2}\n]\n')
  expect(values).toEqual({ KEY: '[' })
  expect(warnings).toEqual([2, 3, 4].map((line) => `.env, line ${line}: ${ignored}`))
})

test('a file of junk is reported in a few lines', () => {
  const { values, warnings } = read('junk\n'.repeat(15_000))
  expect(values).toEqual({})
  expect(warnings).toHaveLength(11)
  expect(warnings.at(-1)).toMatch(/^\.env: \d+ more such lines$/)
})
