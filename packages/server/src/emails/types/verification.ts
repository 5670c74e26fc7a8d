import { z } from 'zod'
import { query } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { plainHandle } from '../../members/confirmation.ts'
import { EMAIL_LIFETIME_SECONDS } from '../../members/tokens.ts'
import { defineEmailType, parseLoaded } from '../define.ts'

// Anybody can enter anybody's address: nothing here that a member wrote.
const content = z.object({
  memberId: z.int(),
  handle: z.string().nullable(),
  address: z.string(),
  /** The one that the member waits to have confirmed by now. */
  unverified: z.string().nullable(),
  /** By the database's clock, which says when addresses were given up. */
  issuedAtMs: z.number(),
})

export const verification = defineEmailType<z.output<typeof content>>({
  name: 'verification',

  lifetimeSeconds: EMAIL_LIFETIME_SECONDS,

  async load(pool, emails) {
    const { rows } = await query(
      pool,
      Prisma.sql`
      SELECT e.id AS "emailId", m.id AS "memberId", m.handle, e.address, m."unverifiedEmail" AS unverified,
        extract(epoch FROM now())::float8 * 1000 AS "issuedAtMs"
      FROM "Email" e JOIN "Member" m ON m.id = e."memberId"
      WHERE e.id = ANY (${emails.map(({ id }) => id)}::int[])`,
    )
    return parseLoaded(content, rows)
  },

  decide: ({ address, unverified }) => (address === unverified ? { to: address } : { whyNot: 'ADDRESS_CHANGED' }),

  compose({ memberId, handle, address, issuedAtMs }, { pioneerUrl, tokens }) {
    const plain = handle === null ? null : plainHandle(handle)
    const membership = plain === null ? `membership ${memberId}` : `membership ${memberId} (${plain})`
    return {
      name: null,
      headline: 'Confirm your email address',
      summary: `Follow the link to receive news of the Joystream DAO for ${membership} at this address. The link is valid for seven days.`,
      excerpt: null,
      action: 'Confirm this address',
      // Pioneer reads the token from there and passes it on to the API.
      link: `${pioneerUrl}/#/settings?emailVerificationToken=${tokens.email(memberId, address, issuedAtMs)}`,
      reason: `this address was entered for ${membership}; if that was not you, ignore this email`,
    }
  },

  samples: () => [
    {
      group: 'verification',
      name: 'verification',
      content: {
        memberId: 2,
        handle: 'bob',
        address: 'bob@example.org',
        unverified: 'bob@example.org',
        issuedAtMs: Date.now(),
      },
    },
  ],
})
