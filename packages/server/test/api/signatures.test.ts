import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { Keyring } from '@polkadot/keyring'
import { expect, onTestFinished, test } from 'vitest'
import { createSignatureVerifier } from '../../src/api/signature-verifier.ts'
import { serveApi, signed } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const SIGNIN = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`

const wallet = new Keyring({ type: 'ed25519', ss58Format: 126 }).addFromUri('//wallet')
const sign = (text: string) => `0x${Buffer.from(wallet.sign(text)).toString('hex')}`

/** Every thread that this process starts, until the end of the test. */
function threads(): Worker[] {
  const started: Worker[] = []
  const add = (worker: Worker) => void started.push(worker)
  process.on('worker', add)
  onTestFinished(() => void process.off('worker', add))
  return started
}

test('only a sign-in starts the thread that verifies signatures, and simultaneous ones share it', async () => {
  const started = threads()
  const story = await createStory()
  const members = Array.from({ length: 10 }, (_, n) => story.stranger(`member-${n}`))
  await story.begins()
  const api = await serveApi(story)
  await api.data('{ memberExist(id: 1) }')
  expect(started).toHaveLength(0)
  await Promise.all(members.map((member) => api.data(SIGNIN, signed(member))))
  expect(started).toHaveLength(1)
  const [worker] = started
  const ended = once(worker as Worker, 'exit')
  await api.close()
  await ended
})

test('an idle thread ends, and the next signature starts another one', async () => {
  const started = threads()
  const verifier = createSignatureVerifier(1)
  onTestFinished(verifier.close)
  const signature = sign('a text')
  for (const [count, text] of [
    [1, 'a text'],
    [2, 'another text'],
  ] as const) {
    expect(await verifier.isSignedBy(wallet.address, text, signature)).toBe(text === 'a text')
    expect(started).toHaveLength(count)
    await once(started[count - 1] as Worker, 'exit')
  }
})

test('a thread that dies fails the signatures that it had, and no later one', async () => {
  const verifier = createSignatureVerifier()
  onTestFinished(verifier.close)
  const signature = sign('a text')
  const lost = verifier.isSignedBy(wallet.address, 'a text', signature)
  const [worker] = (await once(process, 'worker')) as [Worker]
  await Promise.all([expect(lost).rejects.toThrow('The thread that verifies signatures ended'), worker.terminate()])
  expect(await verifier.isSignedBy(wallet.address, 'a text', signature)).toBe(true)
})

test('what cannot be a signature or an account is rejected, however long it is', async () => {
  const started = threads()
  const verifier = createSignatureVerifier()
  onTestFinished(verifier.close)
  for (const wrong of ['', '0x', `0x${'0'.repeat(127)}`, `0x${'0'.repeat(1_000_000)}`, `0x${'g'.repeat(128)}`]) {
    expect(await verifier.isSignedBy(wallet.address, 'a text', wrong)).toBe(false)
  }
  expect(started).toHaveLength(0)
  const signature = sign('a text')
  for (const account of ['', 'nobody', '5'.repeat(1_000_000), null as unknown as string]) {
    expect(await verifier.isSignedBy(account, 'a text', signature)).toBe(false)
  }
  expect(await verifier.isSignedBy(wallet.address, 'a text', signature)).toBe(true)
})
