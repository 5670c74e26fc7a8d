import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse, print } from 'graphql'
import type { AnyEventDefinition, EventMeta } from '../events/define.ts'
import { chainEvents } from '../events/list.ts'
import type { Stages } from '../events/stages.ts'
import { type QueryNode, QueryNodeError, QueryRefused, UnanswerableError } from './client.ts'
import { isId } from './rows.ts'
import { STAGES, toStages } from './stages.ts'

/** `row` has the fields that the event's definition requests. `malformed`: why the row cannot be used. */
export type ReadEvent = EventMeta & { type: string; row: Record<string, unknown>; malformed?: string }

/** How far the chain is indexed, and when that block was made. `latest`: the newest block of each type that has events. */
export type Head = {
  block: number
  time: Date | undefined
  latest: Map<string, number>
  /** Undefined: they were not requested. */
  stages?: Stages
  /** Why they could not be read. */
  stagesFailure?: string
}

/** The events of the blocks after the cursor up to `end`, inclusive, oldest first, and the time of the newest one. */
export type Window = { events: ReadEvent[]; end: number; time: Date | undefined }

type EventTypes = readonly AnyEventDefinition[]
/** By type. What the rows are is not trusted. */
type Rows = Record<string, readonly unknown[]>
type Position = { block: number; index: number }
type Selection = 'everything' | 'id, position, time' | 'position'

/** Rows of one type per answer. */
const PAGE_SIZE = 1_000
/** About the number of events, and of UTF-16 units in them, after which a window is cut: any backlog takes the same memory. */
const WINDOW_SIZE = 2_000
const WINDOW_UNITS = 4_000_000
/** After the last event of any block. */
const END_OF_BLOCK = 2 ** 31 - 1
/** By how much a request that cannot be answered is narrowed. */
const NARROWING = 8
/** Beyond it, a time is a mistake. */
const LATEST_TIME = Date.UTC(3000)

// The query node's `events` query silently loses rows (docs/decisions/0001).
const listOf = ({ type }: AnyEventDefinition) => `${type[0]?.toLowerCase()}${type.slice(1)}Events`

/**
 * Asks for the newest event of each type. The indexer commits one block at a time, so every block up to the newest one
 * is complete.
 * @param withStages asks for what ends some time ahead, too
 * @returns block 0 when there are no events at all
 * @throws QueryNodeError
 */
export async function readHead(
  queryNode: QueryNode,
  types: EventTypes = chainEvents,
  { withStages = false } = {},
): Promise<Head> {
  const lists = types.map(
    (event) => `${event.type}: ${listOf(event)}(orderBy: [inBlock_DESC], limit: 1) { inBlock indexInBlock createdAt }`,
  )
  const query: TypedDocumentNode<Rows, Record<string, never>> = parse(
    `query Head { ${lists.join('\n')} ${withStages ? STAGES : ''} }`,
  )
  const answer = await queryNode.request(query, {})
  const latest = new Map<string, number>()
  let head: Pick<Head, 'block' | 'time'> = { block: 0, time: undefined }
  for (const { type } of types) {
    const [newest] = answer[type] ?? []
    if (newest === undefined) continue
    const block = positionOf(newest)?.block
    if (block === undefined) throw new QueryNodeError(`The query node named no valid block of the newest ${type} event`)
    latest.set(type, block)
    if (block > head.block) head = { block, time: timeOf(newest) }
  }
  return { ...head, latest, ...(withStages && { stages: toStages(answer) }) }
}

/**
 * Asks for each type by itself, without reading any event.
 * @returns the types that do not fit the query node's schema: it is older or newer than this service
 * @throws QueryNodeError
 */
