import { inTransaction } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { apiError } from '../errors.ts'
import { builder, requireMember } from './builder.ts'
import { requireAddress, requireConfirmation } from './confirm.ts'

export const Member = builder.prismaObject('Member', {
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false }),
    name: t.exposeString('name', { nullable: false }),
    email: t.exposeString('email', { description: 'Confirmed: emails go here.' }),
    unverifiedEmail: t.exposeString('unverifiedEmail', { description: 'Waits for its confirmation.' }),
    receiveEmails: t.exposeBoolean('receiveEmails', { nullable: false }),
  }),
})

builder.queryField('me', (t) =>
  t.prismaField({ type: Member, resolve: (_query, _root, _args, context) => requireMember(context) }),
)

builder.queryField('memberExist', (t) =>
  t.boolean({
    description: 'Whether a membership is registered here. Needs no token.',
    args: { id: t.arg.int() },
    resolve: async (_root, { id }, { db }) =>
      id != null && (await db.member.findUnique({ where: { id }, select: { id: true } })) !== null,
  }),
)

builder.mutationField('updateMember', (t) =>
  t.prismaField({
    type: Member,
    description: 'A new address is used once it is confirmed; until then the old one stays in use.',
    args: { email: t.arg.string(), receiveEmails: t.arg.boolean() },
    async resolve(_query, _root, { email, receiveEmails }, context) {
      const { id, email: confirmed } = await requireMember(context)
      const address = email == null ? undefined : requireAddress(email)
      await inTransaction(context.pool, async (transaction) => {
        if (receiveEmails != null) {
          await transaction.query(Prisma.sql`
            UPDATE "Member" SET "receiveEmails" = ${receiveEmails}, "updatedAt" = now() WHERE id = ${id}`)
        }
        if (address === undefined) return
        // A settings page sends what it shows: the address that is in use needs no confirmation.
        const waiting = address === confirmed ? null : address
        await transaction.query(Prisma.sql`
          UPDATE "Member" SET "unverifiedEmail" = ${waiting}, "updatedAt" = now() WHERE id = ${id}`)
        if (waiting !== null) await requireConfirmation(transaction, id, waiting)
      })
      return requireMember(context)
    },
  }),
)

builder.mutationField('verifyEmail', (t) =>
  t.prismaField({
    type: Member,
    description: 'Confirms the address that the token was sent to.',
    args: { token: t.arg.string({ required: true }) },
    async resolve(_query, _root, { token }, { db, tokens }) {
      const confirmed = tokens.confirmed(token)
      if (!confirmed) {
        throw apiError(
          'INVALID_TOKEN',
          'This link is not valid, or older than seven days: ask for a new one in your settings.',
        )
      }
      const { memberId: id, email } = confirmed
      // Only the address that waits now, and only once.
      const { count } = await db.member.updateMany({
        where: { id, unverifiedEmail: email },
        data: { email, unverifiedEmail: null },
      })
      if (!count) {
        throw apiError('INVALID_TOKEN', 'This link was used before, or its address has been replaced by another one.')
      }
      return db.member.findUnique({ where: { id } })
    },
  }),
)
