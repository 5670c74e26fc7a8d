import { encodeAddress } from '@polkadot/util-crypto'
import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { MOST_WATCHED, watchAccount } from '../../src/members/watched-accounts.ts'
import { createWallet, KEY_TYPES, PREFIXES, proofOf, type Wallet } from '../support/accounts.ts'
import { serveApi, signed } from '../support/api.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const MINUTE = 60_000

const WATCH = `mutation ($address: String!, $label: String!, $signature: String!, $timestamp: BigInt!) {
  watchAccount(address: $address, label: $label, signature: $signature, timestamp: $timestamp) { address label }
}`
const UNWATCH = 'mutation ($address: String!) { unwatchAccount(address: $address) }'
const LIST = '{ watchedAccounts { address label createdAt } }'
const SIGNIN = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`

async function registered(options: Parameters<typeof serveApi>[1] = {}) {
  const story = await createStory()
  const [alice, bob] = [await story.member('alice'), await story.member('bob')]
  await story.begins()
  const api = await serveApi(story, options)
  const as = (member: Member) => {
    const token = api.tokenOf(member)
    return {
      watch: (variables: object) => api.data(WATCH, variables, token),
      codeOf: (variables: object) => api.code(WATCH, variables, token),
      async messageOf(document: string, variables: object) {
        const { errors } = await api.ask(document, variables, token)
        return `${errors?.[0]?.extensions?.code}: ${errors?.[0]?.message}`
      },
      unwatch: async (address: string) => (await api.data(UNWATCH, { address }, token)).unwatchAccount,
      async list() {
        const { watchedAccounts } = await api.data(LIST, {}, token)
        return (watchedAccounts as { address: string; label: string }[]).map(({ address, label }) => [address, label])
      },
    }
  }
  return { story, api, alice, bob, as }
}

test.each(KEY_TYPES)('a member watches an %s account by any of its addresses, which are one account', async (type) => {
  const { story, alice, as } = await registered()
  const { watch, unwatch, list } = as(alice)
  const wallet = createWallet('wallet', type)
  for (const prefix of PREFIXES) {
    const proof = proofOf(wallet, alice, { prefix, label: `  by ${prefix} ` })
    expect(await watch(proof)).toEqual({ watchAccount: { address: wallet.address(prefix), label: `by ${prefix}` } })
    expect(await list()).toEqual([[wallet.address(prefix), `by ${prefix}`]])
  }
  expect(await story.db.watchedAccount.findMany()).toMatchObject([{ account: wallet.key }])
  expect(await unwatch(wallet.address(126))).toBe(true)
  expect(await list()).toEqual([])
  expect(await unwatch(wallet.address(126))).toBe(false)
})

test('a wallet may wrap the text that it signs', async () => {
  const { alice, as } = await registered()
  const wallet = createWallet('wallet')
  const proof = proofOf(wallet, alice)
  const signature = wallet.sign(`<Bytes>watch:${alice.id}:${proof.address}:${proof.timestamp}</Bytes>`)
  await as(alice).watch({ ...proof, signature })
  expect(await as(alice).list()).toEqual([[wallet.address(), 'cold wallet']])
})

test('accounts are listed in the order in which they were added, and a new label moves none', async () => {
  const { alice, as } = await registered()
  const wallets = ['one', 'two', 'three'].map((name) => createWallet(name))
  for (const [n, wallet] of wallets.entries()) await as(alice).watch(proofOf(wallet, alice, { label: `${n}` }))
  await as(alice).watch(proofOf(wallets[0] as Wallet, alice, { label: 'again' }))
  expect((await as(alice).list()).map(([, label]) => label)).toEqual(['again', '1', '2'])
})

test('two members can watch one account, each with a label of their own', async () => {
  const { alice, bob, as } = await registered()
  const wallet = createWallet('wallet')
  await as(alice).watch(proofOf(wallet, alice, { label: 'savings' }))
  await as(bob).watch(proofOf(wallet, bob, { label: 'our box' }))
  await as(bob).unwatch(wallet.address())
  expect([await as(alice).list(), await as(bob).list()]).toEqual([[[wallet.address(), 'savings']], []])
})

test('a signature proves nothing for another member, another address, another time, or by another account', async () => {
  const { story, alice, bob, as } = await registered()
  const wallet = createWallet('wallet')
  const now = Date.now()
  const proof = proofOf(wallet, alice, { timestamp: now })
  const text = `watch:${alice.id}:${proof.address}:${now}`
  for (const wrong of [
    proofOf(wallet, bob, { timestamp: now }),
    { ...proof, address: wallet.address(126) },
    { ...proof, timestamp: now + 1 },
    { ...proof, address: createWallet('other').address() },
    { ...proof, signature: createWallet('other').sign(text) },
    { ...proof, signature: alice.sign(text) },
    { ...proof, signature: wallet.sign(`${alice.id}:${now}`) },
    { ...proof, signature: '0x00' },
    proofOf(wallet, alice, { timestamp: now - 61 * MINUTE }),
    proofOf(wallet, alice, { timestamp: now + 6 * MINUTE }),
  ]) {
    await story.db.rateLimit.deleteMany()
    expect(await as(alice).codeOf(wrong)).toBe('INVALID_SIGNATURE')
  }
  expect(await as(alice).messageOf(WATCH, { ...proof, signature: alice.sign(text) })).toBe(
    `INVALID_SIGNATURE: This signature of ${text} is not from the account ${proof.address}, or is of another text. Sign exactly this text with that account, with the address as you send it. Multi-signature and proxy accounts cannot sign.`,
  )
  expect(await as(alice).list()).toEqual([])
})

test('a signature that is fresh works again, because only the member who is signed in has it', async () => {
  const { alice, as } = await registered()
  const wallet = createWallet('wallet')
  const proof = proofOf(wallet, alice)
  for (const _ of ['first', 'second']) {
    await as(alice).watch(proof)
    expect(await as(alice).unwatch(wallet.address())).toBe(true)
  }
})

test('what is no address is refused before anything is verified, with a hint', async () => {
  const { story, alice, as } = await registered()
  const wallet = createWallet('wallet')
  const proof = proofOf(wallet, alice)
  const own = wallet.address()
  const misspelt = own.slice(0, -1) + (own.endsWith('A') ? 'B' : 'A')
  const hint =
    'BAD_USER_INPUT: This is not the address of an account, or a character of it is wrong: copy it from your wallet again.'
  // A key of 33 bytes is none of an account.
  const tooLong = encodeAddress(new Uint8Array(33).fill(7))
  for (const address of [
    '',
    'alice',
    tooLong,
    misspelt,
    ` ${own}`,
    wallet.key,
    '0x00',
    'F7Hs',
    '5'.repeat(90_000),
    '\0',
  ]) {
    expect(await as(alice).messageOf(WATCH, { ...proof, address })).toBe(hint)
    expect(await as(alice).messageOf(UNWATCH, { address })).toBe(hint)
  }
  expect(await story.db.rateLimit.count()).toBe(0)
})

test('a label has 1 to 100 characters that stay within a line', async () => {
  const { story, alice, as } = await registered()
  const wallet = createWallet('wallet')
  for (const label of [
    '',
    '  ',
    'x'.repeat(101),
    'a\nb',
    'a\0b',
    'a\u2028b',
    'turn \u202e around',
    '\ud800',
    'x'.repeat(90_000),
  ])
    expect(await as(alice).codeOf(proofOf(wallet, alice, { label }))).toBe('BAD_USER_INPUT')
  expect(await story.db.rateLimit.count()).toBe(0)
  for (const label of ['x', 'x'.repeat(100), 'Ledger 👩‍🚀 <b>']) {
    await as(alice).watch(proofOf(wallet, alice, { label }))
    expect(await as(alice).list()).toEqual([[wallet.address(), label]])
  }
})

test(`a member watches ${MOST_WATCHED} accounts at most, also when several are added at once`, async () => {
  const { story, alice, bob, as } = await registered()
  const others = Array.from({ length: MOST_WATCHED - 2 }, (_, n) => ({
    memberId: Number(alice.id),
    account: `0x${n}`,
    address: `5a${n}`,
    label: `${n}`,
  }))
  await story.db.watchedAccount.createMany({ data: others })
  const wallets = Array.from({ length: 6 }, (_, n) => createWallet(`at once ${n}`))
  const answers = await Promise.allSettled(wallets.map((wallet) => as(alice).watch(proofOf(wallet, alice))))
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.message] : []))
  expect(failures).toEqual(Array(4).fill(`You watch ${MOST_WATCHED} accounts already: remove one of them first.`))
  expect(await as(alice).list()).toHaveLength(MOST_WATCHED)
  // One that is there gets a new label, and another member has room.
  const added = wallets[answers.findIndex(({ status }) => status === 'fulfilled')] as Wallet
  await as(alice).watch(proofOf(added, alice, { label: 'again' }))
  expect((await as(alice).list()).filter(([, label]) => label === 'again')).toHaveLength(1)
  await as(bob).watch(proofOf(added, bob))
  await as(alice).unwatch(added.address())
  await as(alice).watch(proofOf(createWallet('one more'), alice))
  expect(await as(alice).list()).toHaveLength(MOST_WATCHED)
})

test('of two accounts that are added in the same moment, the second waits to be counted', async () => {
  const { story, alice } = await registered()
  const { db, pool } = story
  const memberId = Number(alice.id)
  const account = (name: string) => ({ account: `0x${name}`, address: name, label: name })
  const others = Array.from({ length: MOST_WATCHED - 1 }, (_, n) => ({ memberId, ...account(`${n}`) }))
  await db.watchedAccount.createMany({ data: others })
  const add = (name: string) => inTransaction(pool, (transaction) => watchAccount(transaction, memberId, account(name)))
  let second: Promise<unknown> | undefined
  let isDone = false
  await inTransaction(pool, async (transaction) => {
    expect(await watchAccount(transaction, memberId, account('first'))).toMatchObject({ label: 'first' })
    second = add('second').finally(() => {
      isDone = true
    })
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    await until(async () => isDone || (await pool.query(waiting)).rowCount === 1)
  })
  expect(await second).toBeUndefined()
  expect(await db.watchedAccount.count()).toBe(MOST_WATCHED)
})

test('after ten wrong signatures a member waits, and still signs in; right ones are not counted', async () => {
  const { story, api, alice, bob, as } = await registered()
  const wallet = createWallet('wallet')
  for (let n = 0; n < 12; n++) await as(alice).watch(proofOf(wallet, alice))
  const junk = { ...proofOf(wallet, alice), signature: `0x${'11'.repeat(64)}` }
  for (let n = 0; n < 10; n++) expect(await as(alice).codeOf(junk)).toBe('INVALID_SIGNATURE')
  expect(await as(alice).codeOf(proofOf(wallet, alice))).toBe('RATE_LIMITED')
  await as(bob).watch(proofOf(wallet, bob))
  await api.data(SIGNIN, signed(alice))
  const counts = await story.db.rateLimit.findMany({ orderBy: { key: 'asc' } })
  expect(counts.map(({ key, count }) => [key.replace(/ [\d.:a-f]+$/, ''), count])).toContainEqual([
    `proof of account of member ${alice.id} from`,
    11,
  ])
})

test('a request can have one signature', async () => {
  const { api, alice } = await registered()
  const once = (alias: string) =>
    `${alias}: watchAccount(address: "a", label: "b", signature: "0x", timestamp: 1) { label }`
  const { errors } = await api.ask(`mutation { ${once('a')} ${once('b')} }`, {}, api.tokenOf(alice))
  expect(errors?.[0]?.message).toBe('A request can contain only one signin, signup or watchAccount.')
})

test('who leaves takes their watched accounts along', async () => {
  const { story, alice, as } = await registered()
  await as(alice).watch(proofOf(createWallet('wallet'), alice))
  await story.db.member.delete({ where: { id: Number(alice.id) } })
  expect(await story.db.watchedAccount.count()).toBe(0)
})
