import { onTestFinished } from 'vitest'
import { type Chain, createChain, type QueryNode, startQueryNode } from '../src/index.ts'

export type RawAnswer = { status: number; headers: Headers; text: string }

/** Serves a chain until the end of the test. */
export async function serve(chain: Chain = createChain()): Promise<QueryNode> {
  const node = await startQueryNode(chain)
  onTestFinished(() => node.close())
  return node
}

export async function post(node: QueryNode, body: string): Promise<RawAnswer> {
  const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

export const postQuery = (node: QueryNode, query: string, variables?: object): Promise<RawAnswer> =>
  post(node, JSON.stringify({ query, variables }))

/** The data of the response. Throws if it contains errors. */
export async function ask<T>(node: QueryNode, query: string, variables?: object): Promise<T> {
  const { text } = await postQuery(node, query, variables)
  const answer: { data: T; errors?: { message: string }[] } = JSON.parse(text)
  if (answer.errors) throw new Error(answer.errors.map(({ message }) => message).join('\n'))
  return answer.data
}

export type Ids = { id: string }[]

/** The ids in the field `rows` of the response. */
export async function idsOf(node: QueryNode, query: string, variables?: object): Promise<string[]> {
  const { rows } = await ask<{ rows: Ids }>(node, query, variables)
  return rows.map(({ id }) => id)
}

/** A chain with two members, a category and a thread by the first member, all uncommitted. */
export function smallForum() {
  const chain = createChain()
  const alice = chain.memberJoins('alice')
  const bob = chain.memberJoins('bob')
  const general = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: alice, in: general, title: 'A thread', text: 'Its first post' })
  return { chain, alice, bob, general, thread }
}
