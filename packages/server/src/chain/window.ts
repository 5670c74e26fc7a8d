import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse, print } from 'graphql'
import type { AnyEventDefinition, EventMeta } from '../events/define.ts'
import { events } from '../events/list.ts'
import { type QueryNode, QueryNodeError } from './client.ts'

/** `row` has the fields that the event's definition requests. */
export type ReadEvent = EventMeta & { type: string; row: Record<string, unknown> }

/** How far the chain is indexed. `latest`: the newest block of each type that has events. */
export type Head = { block: number; latest: Map<string, number> }

/** The events of the blocks after the cursor up to `end`, inclusive, oldest first. */
export type Window = { events: ReadEvent[]; end: number }

type Rows = Record<string, { id: string; inBlock: number; indexInBlock: number; createdAt: string }[]>
type Position = { block: number; index: number }

/** Rows of one type per answer. */
const PAGE_SIZE = 1_000
/** About the number of events after which a window is cut, so that any backlog takes the same memory. */
const WINDOW_SIZE = 2_000
/** After the last event of any block. */
const END_OF_BLOCK = 2 ** 31 - 1

// The query node's `events` query silently loses rows (docs/decisions/0001).
const listOf = ({ type }: AnyEventDefinition) => `${type[0]?.toLowerCase()}${type.slice(1)}Events`

const headQuery: TypedDocumentNode<Record<string, { inBlock: number }[]>, Record<string, never>> = parse(
  `query Head { ${events
    .map((event) => `${event.type}: ${listOf(event)}(orderBy: [inBlock_DESC], limit: 1) { inBlock }`)
    .join('\n')} }`,
)

/**
 * Asks for the newest event of each type. The indexer commits one block at a time, so every block up to the newest one
 * is complete.
 * @returns block 0 when there are no events at all
 * @throws QueryNodeError
 */
export async function readHead(queryNode: QueryNode): Promise<Head> {
  const answer = await queryNode.request(headQuery, {})
  const latest = new Map<string, number>()
  for (const { type } of events) {
    const block = answer[type]?.[0]?.inBlock
    if (block !== undefined) latest.set(type, block)
  }
  return { block: Math.max(0, ...latest.values()), latest }
}

/**
 * Reads the events of the blocks after `cursor`, up to the head or to the size of a window. The head was requested
 * before, so blocks that are committed meanwhile cannot tear the window.
 * @throws QueryNodeError also when the answer contradicts the head or its own order
 */
export async function readWindow(queryNode: QueryNode, cursor: number, head: Head): Promise<Window> {
  const found = new Map<AnyEventDefinition, ReadEvent[]>(events.map((event) => [event, []]))
  let open = new Map<AnyEventDefinition, Position>(
    events.map((event) => [event, { block: cursor, index: END_OF_BLOCK }]),
  )
  let end = head.block
  let count = 0

  while (open.size) {
    const { query, variables } = pageQuery(open, end)
    const answer = await queryNode.request(query, variables)
    const stillOpen: typeof open = new Map()
    for (const [event, after] of open) {
      const page = (answer[event.type] ?? []).map((row) => toEvent(event.type, row))
      const last = checkOrder(event.type, page, after, end)
      found.get(event)?.push(...page)
      count += page.length
      // A type is finished when an answer is empty: one with fewer rows than requested proves nothing.
      if (page.length) stillOpen.set(event, last)
    }
    open = stillOpen

    // The blocks before the one that any unfinished type has reached are complete.
    const complete = Math.min(...[...open.values()].map(({ block }) => block - 1))
    if (count >= WINDOW_SIZE && open.size && complete > cursor) {
      end = complete
      break
    }
  }

  checkComplete(found, cursor, end, head)
  const inWindow = [...found.values()].flat().filter(({ block }) => block <= end)
  return { end, events: inWindow.sort((a, b) => a.block - b.block || a.indexInBlock - b.indexInBlock) }
}

function pageQuery(open: Map<AnyEventDefinition, Position>, end: number) {
  const types = [...open.keys()]
  const declared = types.map(({ type }) => `$${type}Block: Int!, $${type}Index: Int!`).join(', ')
  const selected = types.map((event) => {
    const { type, fields } = event
    const after = `OR: [{ inBlock_gt: $${type}Block }, { inBlock_eq: $${type}Block, indexInBlock_gt: $${type}Index }]`
    return `${type}: ${listOf(event)}(
      where: { ${after}, inBlock_lte: $end }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $limit
    ) { id inBlock indexInBlock createdAt ${fields ? `...${type}` : ''} }`
  })
  const fragments = types.flatMap(({ fields }) => (fields ? [print(fields)] : []))
  const query: TypedDocumentNode<Rows, Record<string, number>> = parse(
    `query Window($end: Int!, $limit: Int!, ${declared}) { ${selected.join('\n')} }\n${fragments.join('\n')}`,
  )
  const positions = [...open].flatMap(([{ type }, { block, index }]) => [
    [`${type}Block`, block],
    [`${type}Index`, index],
  ])
  return { query, variables: { end, limit: PAGE_SIZE, ...Object.fromEntries(positions) } }
}

function toEvent(type: string, { id, inBlock, indexInBlock, createdAt, ...row }: Rows[string][number]): ReadEvent {
  return { type, id, block: inBlock, indexInBlock, time: new Date(createdAt), row }
}

function checkOrder(type: string, page: ReadEvent[], after: Position, end: number): Position {
  let last = after
  for (const { id, block, indexInBlock: index } of page) {
    const ascends = block > last.block || (block === last.block && index > last.index)
    if (!ascends || block > end) {
      throw new QueryNodeError(`The query node returned ${type} ${id} out of order: its answers cannot be trusted now`)
    }
    last = { block, index }
  }
  return last
}

/** The head has the newest event of each type: if one in the window is missing, the answer was truncated. */
function checkComplete(found: Map<AnyEventDefinition, ReadEvent[]>, cursor: number, end: number, head: Head): void {
  for (const [{ type }, list] of found) {
    const newest = head.latest.get(type) ?? 0
    if (newest > cursor && newest <= end && (list.at(-1)?.block ?? 0) < newest) {
      throw new QueryNodeError(`The query node left out ${type} events up to block ${newest}: its answer is incomplete`)
    }
  }
}
