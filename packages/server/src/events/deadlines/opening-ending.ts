import { timeFor } from '../addressee.ts'
import { everyone } from '../define.ts'
import { electionEnd, group, opening } from '../samples.ts'
import { nameOf, openingLink, readGroup } from '../working-groups/group.ts'
import { defineDeadline } from './define.ts'
import { openingEnd } from './keys.ts'

export const openingEnding = defineDeadline({
  type: 'OpeningEnding',
  calendar: { everybody: ['WG_OPENING_LAST_DAY', 'WG_OPENING_ALL'] },

  ahead: ({ openings }) =>
    openings.map(({ id, groupId, title, from, to }) => ({
      key: openingEnd(id).key,
      title: `Applying to ${nameOf(groupId)}${title ? `: “${title}”` : ''}`,
      path: openingLink({ openingId: id }).path,
      about: { openingId: id, groupId },
      span: { from, to },
    })),

  async read({ openingId, groupId, endsAt }, chain) {
    const [group, opening] = await Promise.all([readGroup(groupId, chain), chain.opening(openingId)])
    return { group, opening, endsAt }
  },

  entity: ({ opening }) => opening.id,
  rules: () => [everyone('WG_OPENING_LAST_DAY')],

  data: ({ group, opening, endsAt }) => ({
    group: group.name,
    groupId: group.id,
    openingId: opening.id,
    opening: opening.title,
    endsAt,
  }),
  words: ({ group, openingId, opening, endsAt }, _kind, addressee) => ({
    title: opening
      ? `Last day to apply to ${group}: ${opening}, until ${timeFor(endsAt, addressee)}`
      : `Last day to apply to ${group}: until ${timeFor(endsAt, addressee)}`,
    group,
    ...openingLink({ openingId }),
  }),

  sample: () => ({ group, opening, endsAt: electionEnd }),
})
