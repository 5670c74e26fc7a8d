import { z } from 'zod'
import { type Pool, query } from '../../db/client.ts'
import { groupOf, kindsByImportance, reasonOf } from '../../events/kinds.ts'
import { events } from '../../events/list.ts'
import { thingOf, titleIn } from '../../events/thing.ts'
import { EmailFrequency, Prisma } from '../../generated/prisma/client.ts'
import type { ClaimedEmail } from '../../outbox/claim.ts'
import { notEmailed } from '../../outbox/outcome.ts'
import type { ReasonCode } from '../../outbox/reasons.ts'
import { defineEmailType, type EmailContext, type Loaded, type Section } from '../define.ts'
import { deadlineOf, decideNotified, loadNotified, type Notified, notified, postponed, wordsOf } from '../notified.ts'
import { kindsOf, sampleOf } from './notification.ts'

const MOST_SHOWN = 50
/** Of all digests of a batch, at a time. */
const MOST_EXAMINED = 5_000

const facts = z.object({
  emailId: z.int(),
  memberId: z.int(),
  name: z.string(),
  emailFrequency: z.enum(EmailFrequency),
  pauseEmailsUntil: z.date().nullable(),
  wasPaused: z.boolean(),
  /** When it was to be sent. */
  dueAt: z.date(),
  /** Of its notifications. */
  total: z.int(),
})

type Digest = z.output<typeof facts> & {
  /** Most important first, MOST_SHOWN at most. */
  items: Notified[]
  /** Its other notifications, which may be told too. */
  more: number
  /** Why no item is left. */
  whyNot: ReasonCode
}

const item = notified.extend({ notificationId: z.int() })
type Dropped = { emailId: number; notificationId: number; reason: ReasonCode }
type Draft = { id: number; items: Notified[]; dropped: Dropped[]; examined: number; hasMore: boolean; error?: Error }

export const digest = defineEmailType<Digest>({
  name: 'digest',

  async load(pool, emails, context) {
    const drafts = await choose(pool, emails, context)
    // The others go without these. Where nothing else is left, the email says why.
    await leaveOut(
      pool,
      drafts.flatMap(({ items, dropped }) => (items.length ? dropped : [])),
    )
    const loaded: Loaded<Digest> = new Map()
    const about = await loadFacts(pool, emails)
    for (const { id, items, dropped, error } of drafts) {
      const known = about.get(id)
      const whyNot = dropped[0]?.reason
      if (!known || (!items.length && !whyNot && !error)) continue
      if (!items.length && error) loaded.set(id, error)
      else loaded.set(id, { ...known, items, more: known.total - items.length, whyNot: whyNot ?? 'SUBJECT_GONE' })
    }
    return loaded
  },

  decide(content, { emailMaxAgeMs }) {
    const [first] = content.items
    if (!first) return { whyNot: content.whyNot }
    // What was held back on purpose is not late: that counts from when the digest was due.
    if (Date.now() - content.dueAt.getTime() > emailMaxAgeMs) return { whyNot: 'TOO_OLD' }
    return postponed(content) ?? decideNotified(first, WHATEVER_AGE)
  },

  compose(content, { pioneerUrl }) {
    const { memberId, name, more } = content
    const told = tellable(content.items)
    const all = content.items.length + more
    const others = all - told.length
    return {
      memberId,
      name,
      headline: `${all} ${all === 1 ? 'update' : 'updates'}: ${told[0]?.words.title}`,
      summary: `${SUMMARIES[content.emailFrequency]}, the most important first.`,
      excerpt: null,
      sections: sectionsOf(told, pioneerUrl),
      more: others > 0 ? `And ${others} more, which you can read in Pioneer.` : null,
      action: 'Open Pioneer',
      link: `${pioneerUrl}/#/`,
      kind: 'digest',
      group: 'Digest',
      reason: whyTogether(content),
    }
  },

  deadlines: ({ items }) => items.flatMap((item) => deadlineOf(item) ?? []),

  samples: () => [
    { group: 'digest', name: 'digest', content: sampleDigest({ emailFrequency: 'DAILY', more: 0 }) },
    { group: 'digest', name: 'long-digest', content: sampleDigest({ emailFrequency: 'IMMEDIATE', more: 70 }) },
  ],
})

