import { graphql } from '../../generated/query-node/gql.ts'
import { timeIfAny } from '../addressee.ts'
import { isAmount, joy, monthly } from '../amounts.ts'
import { timeOf } from '../blocks.ts'
import { openingEnd } from '../deadlines/keys.ts'
import { defineEvent } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { excerptOf } from '../markdown.ts'
import { group, opening } from '../samples.ts'
import { groupData, groupRules, openingLink, readGroup } from './group.ts'

export const openingAdded = defineEvent({
  type: 'OpeningAdded',
  fields: graphql(`fragment OpeningAdded on OpeningAddedEvent { groupId openingId }`),

  async read({ groupId, openingId }, chain) {
    const [group, opening] = await Promise.all([readGroup(groupId, chain), chain.opening(openingId)])
    return { group, opening }
  },

  entity: ({ opening }) => opening.id,
  rules: ({ group }) => groupRules('OPENING', group),

  data: ({ group, opening }) => ({
    ...groupData(group),
    openingId: opening.id,
    opening: opening.title,
    isForLead: opening.isForLead,
    endsAt: timeOf(opening.expectedEnding) ?? null,
    rewardPerBlock: isAmount(opening.rewardPerBlock) ? opening.rewardPerBlock : null,
    stake: isAmount(opening.stake) ? opening.stake : null,
    excerpt: opening.shortDescription ? excerptOf(opening.shortDescription) : null,
  }),
  words({ group, opening, openingId, isForLead, endsAt, rewardPerBlock, stake, excerpt }, _kind, addressee) {
    const role = isForLead ? 'a lead' : 'a worker'
    const called = isForLead && opening ? `a lead: ${opening}` : role
    return {
      title: `${group} is hiring${opening && !isForLead ? `: ${opening}` : ` ${called}`}`,
      facts: () =>
        facts(
          fact('Reward per month', monthly(rewardPerBlock)),
          fact('Stake', stake && joy(stake)),
          fact('Apply by', timeIfAny(endsAt, addressee)),
        ),
      excerpt,
      group,
      ...openingLink({ openingId }),
    }
  },
  deadline: ({ openingId }) => openingEnd(openingId),

  sample: () => ({ group, opening }),
})
