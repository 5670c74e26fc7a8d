import { graphql } from '../../generated/query-node/gql.ts'
import { isYou } from '../addressee.ts'
import { defineEvent, everyone, members } from '../define.ts'
import { facts, MOST_LISTED, MOST_PEOPLE, memberFact } from '../facts.ts'
import { alice, bob, carol } from '../samples.ts'

const names = new Intl.ListFormat('en')

export const newCouncilElected = defineEvent({
  type: 'NewCouncilElected',
  fields: graphql(`fragment NewCouncilElected on NewCouncilElectedEvent { electedCouncilId }`),

  async read({ electedCouncilId }, chain, { id }) {
    const [everyoneElected, election] = await Promise.all([
      chain.councilMembers(electedCouncilId),
      chain.election(electedCouncilId),
    ])
    const electedIds = everyoneElected.slice(0, MOST_PEOPLE)
    const elected = await Promise.all(electedIds.slice(0, MOST_LISTED).map((memberId) => chain.member(memberId)))
    const others = (ids: readonly string[] = []) =>
      [...new Set(ids)].filter((memberId) => !electedIds.includes(memberId)).slice(0, MOST_PEOPLE)
    return {
      eventId: id,
      elected: elected.map(({ handle }) => handle),
      electedIds,
      notElectedIds: others(election?.candidates),
      formerIds: others(election?.councilBefore),
    }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ electedIds, notElectedIds, formerIds }) => [
    members('COUNCIL_MY_SEAT', [...electedIds, ...notElectedIds, ...formerIds]),
    everyone('ELECTION_COUNCIL_ELECTED'),
  ],

  data: ({ eventId: _, ...people }) => people,
  words({ elected, electedIds, notElectedIds, formerIds }, _kind, addressee) {
    const isAmong = (ids: readonly string[] | undefined) => Boolean(ids?.some((id) => isYou(id, addressee)))
    const termEnded = 'Your term on the council has ended'
    const seat = { path: '/#/council', action: 'See the council' }
    // Events that an earlier version stored have names only.
    if (!electedIds?.length) {
      const summary = elected.length ? `Its members are ${names.format(elected)}.` : null
      return { title: 'A new council was elected', summary, ...seat }
    }
    const told = { facts: () => facts(memberFact('Council members', electedIds, elected)), ...seat }
    if (isAmong(electedIds)) return { title: 'You were elected to the council', ...told }
    if (isAmong(notElectedIds)) {
      const summary = isAmong(formerIds) ? `${termEnded}.` : null
      return { title: 'You were not elected to the council', summary, ...told }
    }
    return { title: isAmong(formerIds) ? termEnded : 'A new council was elected', ...told }
  },

  sample: () => ({
    eventId: 'OLYMPIA-1234-5',
    elected: [alice.handle, bob.handle, carol.handle],
    electedIds: [alice.id, bob.id, carol.id],
    notElectedIds: ['4'],
    formerIds: ['5'],
  }),
})
