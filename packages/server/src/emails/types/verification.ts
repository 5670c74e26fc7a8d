import { z } from 'zod'
import { query } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { plainHandle, signConfirmation } from '../../members/confirmation.ts'
import { readLinkKey } from '../../members/links.ts'
import { EMAIL_LIFETIME_SECONDS } from '../../members/tokens.ts'
import { defineEmailType, parseLoaded } from '../define.ts'

// Anybody can enter anybody's address: nothing here that a member wrote.
const content = z.object({
  memberId: z.int(),
  handle: z.string().nullable(),
  address: z.string(),
  /** The one that the member waits to have confirmed by now. */
  unverified: z.string().nullable(),
  token: z.string(),
})

export const verification = defineEmailType<z.output<typeof content>>({
  name: 'verification',

  lifetimeSeconds: EMAIL_LIFETIME_SECONDS,

  async load(pool, emails) {
    // Issued by the database's clock, which says when addresses were given up.
    const { rows } = await query<{ memberId: number; address: string; issuedAtMs: number }>(
      pool,
      Prisma.sql`
      SELECT e.id AS "emailId", m.id AS "memberId", m.handle, e.address, m."unverifiedEmail" AS unverified,
        extract(epoch FROM now())::float8 * 1000 AS "issuedAtMs"
      FROM "Email" e JOIN "Member" m ON m.id = e."memberId"
      WHERE e.id = ANY (${emails.map(({ id }) => id)}::int[])`,
    )
    const key = await readLinkKey(pool)
    return parseLoaded(
      content,
      rows.map((row) => ({ ...row, token: signConfirmation(key, row.memberId, row.address, row.issuedAtMs) })),
    )
  },

  decide: ({ address, unverified }) => (address === unverified ? { to: address } : { whyNot: 'ADDRESS_CHANGED' }),

  compose({ memberId, handle, token }, { pioneerUrl }) {
    const plain = handle === null ? null : plainHandle(handle)
    const membership = plain === null ? `membership ${memberId}` : `membership ${memberId} (${plain})`
    return {
      memberId,
      name: null,
      headline: 'Confirm your email for Joystream notifications',
      summary: `Somebody asked for news for ${membership} at this address. Not you? Ignore this email. The link is valid for seven days.`,
      excerpt: null,
      action: 'Confirm this address',
      // Pioneer reads the token from there and passes it on to the API.
      link: `${pioneerUrl}/#/settings?emailVerificationToken=${token}`,
      kind: 'verification',
      group: null,
      confirmation: token,
      reason: `this address was entered for ${membership}`,
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
        token: 'a-sample',
      },
    },
  ],
})