export async function readUnknownTypes(queryNode: QueryNode, types: EventTypes): Promise<string[]> {
  const unknown = types.map(async (event) => {
    const { query, variables } = pageQuery({
      open: new Map([[event, { block: 0, index: 0 }]]),
      end: 0,
      limit: 1,
      selection: 'everything',
    })
    try {
      await queryNode.request(query, variables)
      return []
    } catch (error) {
      if (error instanceof QueryRefused) return event.type
      throw error
    }
  })
  return (await Promise.all(unknown)).flat()
}

/**
 * Reads the events of the blocks after `cursor`, up to the head or to the size of a window. The head was requested
 * before, so blocks that are committed meanwhile cannot tear the window.
 * @throws QueryNodeError also when the answer contradicts the head or its own order
 */
export async function readWindow(
  queryNode: QueryNode,
  cursor: number,
  head: Head,
  types: EventTypes = chainEvents,
): Promise<Window> {
  const found = new Map<AnyEventDefinition, ReadEvent[]>(types.map((event) => [event, []]))
  let open = new Map<AnyEventDefinition, Position>(
    types.map((event) => [event, { block: cursor, index: END_OF_BLOCK }]),
  )
  let end = head.block
  let count = 0
  let units = 0
  let limit = PAGE_SIZE

  while (open.size) {
    const answer = await readPage(queryNode, { open, end, limit, selection: 'everything' })
    limit = Math.min(answer.limit * NARROWING, PAGE_SIZE)
    const stillOpen = new Map([...open].filter(([event]) => !answer.open.has(event)))
    for (const [event, after] of answer.open) {
      const { page, last } = toPage(event.type, answer, after)
      found.get(event)?.push(...page)
      count += page.length
      units += page.reduce((sum, { row }) => sum + unitsOf(row), 0)
      // A type is finished when an answer is empty: one with fewer rows than requested proves nothing. An answer without
      // any position cannot be continued.
      if (last !== after) stillOpen.set(event, last)
    }
    open = stillOpen

    // The blocks before the one that any unfinished type has reached are complete.
    const complete = Math.min(...[...open.values()].map(({ block }) => block - 1))
    if ((count >= WINDOW_SIZE || units >= WINDOW_UNITS) && open.size && complete > cursor) {
      end = complete
      break
    }
  }

  checkComplete(found, cursor, end, head)
  const inWindow = [...found.values()].flat().filter(({ block }) => block <= end)
  inWindow.sort((a, b) => a.block - b.block || a.indexInBlock - b.indexInBlock)
  return { end, events: inWindow, time: inWindow.findLast(({ malformed }) => malformed === undefined)?.time }
}

type PageRequest = { open: Map<AnyEventDefinition, Position>; end: number; limit: number; selection: Selection }
type Answer = PageRequest & { rows: Rows }

/**
 * Reads the next rows of each open type. Where they cannot be answered, the request is narrowed until the row at fault
 * is alone, of which only the position is read.
 * @returns also the request that was answered: it may be for fewer types and rows
 */
async function readPage(queryNode: QueryNode, request: PageRequest): Promise<Answer> {
  const { open, limit, selection } = request
  try {
    const { query, variables } = pageQuery(request)
    return { ...request, rows: await queryNode.request(query, variables) }
  } catch (error) {
    if (!(error instanceof UnanswerableError) || selection === 'position') throw error
    if (limit > 1) return readPage(queryNode, { ...request, limit: Math.ceil(limit / NARROWING) })
    if (open.size > 1) {
      const half = new Map([...open].slice(0, Math.ceil(open.size / 2)))
      return readPage(queryNode, { ...request, open: half })
    }
    const next = selection === 'everything' ? 'id, position, time' : 'position'
    return readPage(queryNode, { ...request, selection: next })
  }
}

