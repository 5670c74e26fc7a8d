import { z } from 'zod'

const emailFacts = z.object({
  id: z.int(),
  memberId: z.int(),
  type: z.string(),
  status: z.string(),
  address: z.string().nullable(),
  sendAt: z.coerce.date(),
  attempts: z.int(),
  leaseUntil: z.coerce.date().nullable(),
  reason: z.string().nullable(),
  failureCode: z.string().nullable(),
  failingSince: z.coerce.date().nullable(),
  messageId: z.string().nullable(),
  sentAt: z.coerce.date().nullable(),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
  provider: z.string().nullish(),
  reported: z.string().nullish(),
  reportedAt: z.coerce.date().nullish(),
  reportedReason: z.string().nullish(),
})

/** A row of "Email". */
export type EmailFacts = z.output<typeof emailFacts>

/** @param row `to_jsonb` of a row: a column that this version's database lacks is absent */
export const readEmailFacts = (row: unknown): EmailFacts => emailFacts.parse(row)
