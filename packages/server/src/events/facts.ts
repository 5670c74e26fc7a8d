import type { Member } from './chain.ts'

/** One thing to know about an event, such as "Stake: at least 166.67 JOY". */
export type Fact = {
  label: string
  /** Shown as a list. */
  value: readonly FactPart[]
}

/** `path`: its page in Pioneer, relative to PIONEER_URL. */
export type FactPart = { text: string; path?: string }

/** A fact without a value is left out. */
export type MaybeFact = Fact | undefined

/** @param value plain text. Events that an earlier version stored lack it */
export const fact = (label: string, value: string | null | undefined): MaybeFact =>
  value ? { label, value: [{ text: value }] } : undefined

export const facts = (...all: MaybeFact[]): Fact[] => all.filter((one) => one !== undefined)

/** Members that a fact names. */
export const MOST_LISTED = 15
/** Members that an event's data names, so that it knows whom to address. */
export const MOST_PEOPLE = 200

/** The value of a fact as one line. */
export const valueText = ({ value }: Fact): string => value.map(({ text }) => text).join(', ')

/** Members, each with a link. @param handles, in the order of `ids` */
export function memberFact(
  label: string,
  ids: readonly string[] | undefined,
  handles: readonly string[] | undefined,
): MaybeFact {
  if (!ids?.length || !handles) return undefined
  const parts = ids.slice(0, MOST_LISTED).map((id, n): FactPart => ({ text: handles[n] ?? id, path: memberPath(id) }))
  const others = ids.length - parts.length
  return { label, value: others ? [...parts, { text: `${others} more` }] : parts }
}

export const memberPath = (id: Member['id']): string => `/#/members/${id}`
