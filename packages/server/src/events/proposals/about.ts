import { beginningOf } from '../../lib/text.ts'
import { type Addressee, isTime, isYou, timeFor } from '../addressee.ts'
import type { Member, ProposalInfo } from '../chain.ts'
import type { EventData } from '../define.ts'
import { type MaybeFact, memberPath } from '../facts.ts'
import { nameOf } from '../working-groups/group.ts'
import { aspectsOf, groupIdOf, isNumber, mainAmount, typeName } from './types.ts'

/** What a proposal is about, as data. Events of version 0.1.0 have none of it. */
export function aboutData(info: ProposalInfo, creator: Member | undefined = info.creator) {
  const aspects = aspectsOf(info.details)
  const groupId = groupIdOf(info.details)
  return {
    creator: creator?.handle ?? null,
    creatorId: creator?.id ?? null,
    proposalType: typeName(info.details) ?? null,
    proposalAmount: mainAmount(info.details) ?? null,
    aboutGroup: groupId === undefined ? null : nameOf(groupId),
    aspectLabels: aspects.map(({ label }) => label),
    aspectTexts: aspects.map(({ text }) => beginningOf(text, LONGEST_ASPECT)),
    aspectMemberIds: aspects.map(({ memberId = '' }) => memberId),
    aspectProposalIds: aspects.map(({ proposalId = '' }) => proposalId),
  }
}

export type AboutData = { [Field in keyof ReturnType<typeof aboutData>]?: EventData[string] }

const LONGEST_ASPECT = 300

/** Such as " (funding request, 5,000 JOY)", for the end of a title. */
export function inBrackets({ proposalType, proposalAmount }: AboutData): string {
  const known = [proposalType, proposalAmount].filter((text) => text)
  return known.length ? ` (${known.join(', ')})` : ''
}

/** @param shown what the reader sees of the proposal's text elsewhere */
export function aboutFacts(data: AboutData, reader: Addressee, shown?: string | null): MaybeFact[] {
  const texts = list(data.aspectTexts)
  const memberIds = list(data.aspectMemberIds)
  const proposalIds = list(data.aspectProposalIds)
  return [
    linkedFact('Type', textOf(data.proposalType)),
    data.creatorId ? personFact('Author', textOf(data.creator), textOf(data.creatorId), reader) : undefined,
    ...list(data.aspectLabels).map((label, n) => {
      const text = texts[n] ?? ''
      if (text === shown) return undefined
      const memberId = memberIds[n] ?? ''
      const proposalId = proposalIds[n] ?? ''
      if (isNumber(memberId)) return personFact(label, text, memberId, reader)
      return linkedFact(label, text, isNumber(proposalId) ? `/#/proposals/preview/${proposalId}` : undefined)
    }),
  ]
}

const textOf = (value: EventData[string]): string => (typeof value === 'string' ? value : '')

const personFact = (label: string, handle: string, id: string, reader: Addressee): MaybeFact =>
  linkedFact(label, isYou(id, reader) ? 'you' : handle, isNumber(id) ? memberPath(id) : undefined)

const linkedFact = (label: string, text: string, path?: string): MaybeFact =>
  text ? { label, value: [{ text, ...(path !== undefined && { path }) }] } : undefined

/** Whether the reader is the creator. Events of version 0.1.0 do not say who that is, but their kind does. */
export const isCreator = ({ creatorId }: AboutData, kind: string, reader: Addressee): boolean =>
  kind.endsWith('_CREATOR') || (typeof creatorId === 'string' && isYou(creatorId, reader))

/** An estimated time, in the reader's zone. @param time in ISO 8601 */
export function timeText(time: EventData[string], reader: Addressee): string | undefined {
  return typeof time === 'string' && isTime(time) ? timeFor(time, reader) : undefined
}

export const list = (value: EventData[string]): readonly string[] => (Array.isArray(value) ? value : [])
