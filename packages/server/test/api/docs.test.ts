import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildSchema, execute, getOperationAST, getVariableValues, Kind, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { createWallet, proofOf } from '../support/accounts.ts'
import { serveApi, signed } from '../support/api.ts'
import { guideBlocks, guideScript, readGuide } from '../support/api-guide.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const SERVER = join(import.meta.dirname, '../..')
const schema = buildSchema(await readFile(join(SERVER, 'schema.graphql'), 'utf8'))

/** The examples in docs/api.md: a document, its variables if it has any, and the answer. */
const operations = (await guideBlocks()).flatMap(({ section, language, text }, at, blocks) => {
  if (language !== 'graphql') return []
  const document = parse(text)
  const operation = getOperationAST(document)
  if (!operation) throw new Error(`A document under "${section}" has several operations`)
  const examples = blocks.slice(at + 1, at + 3).map((block) => block.language === 'json' && JSON.parse(block.text))
  const [variables, answer] = operation.variableDefinitions?.length ? examples : [{}, examples[0]]
  return { section, text, document, operation, variables, answer }
})

test.each(operations)('the example of $section matches the schema', (guide) => {
  const { document, operation, variables, answer } = guide
  expect(validate(schema, document)).toEqual([])
  expect(getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors).toBeUndefined()
  expect(execute({ schema, document, variableValues: variables, rootValue: answer.data })).toEqual(answer)
})

test('a server answers the examples as the guide shows', async () => {
  const story = await createStory()
  const alice = await story.member('alice')
  const fumiko = story.stranger('fumiko')
  story.chain.threadCreated({
    by: fumiko,
    in: story.chain.categoryCreated('General'),
    title: 'Tea',
    text: 'Or coffee?',
  })
  await story.begins()
  await story.db.member.updateMany({ data: { unverifiedEmail: 'a@example.org' } })
  const api = await serveApi(story)
  const secrets: Record<string, object> = {
    signup: signed(fumiko),
    signin: signed(alice),
    watchAccount: proofOf(createWallet('cold'), alice, { prefix: 126 }),
    verifyEmail: { token: story.tokens.email(Number(alice.id), 'a@example.org') },
  }
  for (const { section, text, operation, variables, answer } of operations) {
    if (operation.operation === 'subscription') continue
    const data = await api.data(text, { ...variables, ...secrets[section] }, api.tokenOf(alice))
    expect(Object.keys(data)).toEqual(Object.keys(answer.data))
  }
})

test('the guide shows every query, mutation and subscription', () => {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    const shown = operations
      .filter(({ operation }) => operation.operation === type?.name.toLowerCase())
      .flatMap(({ operation }) => operation.selectionSet.selections)
      .map((field) => field.kind === Kind.FIELD && field.name.value)
    expect([...new Set(shown)].sort()).toEqual(Object.keys(type?.getFields() ?? {}).sort())
  }
})

test('the guide explains every error code', async () => {
  const sources = ['errors.ts', 'graphql/document-errors.ts', 'server.ts']
  const code = await Promise.all(sources.map((file) => readFile(join(SERVER, 'src/api', file), 'utf8')))
  const given = [...code.join('').matchAll(/'([A-Z]+_[A-Z_]+|UNAUTHENTICATED)'/g)].map(([, name]) => name)
  const explained = [...(await readGuide()).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  // graphql-yoga adds this one.
  expect(explained.sort()).toEqual([...new Set([...given, 'OPERATION_RESOLUTION_FAILURE'])].sort())
})

test('the example client signs in with a key pair and reads its member', async () => {
  const story = await createStory()
  await story.member('alice')
  await story.begins()
  const api = await serveApi(story)
  const script = (await guideScript('Signing in')).replace('http://127.0.0.1:3000', api.url)
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: SERVER,
  })
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    "{ id: 0, name: 'alice', email: 'alice@example.org', receiveEmails: true }",
  )
  expect(stderr).toBe('')
})
