import { parentPort } from 'node:worker_threads'
import { hexToU8a } from '@polkadot/util'
import { cryptoWaitReady, signatureVerify } from '@polkadot/util-crypto'
import type { Answer, Question } from './signature-verifier.ts'

/** Decoding an address takes the square of its length. */
const MAX_ACCOUNT_LENGTH = 100

// A thread of signature-verifier.ts. WebAssembly for signatures takes 128 MB: only this thread loads it.

/** Accepts sr25519, ed25519 and ecdsa, over the plain text or wrapped in `<Bytes>`, as wallet extensions sign it. */
function isSignedBy({ account, text, signature }: Question): boolean {
  try {
    return account.length <= MAX_ACCOUNT_LENGTH && signatureVerify(text, hexToU8a(signature), account).isValid
  } catch {
    return false
  }
}

await cryptoWaitReady()
parentPort?.on('message', (question: Question) => {
  parentPort?.postMessage({ id: question.id, isValid: isSignedBy(question) } satisfies Answer)
})
