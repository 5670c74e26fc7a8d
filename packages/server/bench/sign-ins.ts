import { createChain, startQueryNode } from 'query-node'

const PER_SECOND = 50
/** Each signs in once: a busy machine answers in another order. */
const MEMBERS = 500

const SIGN_IN = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`

/** Members with wallets, on a query node of their own. */
export async function createWallets() {
  const chain = createChain()
  const members = Array.from({ length: MEMBERS }, (_, n) => chain.memberJoins(`member-${n}`))
  chain.commitBlock()
  const queryNode = await startQueryNode(chain)

  /** Signs in 50 times a second while the work runs. @throws Error if a sign-in fails */
  async function duringSignIns<T>(url: string, seconds: number, work: () => Promise<T>): Promise<T> {
    const start = Date.now()
    // Signed before the work, which would otherwise wait for this process.
    const requests = Array.from({ length: PER_SECOND * (seconds + 1) }, (_, n) => {
      const member = members[n % MEMBERS]
      const timestamp = start + n
      const variables = {
        memberId: Number(member?.id),
        timestamp,
        signature: member?.sign(`${member.id}:${timestamp}`),
      }
      return JSON.stringify({ query: SIGN_IN, variables })
    })
    const answers: Promise<string>[] = []
    const signIn = () => {
      const body = requests.shift()
      // Each member is in a network of their own.
      const network = `198.51.${answers.length >> 8}.${answers.length & 255}`
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': network }
      if (body) answers.push(fetch(url, { method: 'POST', headers, body }).then((response) => response.text()))
    }
    // The first one starts the thread.
    signIn()
    await answers[0]
    const timer = setInterval(signIn, 1000 / PER_SECOND)
    const result = await work().finally(() => clearInterval(timer))
    const failed = (await Promise.all(answers)).find((answer) => !answer.startsWith('{"data":{"signin":"'))
    if (failed || !answers.length) throw new Error(`A sign-in failed: ${failed}`)
    return result
  }

  return { queryNode, duringSignIns }
}
