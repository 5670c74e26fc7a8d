import { inTransaction } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { apiError } from '../errors.ts'
import { verifySigned } from '../signature.ts'
import { builder } from './builder.ts'
import { requireAddress, requireConfirmation } from './confirm.ts'

const LONGEST_NAME = 200

builder.mutationField('signup', (t) =>
  t.string({
    description: 'Registers a membership here. Gives a token. The address is used once it is confirmed.',
    args: {
      memberId: t.arg.int({ required: true }),
      name: t.arg.string({ required: true }),
      email: t.arg.string(),
      signature: t.arg.string({ required: true }),
      timestamp: t.arg({ type: 'BigInt', required: true }),
    },
    async resolve(_root, { memberId, name, email, signature, timestamp }, context) {
      const address = email == null || email === '' ? null : requireAddress(email)
      const displayName = parseName(name)
      await verifySigned(context, { memberId, signature, timestamp })
      await inTransaction(context.pool, async (transaction) => {
        const { rowCount } = await transaction.query(Prisma.sql`
          INSERT INTO "Member" (id, name, "unverifiedEmail") VALUES (${memberId}, ${displayName}, ${address})
          ON CONFLICT DO NOTHING`)
        if (!rowCount) {
          throw apiError('ALREADY_REGISTERED', `Membership ${memberId} is registered already: sign in instead.`)
        }
        if (address !== null) await requireConfirmation(transaction, memberId, address)
      })
      return context.tokens.auth(memberId)
    },
  }),
)

builder.mutationField('signin', (t) =>
  t.string({
    description:
      'Gives a token. A membership that is not registered here gets one too, and reads nothing until signup.',
    args: {
      memberId: t.arg.int({ required: true }),
      signature: t.arg.string({ required: true }),
      timestamp: t.arg({ type: 'BigInt', required: true }),
    },
    async resolve(_root, signed, context) {
      await verifySigned(context, signed)
      return context.tokens.auth(signed.memberId)
    },
  }),
)

function parseName(name: string): string {
  const trimmed = name.trim()
  if (!trimmed || trimmed.length > LONGEST_NAME || trimmed.includes('\0') || !trimmed.isWellFormed()) {
    throw apiError('BAD_USER_INPUT', `A name has 1 to ${LONGEST_NAME} characters.`)
  }
  return trimmed
}
