import { z } from 'zod'
import type { Pool } from '../db/client.ts'
import type { DeadlineKey } from '../events/deadlines/keys.ts'
import type { Conversation } from '../events/define.ts'
import type { Thing } from '../events/thing.ts'
import type { ClaimedEmail } from '../outbox/claim.ts'
import type { ReasonCode } from '../outbox/reasons.ts'

export type EmailContext = {
  /** Without a slash at its end. */
  pioneerUrl: string
  emailMaxAgeMs: number
  /** Such as `Pioneer <notifications@example.org>`. */
  emailSender: string
  /** The clock that deadlines go by. */
  now?: () => Date
}

/** What an email says. All of it is plain text. */
export type Letter = {
  memberId: number
  /** Whom it greets. Null: nobody by name. */
  name: string | null
  headline: string
  /** What the headline does not say. */
  summary: string | null
  facts?: LetterFact[]
  /** What a member wrote. */
  excerpt: string | null
  action: string
  link: string
  /** Completes "You receive this because ...". */
  reason: string
  /** What kind of email it is: a kind of notification, or else its type. */
  kind: string
  /** The group of kinds. Null: it belongs to the account, and nobody can leave it out. */
  group: string | null
  /** The thread or proposal that it is about. */
  thing?: Thing | undefined
  conversation?: Conversation | undefined
  /** The token of a confirmation: the API has a page for it, too. */
  confirmation?: string
  /** Several pieces of news, by what they are about. */
  sections?: Section[]
  /** What comes after them and does not fit in. */
  more?: string | null
}

/** `reason` completes "You receive this because ...". */
export type Section = {
  title: string
  items: { title: string; link: string; excerpt: string | null; reason: string }[]
}

export type LetterFact = { label: string; value: { text: string; link: string | null }[] }

export type EmailType<Content> = {
  /** Stored with each email: a name that was ever released stays. */
  name: string
  /** Loads what claimed emails of this type are about, in one query. */
  load: (pool: Pool, emails: readonly ClaimedEmail[], context: EmailContext) => Promise<Loaded<Content>>
  /** Seconds after which it is given up, because what it offers has ended. */
  lifetimeSeconds?: number
  /** Asked when the email is due, for much can have changed since it was enqueued. */
  decide: (content: Content, context: EmailContext) => Decision | Postponed
  compose: (content: Content, context: EmailContext) => Letter
  /** What ends of all that it tells: it brings these along for calendars. */
  deadlines?: (content: Content) => DeadlineKey[]
  /** For previews, and for the tests that every type passes. */
  samples: () => Sample<Content>[]
}

export type Decision = { to: string } | { whyNot: ReasonCode }

/** It waits until then, and is decided again. */
export type Postponed = { notBefore: Date; isPause: true }

/** By the email's id. An error is that email's alone. */
export type Loaded<Content> = Map<number, Content | Error>

/** `name`: what a command calls it; `group`: where a preview lists it. */
export type Sample<Content> = { group: string; name: string; content: Content }

/** Content is opaque outside its type's file: it reaches the other functions only as `load` or `samples` made it. */
export type AnyEmailType = EmailType<unknown>

export const defineEmailType = <Content>(type: EmailType<Content>): AnyEmailType => type as unknown as AnyEmailType

const emailIdOf = z.looseObject({ emailId: z.int() })

/** Rows of the database as content, by their column `emailId`. Of several rows for one email the first counts. */
export function parseLoaded<Content>(schema: z.ZodType<Content>, rows: readonly unknown[]): Loaded<Content> {
  const loaded: Loaded<Content> = new Map()
  for (const row of rows) {
    const { emailId } = emailIdOf.parse(row)
    if (loaded.has(emailId)) continue
    const parsed = schema.safeParse(row)
    loaded.set(emailId, parsed.success ? parsed.data : new Error(`Unreadable: ${z.prettifyError(parsed.error)}`))
  }
  return loaded
}