const WHATEVER_AGE: Pick<EmailContext, 'emailMaxAgeMs'> = { emailMaxAgeMs: Number.POSITIVE_INFINITY }

const SUMMARIES: Record<EmailFrequency, string> = {
  IMMEDIATE: 'Here is the news that waited for you',
  HOURLY: 'Here is the news of the last hour',
  DAILY: 'Here is the news of the last day',
  WEEKLY: 'Here is the news of the last week',
}

function whyTogether({ emailFrequency, wasPaused }: Digest): string {
  if (wasPaused) return 'your emails were paused'
  if (emailFrequency === 'IMMEDIATE') return 'there was more news than is emailed one by one'
  return `you chose ${{ HOURLY: 'an hourly', DAILY: 'a daily', WEEKLY: 'a weekly' }[emailFrequency]} digest`
}

/**
 * Items in pages, until enough of each email may be told: a member can have thousands, most of them read by now. So each
 * page is larger than the one before.
 */
async function choose(pool: Pool, emails: readonly ClaimedEmail[], context: EmailContext): Promise<Draft[]> {
  const drafts = emails.map(({ id }): Draft => ({ id, items: [], dropped: [], examined: 0, hasMore: true }))
  for (let open = drafts; open.length; ) {
    const pages = await nextPages(pool, open)
    const ids = [...pages.values()].flat()
    const rows = await loadNotified(pool, open, context, Prisma.sql`n.id = ANY (${ids}::int[])`)
    const byId = new Map(rows.map((row) => [z.object({ notificationId: z.int() }).parse(row).notificationId, row]))
    for (const draft of open) for (const id of pages.get(draft.id) ?? []) examine(draft, id, byId.get(id))
    open = open.filter(({ items, hasMore }) => items.length < MOST_SHOWN && hasMore)
  }
  return drafts
}

function examine(draft: Draft, notificationId: number, row: unknown): void {
  if (draft.items.length === MOST_SHOWN) return
  draft.examined++
  const parsed = item.safeParse(row)
  if (!parsed.success) {
    draft.error = new Error(`Unreadable: ${z.prettifyError(parsed.error)}`)
    return
  }
  const decision = decideNotified(parsed.data, WHATEVER_AGE)
  if ('to' in decision) draft.items.push(parsed.data)
  else draft.dropped.push({ emailId: draft.id, notificationId, reason: decision.whyNot })
}

/** The next ids of notifications by the id of their email. */
async function nextPages(pool: Pool, drafts: Draft[]): Promise<Map<number, number[]>> {
  const most = Math.max(MOST_SHOWN, Math.floor(MOST_EXAMINED / drafts.length))
  const sizes = drafts.map(({ examined }) => Math.min(Math.max(MOST_SHOWN, examined), most))
  const { rows } = await query<{ emailId: number; ids: number[] }>(
    pool,
    Prisma.sql`
    SELECT draft.id AS "emailId", ARRAY(
      SELECT n.id FROM "Notification" n WHERE n."emailId" = draft.id
      ORDER BY array_position(${kindsByImportance}::text[], n.kind), n.id
      OFFSET examined LIMIT size
    ) AS ids
    FROM unnest(${drafts.map(({ id }) => id)}::int[], ${drafts.map(({ examined }) => examined)}::int[], ${sizes}::int[])
      AS draft (id, examined, size)`,
  )
  const pages = new Map(rows.map(({ emailId, ids }) => [emailId, ids]))
  for (const [n, draft] of drafts.entries()) draft.hasMore = pages.get(draft.id)?.length === sizes[n]
  return pages
}

