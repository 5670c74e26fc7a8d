import type { Roles } from '../events/chain.ts'
import { lengthsWith, type ProposalLength } from '../events/proposals/lengths.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { PAGE_ROWS, type QueryNode, QueryNodeError } from './client.ts'
import { rowsOf } from './rows.ts'

/** Facts that hold for a whole run: requested when an event first needs them, then kept. */
export type Standing = {
  /** A category and its ancestors, nearest first. */
  categoryPath: (id: string) => Promise<string[]>
  roles: () => Promise<Roles>
  /** By type of proposal, with those that replace known ones. */
  lengths: Readonly<Record<string, ProposalLength>>
}

/** @param replaced lengths of proposals */
export function standing(queryNode: QueryNode, replaced?: Parameters<typeof lengthsWith>[0]): Standing {
  const parents = once(() => readParents(queryNode))
  return {
    lengths: lengthsWith(replaced),
    roles: once(() => readRoles(queryNode)),
    async categoryPath(id) {
      const parentOf = await parents()
      const path: string[] = []
      // Stops at a category that is its own ancestor.
      for (let next: string | null | undefined = id; next && !path.includes(next); next = parentOf.get(next)) {
        path.push(next)
      }
      return path
    },
  }
}

/** Keeps the value, but no failure: the next caller tries again. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined
  return () => {
    value ??= read().catch((error: unknown) => {
      value = undefined
      throw error
    })
    return value
  }
}

async function readParents(queryNode: QueryNode): Promise<Map<string, string | null | undefined>> {
  const rows = await pageByPage('categories', async (page) => (await queryNode.request(categoriesQuery, page)).rows)
  return new Map(rows.map(({ id, parentId }) => [id, parentId]))
}

async function readRoles(queryNode: QueryNode): Promise<Roles> {
  let council: string[] = []
  const workers = await pageByPage('workers', async (page) => {
    const { councils, rows } = await queryNode.request(rolesQuery, page)
    council = rowsOf(councils, 'councils').flatMap(({ councilMembers }) =>
      rowsOf(councilMembers, 'council members').map(({ memberId }) => memberId),
    )
    return rows
  })
  const ids = (list: typeof workers) => [...new Set(list.map(({ membershipId }) => membershipId))]
  const byGroup = Map.groupBy(workers, ({ groupId }) => groupId)
  return {
    council,
    workers: ids(workers),
    leads: ids(workers.filter(({ isLead }) => isLead)),
    workersOf: (groupId) => ids(byGroup.get(groupId) ?? []),
    leadOf: (groupId) => ids((byGroup.get(groupId) ?? []).filter(({ isLead }) => isLead)),
  }
}

/** Pages of a list that the DAO itself keeps short. */
const MOST_PAGES = 20

/** Reads a list to its end. @throws QueryNodeError when it does not end */
async function pageByPage<Row extends object>(
  name: string,
  request: (page: { offset: number; limit: number }) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let page = 0; page < MOST_PAGES; page++) {
    const more = await request({ offset: page * PAGE_ROWS, limit: PAGE_ROWS })
    rows.push(...rowsOf(more, name))
    if (more.length < PAGE_ROWS) return rows
  }
  throw new QueryNodeError(
    `The query node returned more than ${rows.length} ${name}: its answers cannot be trusted now`,
  )
}

const categoriesQuery = graphql(`
  query Categories($offset: Int!, $limit: Int!) {
    rows: forumCategories(orderBy: [createdAt_ASC], offset: $offset, limit: $limit) { id parentId }
  }
`)
// Past councils count as resigned; the newest of the others is the one in office.
const rolesQuery = graphql(`
  query Roles($offset: Int!, $limit: Int!) {
    councils: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {
      councilMembers { memberId }
    }
    rows: workers(where: { isActive_eq: true }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit) {
      groupId
      isLead
      membershipId
    }
  }
`)