function pageQuery({ open, end, limit, selection }: PageRequest) {
  const types = [...open.keys()]
  const withFields = types.flatMap(({ type, fields }) =>
    fields && selection === 'everything' ? [{ type, fields }] : [],
  )
  const declared = types.map(({ type }) => `$${type}Block: Int!, $${type}Index: Int!`).join(', ')
  const selected = types.map((event) => {
    const { type } = event
    const after = `OR: [{ inBlock_gt: $${type}Block }, { inBlock_eq: $${type}Block, indexInBlock_gt: $${type}Index }]`
    return `${type}: ${listOf(event)}(
      where: { ${after}, inBlock_lte: $end }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $limit
    ) {
      inBlock indexInBlock ${selection === 'position' ? '' : 'id createdAt'}
      ${withFields.some((other) => other.type === type) ? `...${type}` : ''}
    }`
  })
  const query: TypedDocumentNode<Rows, Record<string, number>> = parse(
    `query Window($end: Int!, $limit: Int!, ${declared}) { ${selected.join('\n')} }
    ${withFields.map(({ fields }) => print(fields)).join('\n')}`,
  )
  const positions = [...open].flatMap(([{ type }, { block, index }]) => [
    [`${type}Block`, block],
    [`${type}Index`, index],
  ])
  return { query, variables: { end, limit, ...Object.fromEntries(positions) } }
}

/** The rows of a type as events, checked one by one. @throws QueryNodeError when they are out of order */
function toPage(type: string, { rows, end, selection }: Answer, after: Position) {
  let last = after
  const list = rows[type] ?? []
  if (!Array.isArray(list)) throw new QueryNodeError(`The query node returned no list of ${type} events`)
  const page = list.map((row: unknown, number): ReadEvent => {
    const position = positionOf(row)
    if (position) {
      const ascends = position.block > last.block || (position.block === last.block && position.index > last.index)
      if (!ascends || position.block > end) {
        throw new QueryNodeError(
          `The query node returned ${type} ${position.block}-${position.index} out of order: its answers cannot be trusted now`,
        )
      }
      last = position
    }
    const { inBlock: _, indexInBlock: __, id, createdAt: ___, ...fields } = Object(row) as Record<string, unknown>
    const time = timeOf(row)
    const unusable =
      selection === 'everything'
        ? [...(position ? [] : ['position']), ...(isId(id) ? [] : ['id']), ...(time ? [] : ['time'])]
        : ['fields']
    return {
      type,
      id: isId(id) ? id : `malformed-${last.block}-${last.index}-${number}`,
      block: last.block,
      indexInBlock: last.index,
      time: time ?? NO_TIME,
      row: fields,
      ...(unusable.length ? { malformed: `The query node gave no valid ${unusable.join(', ')}` } : {}),
    }
  })
  return { page, last }
}

const NO_TIME = new Date(Number.NaN)

function positionOf(row: unknown): Position | undefined {
  const { inBlock, indexInBlock } = Object(row) as Record<string, unknown>
  return isCount(inBlock) && isCount(indexInBlock) ? { block: inBlock, index: indexInBlock } : undefined
}

/** The range of the database's integers. */
const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= END_OF_BLOCK

function timeOf(row: unknown): Date | undefined {
  const { createdAt } = Object(row) as Record<string, unknown>
  const time = new Date(typeof createdAt === 'string' ? createdAt : Number.NaN)
  return time.getTime() >= 0 && time.getTime() < LATEST_TIME ? time : undefined
}

const unitsOf = (row: unknown): number =>
  typeof row === 'string'
    ? row.length
    : typeof row === 'object' && row !== null
      ? Object.values(row).reduce<number>((sum, value) => sum + unitsOf(value), 0)
      : 0

/** The head has the newest event of each type: if one in the window is missing, the answer was truncated. */
function checkComplete(found: Map<AnyEventDefinition, ReadEvent[]>, cursor: number, end: number, head: Head): void {
  for (const [{ type }, list] of found) {
    const newest = head.latest.get(type) ?? 0
    if (newest > cursor && newest <= end && (list.at(-1)?.block ?? 0) < newest) {
      throw new QueryNodeError(`The query node left out ${type} events up to block ${newest}: its answer is incomplete`)
    }
  }
}
