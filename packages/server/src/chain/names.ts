import { graphql } from '../generated/query-node/gql.ts'
import type { QueryNode } from './client.ts'

/** Ids of the query node. */
export type Named = { threads: readonly string[]; categories: readonly string[]; proposals: readonly string[] }

/** @returns titles by id. What the query node lacks or hides has none. @throws QueryNodeError if it does not answer */
export async function readNames(queryNode: QueryNode, { threads, categories, proposals }: Named) {
  const limit = threads.length + categories.length + proposals.length
  if (!limit) return { threads: new Map<string, string>(), categories: new Map(), proposals: new Map() }
  const found = await queryNode.request(namesQuery, {
    threads: [...threads],
    categories: [...categories],
    proposals: [...proposals],
    limit,
  })
  const titles = (rows: readonly { id: string; title: string }[]) => new Map(rows.map(({ id, title }) => [id, title]))
  return {
    threads: titles(found.threads.filter(({ isVisible }) => isVisible)),
    categories: titles(found.categories),
    proposals: titles(found.proposals),
  }
}

const namesQuery = graphql(`
  query Names($threads: [ID!]!, $categories: [ID!]!, $proposals: [ID!]!, $limit: Int!) {
    threads: forumThreads(where: { id_in: $threads }, limit: $limit) { id title isVisible }
    categories: forumCategories(where: { id_in: $categories }, limit: $limit) { id title }
    proposals: proposals(where: { id_in: $proposals }, limit: $limit) { id title }
  }
`)
