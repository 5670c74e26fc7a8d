import { z } from 'zod'
import { query } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { defineEmailType, parseLoaded } from '../define.ts'

const content = z.object({
  memberId: z.int(),
  name: z.string(),
  /** The one before. */
  address: z.string(),
  /** Whether none took its place by now. */
  isRemoved: z.boolean(),
})

export const addressChanged = defineEmailType<z.output<typeof content>>({
  name: 'address-changed',

  async load(pool, emails) {
    const { rows } = await query(
      pool,
      Prisma.sql`
      SELECT e.id AS "emailId", m.id AS "memberId", m.name, e.address, m.email IS NULL AS "isRemoved"
      FROM "Email" e JOIN "Member" m ON m.id = e."memberId"
      WHERE e.id = ANY (${emails.map(({ id }) => id)}::int[])`,
    )
    return parseLoaded(content, rows)
  },

  // Also to those who receive no emails: somebody else may have changed the address.
  decide: ({ address }) => ({ to: address }),

  compose: ({ memberId, name, isRemoved }, { pioneerUrl }) => ({
    memberId,
    name,
    ...(isRemoved
      ? {
          headline: 'Your email address was removed',
          summary: `News of the Joystream DAO for membership ${memberId} is no longer emailed. If you did not remove your address, sign in and enter it again.`,
        }
      : {
          headline: 'Your email address was changed',
          summary: `News of the Joystream DAO for membership ${memberId} goes to another address from now on. If you did not change it, sign in and enter your address again.`,
        }),
    excerpt: null,
    action: 'Open your settings',
    link: `${pioneerUrl}/#/settings`,
    kind: 'address-changed',
    group: null,
    reason: `this address was the one of membership ${memberId} until now`,
  }),

  samples: () => [
    {
      group: 'address-changed',
      name: 'address-changed',
      content: { memberId: 2, name: 'bob', address: 'bob@example.org', isRemoved: false },
    },
    {
      group: 'address-changed',
      name: 'address-removed',
      content: { memberId: 2, name: 'bob', address: 'bob@example.org', isRemoved: true },
    },
  ],
})
