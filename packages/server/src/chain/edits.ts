import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import DataLoader from 'dataloader'
import { parse } from 'graphql'
import type { Edit } from '../events/chain.ts'
import type { QueryNode } from './client.ts'
import { inParts } from './parts.ts'
import { rowsOf } from './rows.ts'

type EditOf = Edit & { postId: string }

/** Edits per request: each takes a part of the query. */
const EDITS = 20
/** A post can have any number of edits: the last ones say enough about whom it has mentioned. */
const MOST_TEXTS = 20

/** Loads the texts of the last edits of a post before this one. */
export function earlierEdits(queryNode: QueryNode, list: string, field: string): DataLoader<EditOf, string[]> {
  return new DataLoader<EditOf, string[]>(
    async (edits) => {
      const texts = new Map(await inParts(edits, (part) => readEdits(queryNode, list, field, part)))
      return edits.map((edit) => texts.get(edit) ?? [])
    },
    { maxBatchSize: EDITS },
  )
}

async function readEdits(
  queryNode: QueryNode,
  list: string,
  field: string,
  edits: EditOf[],
): Promise<[EditOf, string[]][]> {
  const selected = edits.map(
    (_, n) => `e${n}: ${list}(
      where: {
        post: { id_eq: $post${n} }
        OR: [{ inBlock_lt: $block${n} }, { inBlock_eq: $block${n}, indexInBlock_lt: $index${n} }]
      }, orderBy: [inBlock_DESC, indexInBlock_DESC], limit: ${MOST_TEXTS}
    ) { text: ${field} }`,
  )
  const declared = edits.map((_, n) => `$post${n}: ID!, $block${n}: Int!, $index${n}: Int!`)
  const query: TypedDocumentNode<Record<string, { text: string }[]>, Record<string, string | number>> = parse(
    `query EarlierEdits(${declared.join(', ')}) { ${selected.join('\n')} }`,
  )
  const variables = edits.flatMap(({ postId, block, indexInBlock }, n) => [
    [`post${n}`, postId],
    [`block${n}`, block],
    [`index${n}`, indexInBlock],
  ])
  const answer = await queryNode.request(query, Object.fromEntries(variables))
  return edits.map((edit, n) => [edit, rowsOf(answer[`e${n}`] ?? [], 'edits').map(({ text }) => text)])
}
