import { Worker } from 'node:worker_threads'

export type Question = { id: number; account: string; text: string; signature: string }
export type Answer = { id: number; isValid: boolean }

export type SignatureVerifier = ReturnType<typeof createSignatureVerifier>

const THREAD = new URL('./signature-thread.ts', import.meta.url)
/** Most members who sign in do it once: the memory is free again soon. */
const IDLE_MS = 30_000
/** 64 bytes, 65 for ecdsa, and one more if the signature names its type. */
const SIGNATURE = /^0x(?:[\dA-Fa-f]{2}){64,66}$/

type Waiting = { resolve: (isValid: boolean) => void; reject: (error: Error) => void }

/**
 * Verifies signatures of wallets in a thread of its own, so that they hold up no other request. The thread starts when
 * it is needed and ends when it is idle.
 * @param idleMs how long an idle thread stays, in milliseconds
 */
export function createSignatureVerifier(idleMs = IDLE_MS) {
  let thread: ReturnType<typeof startThread> | undefined

  function startThread() {
    const worker = new Worker(THREAD)
    const waiting = new Map<number, Waiting>()
    let idle: NodeJS.Timeout | undefined
    let lastId = 0

    function ended(error: Error): void {
      clearTimeout(idle)
      if (thread === started) thread = undefined
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    }
    worker.on('message', ({ id, isValid }: Answer) => {
      waiting.get(id)?.resolve(isValid)
      waiting.delete(id)
      if (!waiting.size) idle = setTimeout(() => void started.end(), idleMs).unref()
    })
    worker.on('error', ended)
    worker.on('exit', (code) => ended(new Error(`The thread that verifies signatures ended (${code})`)))
    const started = {
      ask: (question: Omit<Question, 'id'>) =>
        new Promise<boolean>((resolve, reject) => {
          clearTimeout(idle)
          const id = ++lastId
          waiting.set(id, { resolve, reject })
          worker.postMessage({ ...question, id } satisfies Question)
        }),
      async end(): Promise<void> {
        // What is asked from now on starts another thread.
        if (thread === started) thread = undefined
        await worker.terminate()
      },
    }
    return started
  }

  return {
    /**
     * @param account the address of the account that is said to have signed
     * @returns whether this account signed the text
     * @throws Error if the thread cannot be started, or ends
     */
    async isSignedBy(account: string, text: string, signature: string): Promise<boolean> {
      if (!SIGNATURE.test(signature)) return false
      thread ??= startThread()
      return thread.ask({ account, text, signature })
    },
    async close(): Promise<void> {
      await thread?.end()
    },
  }
}
