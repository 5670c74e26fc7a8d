import type { Roles } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { ALL, type QueryNode } from './client.ts'
import { rowsOf } from './rows.ts'

/** Facts that hold for a whole run: requested when an event first needs them, then kept. */
export type Standing = {
  /** A category and its ancestors, nearest first. */
  categoryPath: (id: string) => Promise<string[]>
  roles: () => Promise<Roles>
}

export function standing(queryNode: QueryNode): Standing {
  const parents = once(() => readParents(queryNode))
  return {
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
function once<T>(read: () => Promise<T>): () => Promise<T> {
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
  const { rows } = await queryNode.request(categoriesQuery, { limit: ALL })
  return new Map(rowsOf(rows, 'categories').map(({ id, parentId }) => [id, parentId]))
}

async function readRoles(queryNode: QueryNode): Promise<Roles> {
  const answer = await queryNode.request(rolesQuery, { limit: ALL })
  const workers = rowsOf(answer.workers, 'workers')
  const council = rowsOf(answer.councils, 'councils').flatMap(({ councilMembers }) =>
    rowsOf(councilMembers, 'council members').map(({ memberId }) => memberId),
  )
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

const categoriesQuery = graphql(`
  query Categories($limit: Int!) {
    rows: forumCategories(limit: $limit) { id parentId }
  }
`)
// Past councils count as resigned; the newest of the others is the one in office.
const rolesQuery = graphql(`
  query Roles($limit: Int!) {
    councils: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {
      councilMembers { memberId }
    }
    workers(where: { isActive_eq: true }, limit: $limit) {
      groupId
      isLead
      membershipId
    }
  }
`)
