import { graphql } from '../../generated/query-node/gql.ts'
import { isYou } from '../addressee.ts'
import { defineEvent } from '../define.ts'
import { fact, facts, memberFact } from '../facts.ts'
import { alice, application, group, opening } from '../samples.ts'
import { groupData, groupRules, openingLink, readGroup } from './group.ts'

export const appliedOnOpening = defineEvent({
  type: 'AppliedOnOpening',
  fields: graphql(`fragment AppliedOnOpening on AppliedOnOpeningEvent { groupId openingId applicationId }`),

  async read({ groupId, openingId, applicationId }, chain) {
    const [group, opening, application] = await Promise.all([
      readGroup(groupId, chain),
      chain.opening(openingId),
      chain.application(applicationId),
    ])
    return { group, opening, application, applicant: await chain.member(application.applicantId) }
  },

  actor: ({ application }) => application.applicantId,
  entity: ({ application }) => application.id,
  rules: ({ group }) => groupRules('APPLICATION', group),

  data: ({ group, opening, application, applicant }) => ({
    ...groupData(group),
    openingId: opening.id,
    opening: opening.title,
    isForLead: opening.isForLead,
    applicant: applicant.handle,
    applicantId: application.applicantId,
  }),
  words: ({ group, opening, openingId, isForLead, applicant, applicantId }, _kind, addressee) => ({
    title: `${isYou(applicantId, addressee) ? 'You' : applicant} applied to the ${group} group${opening ? `: ${opening}` : ''}`,
    facts: () =>
      facts(
        applicantId ? memberFact('Applicant', [applicantId], [applicant]) : undefined,
        fact('Role', isForLead ? 'lead' : undefined),
      ),
    group,
    ...openingLink({ openingId }),
  }),

  sample: () => ({ group, opening, application, applicant: alice }),
})