async function loadFacts(pool: Pool, emails: readonly ClaimedEmail[]) {
  const { rows } = await query(
    pool,
    Prisma.sql`
    SELECT e.id AS "emailId", m.id AS "memberId", m.name, m."emailFrequency", m."pauseEmailsUntil",
      coalesce(m."pauseEmailsUntil" BETWEEN e."createdAt" AND now(), false) AS "wasPaused",
      -- Each attempt that fails moves sendAt.
      least(e."sendAt", e."failingSince") AS "dueAt",
      (SELECT count(*)::int FROM "Notification" n WHERE n."emailId" = e.id) AS total
    FROM "Email" e JOIN "Member" m ON m.id = e."memberId"
    WHERE e.id = ANY (${emails.map(({ id }) => id)}::int[])`,
  )
  return new Map(
    z
      .array(facts)
      .parse(rows)
      .map((known) => [known.emailId, known]),
  )
}

/** Takes notifications out of their digest, so that they say why they were not emailed. */
async function leaveOut(pool: Pool, dropped: Dropped[]): Promise<void> {
  if (!dropped.length) return
  await query(
    pool,
    Prisma.sql`
    UPDATE "Notification" n SET ${notEmailed(Prisma.sql`dropped.reason`)}
    FROM unnest(
      ${dropped.map(({ emailId }) => emailId)}::int[], ${dropped.map(({ notificationId }) => notificationId)}::int[],
      ${dropped.map(({ reason }) => reason)}::text[]
    ) AS dropped (email_id, id, reason)
    WHERE n."emailId" = dropped.email_id AND n.id = dropped.id`,
  )
}

type Told = Notified & { words: ReturnType<typeof wordsOf> }

/** One that cannot be put into words is left out: the others are told. */
function tellable(items: Notified[]): Told[] {
  let failure: unknown = new Error('A digest has no items')
  const told = items.flatMap((item) => {
    try {
      return { ...item, words: wordsOf(item) }
    } catch (error) {
      failure = error
      return []
    }
  })
  if (!told.length) throw failure
  return told
}

/** By thread, proposal or working group, or else by the group of the kind: that of the most important item first. */
function sectionsOf(told: Told[], pioneerUrl: string): Section[] {
  return [...Map.groupBy(told, topicOf)].map(([topic, items]) => ({
    title: items.map(titleOf).find((title) => title !== null) ?? topic,
    items: items.map(({ kind, words }) => ({
      title: words.conversation?.action ?? words.title,
      link: pioneerUrl + words.path,
      excerpt: words.excerpt ?? null,
      reason: reasonOf(kind, words.group),
    })),
  }))
}

function topicOf({ kind, words, data }: Told): string {
  const thing = thingOf(data)
  if (thing) return `${thing.type} ${thing.id}`
  return words.group === undefined ? groupOf(kind) : `${words.group} working group`
}

/** Of the thread or proposal. */
function titleOf({ data }: Told): string | null {
  const thing = thingOf(data)
  return thing ? (titleIn(data, thing) ?? `A removed ${thing.type}`) : null
}

const sampleDigest = ({ emailFrequency, more }: Pick<Digest, 'emailFrequency' | 'more'>): Digest => {
  const items = events.flatMap((event) =>
    kindsOf(event)
      .slice(0, 1)
      .map((kind) => sampleOf(event, kind)),
  )
  const importance = ({ kind }: Notified) => kindsByImportance.indexOf(kind)
  return {
    emailId: 1,
    memberId: 2,
    name: 'bob',
    emailFrequency,
    pauseEmailsUntil: null,
    wasPaused: false,
    dueAt: new Date(),
    total: items.length + more,
    items: items.toSorted((a, b) => importance(a) - importance(b)),
    more,
    whyNot: 'SUBJECT_GONE',
  }
}
