import { graphql } from '../../generated/query-node/gql.ts'
import { isYou } from '../addressee.ts'
import { isAmount, monthly } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { fact, facts, MOST_LISTED, MOST_PEOPLE, memberFact } from '../facts.ts'
import { alice, bob, group, opening } from '../samples.ts'
import { groupData, groupRules, openingLink, ownRole, readGroup } from './group.ts'

const names = new Intl.ListFormat('en')

export const openingFilled = defineEvent({
  type: 'OpeningFilled',
  fields: graphql(`fragment OpeningFilled on OpeningFilledEvent { groupId openingId workersHired { membershipId } }`),

  async read({ groupId, openingId, workersHired }, chain) {
    const hired = workersHired.map(({ membershipId }) => membershipId)
    const [group, opening, applicants, members] = await Promise.all([
      readGroup(groupId, chain),
      chain.opening(openingId),
      chain.applicants(openingId),
      Promise.all(hired.slice(0, MOST_LISTED).map((id) => chain.member(id))),
    ])
    const notHired = applicants.filter((id) => !hired.includes(id))
    return { group, opening, hired, notHired, handles: members.map(({ handle }) => handle) }
  },

  entity: ({ opening }) => opening.id,
  rules: ({ group, hired, notHired }) => [
    ownRole([...hired.slice(0, MOST_PEOPLE), ...notHired]),
    ...groupRules('NEW_WORKER', group, hired),
  ],

  data: ({ group, opening, hired, handles }) => ({
    ...groupData(group),
    openingId: opening.id,
    opening: opening.title,
    isForLead: opening.isForLead,
    hired: handles,
    hiredIds: hired.slice(0, MOST_PEOPLE),
    rewardPerBlock: isAmount(opening.rewardPerBlock) ? opening.rewardPerBlock : null,
  }),
  words({ group, opening, openingId, isForLead, hired, hiredIds, rewardPerBlock }, kind, addressee) {
    const isHired = hiredIds?.some((id) => isYou(id, addressee))
    const isApplicant = kind === 'WG_MY_ROLE' && !isHired
    const others = (hiredIds?.length ?? 0) - hired.length
    const everyone = names.format(others > 0 ? [...hired, `${others} more`] : hired)
    return {
      title: isHired
        ? `The ${group} group hired you${isForLead ? ' as its lead' : ''}`
        : isApplicant
          ? `The ${group} group did not hire you`
          : hired.length
            ? `The ${group} group hired ${everyone}`
            : `The ${group} group closed an opening without hiring anyone`,
      summary: isApplicant && !hired.length ? 'The opening was closed, and nobody was hired.' : null,
      facts: () =>
        facts(
          fact('Opening', opening),
          fact('Reward per month', isHired ? monthly(rewardPerBlock) : undefined),
          memberFact('Hired', hiredIds, hired),
        ),
      group,
      ...openingLink({ openingId }),
    }
  },

  sample: () => ({ group, opening, hired: [alice.id], notHired: [bob.id], handles: [alice.handle] }),
})
