import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
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

  data: ({ group, opening, applicant }) => ({
    ...groupData(group),
    openingId: opening.id,
    opening: opening.title,
    applicant: applicant.handle,
  }),
  words: ({ group, opening, openingId, applicant }) => ({
    title: `${applicant} applied to the ${group} group`,
    summary: opening
      ? `${applicant} applied for “${opening}” in the ${group} working group.`
      : `${applicant} applied for an opening of the ${group} working group.`,
    group,
    ...openingLink({ openingId }),
  }),

  sample: () => ({ group, opening, application, applicant: alice }),
})
